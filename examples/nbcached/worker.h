/*
 * worker: a thread with an event loop of its own, and the connections that were handed to it.
 *
 * The loop waits in epoll, offline for QSBR, and so holds up no grace period while it sleeps.
 * Each connection that is ready gets one turn; behind each the thread is quiescent: no turn
 * keeps a bare pointer into the map.
 *
 * Connections come by a pipe, as numbers of file descriptors; -1 says that the server ends.
 */
#ifndef NBCACHED_WORKER_H
#define NBCACHED_WORKER_H

#include <pthread.h>

#include "connection.h"

struct server;

struct worker {
	struct store_thread thread;
	struct server *server;
	pthread_t id;
	unsigned index;
	int epoll;
	int come[2]; /* a pipe: hand-over */
	bool draining;
	char *spare_input;
	struct connection *first;
	_Atomic unsigned connections; /* that were handed to it and are open */
	struct ahead ahead;
	struct output output;
};

/* Makes the worker and its thread; 0 or a negative errno. */
int worker_start(struct worker *worker, struct server *server, unsigned index);
/* A connection for it; false: it cannot take one, the caller closes it. */
bool worker_give(struct worker *worker, int fd);
/* Serve what has come, close what is idle, and end. */
void worker_stop(struct worker *worker);
void worker_join(struct worker *worker);

uint64_t worker_clock_ms(void);

#endif
