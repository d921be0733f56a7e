/*
 * world: one map, the threads that use it, and their rounds.
 *
 * A round: all threads meet, go, do so many calls each on a few keys, and
 * meet again; what they were told is then checked, with a get of every key at
 * the end.  Between their recorded calls they put and remove throw-away keys,
 * each thread its own, which is what makes the tables migrate all the time.  A
 * batch of gets has both kinds of key.
 *
 * Each seat has a scan that goes on from round to round, and from thread to thread:
 * a call here and there.  In a cycle no key may come twice, and the *keepers*, keys
 * that nobody touches, must come once, unless a clear took them.
 *
 *   main     plan   | wait |  kick threads  | wait |  read, check, reap
 *   threads         | wait |     calls      | wait |
 *
 * While a round runs, main sends threads signals.  The handler keeps its
 * thread, at whatever instruction it is, until the others have done some
 * calls: so a thread stalls in the midst of an operation also where there
 * are few processors.
 */
#ifndef STRESS_WORLD_H
#define STRESS_WORLD_H

#include <pthread.h>

#include "record.h"
#include "target.h"

#define WORLD_THREADS 8

/* What is drawn for a world is drawn from its seed; so a later world can be
 * asked for again as the first one of a run. */
struct world_plan {
	struct target_plan target;
	uint64_t seed;
	unsigned threads;
	bool churn;	   /* threads come and go between rounds */
	const char *again; /* the command line that shows this world again */
	FILE *record;	   /* where each round is written, or NULL */
};

struct world_sums {
	unsigned long long worlds, rounds, calls, clears, refused, migrations, threads, cycles;
};

/* Make a world, let it go on for `rounds` rounds or until `deadline`, end it;
 * false if something was wrong, which has then been printed. */
bool world_run(const struct world_plan *plan, unsigned rounds, uint64_t deadline, struct world_sums *sums);

/* Nanoseconds on the clock of deadlines. */
uint64_t world_now(void);

/* Call once, before any world: threads can then be kept in the midst of things,
 * and a crash says how to see it again. */
void world_catch_signals(void);

#endif
