/*
 * crew: threads pinned one to a processor, started together, that each run one
 * loop until it ends or is stopped.
 */
#ifndef COMPARE_CREW_H
#define COMPARE_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "peer.h"

#define CREW_MAX 64

/* One thread's; on cache lines of its own, as the thread writes it while it runs. */
struct crew_task {
	_Alignas(128) struct shift shift;
	const struct peer *peer;
	void *map;
	void (*loop)(void *map, struct shift *shift);
	unsigned cpu;	/* which of the process's processors */
	double seconds; /* that the loop took */
	struct crew *crew;
	pthread_t thread;
};

/* All zero but `count` and the tasks' first members before the start. */
struct crew {
	_Alignas(128) bool stop; /* atomic */
	_Alignas(128) pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;	  /* under lock: all may begin */
	unsigned running; /* under lock */
	unsigned count;
	struct crew_task tasks[CREW_MAX];
};

/*
 * A crew of `count` whose tasks, on processor 0 and on, run `loop`, with
 * shifts like `shift` but for a seed each.  Ends the process without memory.
 */
struct crew *crew_new(unsigned count, const struct peer *peer, void *map, void (*loop)(void *, struct shift *),
		      const struct shift *shift);
void crew_free(struct crew *crew);

void crew_start(struct crew *crew);

/*
 * Wait for all loops to end, and stop them after `seconds`.  False if a thread
 * is still not back long after that: then the process can only end.
 */
bool crew_finish(struct crew *crew, double seconds);

/* Both. */
bool crew_run(struct crew *crew, double seconds);

/* After the finish: operations of all tasks, and a second of all together. */
uint64_t crew_ops(const struct crew *crew);
double crew_rate(const struct crew *crew);
/* The longest loop's. */
double crew_seconds(const struct crew *crew);

/* Sleep. */
void crew_pause(double seconds);

#endif
