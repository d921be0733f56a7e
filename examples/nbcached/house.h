/*
 * house: what the main thread does while the workers serve: it accepts connections and hands
 * them over, takes signals, and ten times a second removes what has expired.
 *
 * It is registered with QSBR, and online for a slice of expiry at a time only.
 */
#ifndef NBCACHED_HOUSE_H
#define NBCACHED_HOUSE_H

#include "server.h"

/* What epoll's data.u32 says is ready: signals, or the listener with number n - HOUSE_SIGNALS - 1. */
#define HOUSE_SIGNALS 0u

/* Until a signal says that it is enough.  `signals` is a signalfd; `epoll` waits for it and the
 * listeners. */
void house_keep(struct server *server, int epoll, int signals);

/* The domain's on_stall: a grace period does not end; which worker is in its turn for so long? */
void house_on_stall(unsigned age_ms, void *arg);

#endif
