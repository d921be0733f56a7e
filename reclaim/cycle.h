/*
 * cycle: collect, wait for a grace period, free; and the calls that do so for
 * the application.
 *
 *   collected(x) by a thread in the seat, then a whole grace period, then
 *   freed(x), by that thread or by a writer that took it from the ripe array
 *   between two rounds ripe[] is empty: what is offered and not taken is
 *   taken back
 */
#ifndef NBR_CYCLE_H
#define NBR_CYCLE_H

#include "domain.h"

/* How the flavour knows the thread that runs the callbacks, which may enter
 * sections: what must be done before them and undone after. */
enum nbr_presence {
	NBR_AS_IS,	 /* registered if it needs to be: nothing */
	NBR_AS_NEWCOMER, /* register, unregister: the reclaimer */
	NBR_AS_RETURNER, /* online, offline: a QSBR thread that waits */
};

/* One round, by the thread in the seat, offline if QSBR.  Returns the objects
 * it freed itself. */
uint64_t nbr_cycle(struct nbr_domain *domain, enum nbr_presence presence);

/* A grace period, watched and counted.  By the thread in the seat. */
void nbr_grace_period(struct nbr_domain *domain);

/* Free one ripe batch, if one is on offer; wait-free but for its callbacks. */
void nbr_assist(struct nbr_domain *domain, unsigned start);

/* Whether the caller must not wait for a grace period: it is inside a section
 * of bp, memb or mb, or inside a free callback. */
bool nbr_must_not_wait(const struct nbr_domain *domain);

/* Whether the caller is inside a free callback, of any domain. */
bool nbr_in_callback(void);

/* Go offline, if online and QSBR; and undo it.  A thread that waits for the
 * seat is waiting for grace periods of others, too. */
enum nbr_presence nbr_wait_begin(const struct nbr_domain *domain);
void nbr_wait_end(const struct nbr_domain *domain, enum nbr_presence presence);

#endif
