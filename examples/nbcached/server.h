/* server: all of it; see nbcached.c. */
#ifndef NBCACHED_SERVER_H
#define NBCACHED_SERVER_H

#include "listen.h"
#include "options.h"
#include "store.h"
#include "worker.h"

struct server {
	struct options options;
	struct store store;
	struct listeners listeners;
	int64_t started; /* a date */
	struct worker *workers;
	unsigned worker_count; /* that run */
	/* of the thread that keeps house; others read */
	struct store_thread keeper;
	_Atomic uint64_t accepted, rejected;
	struct counters base; /* what had been counted at the last `stats reset` */
	_Atomic bool accepting;
	bool short_of_files; /* and that was said */
};

/* What all threads have counted of each, since the last reset. */
struct totals {
#define X(name) uint64_t name;
	STORE_COUNTERS(X)
#undef X
	uint64_t connections;
};

void server_totals(struct server *server, struct totals *totals);

#endif
