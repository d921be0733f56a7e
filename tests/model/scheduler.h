/*
 * scheduler: runs a few cooperative threads one step at a time and explores
 * the orders in which their steps can fall.
 *
 * A step ends before each atomic access of the core (point.h).  There is no
 * real concurrency: what runs between two points is one thread's alone, which
 * is sound because threads share nothing but atomics, and sequentially
 * consistent: weaker orders are the business of a weak memory checker.
 *
 * Three ways of choosing who runs next:
 *
 *   exhaustive  depth-first over all choices in which a thread that could have
 *               gone on is interrupted at most `bound` times (CHESS).  No
 *               other reduction: nothing within the bound is left out.
 *   random      PCT: random priorities and `depth - 1` random points at which
 *               the running thread drops to the lowest.  A bug that needs
 *               depth d orderings in n threads of k steps is found by one run
 *               with probability >= 1 / (n k^(d-1)).
 *   replay      a schedule as printed: "37>1,52>0" says that at step 37 thread
 *               1 goes on, at step 52 thread 0; nobody else is interrupted.
 *
 * A thread may be stopped for ever at one of its steps: it is then never
 * chosen again, and an execution ends when all others have ended.
 */
#ifndef MODEL_SCHEDULER_H
#define MODEL_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULER_THREADS 4
#define SCHEDULER_NOBODY UINT32_MAX

/* What is explored: run anew for every schedule. */
struct scheduler_program {
	unsigned threads;
	void (*thread)(unsigned number, void *arg);
	void (*before)(void *arg); /* alone, before the threads */
	void (*after)(void *arg);  /* alone, after them */
	void *arg;
	uint32_t stopped_thread; /* or SCHEDULER_NOBODY */
	uint32_t stopped_step;   /* of that thread, from 0 */
};

struct scheduler_result {
	uint64_t schedules;  /* run */
	uint64_t steps;      /* in the longest */
	uint64_t own_steps[SCHEDULER_THREADS]; /* of each thread, in its longest */
	bool complete;       /* nothing within the bound was left out */
};

/* At most `most` schedules; 0: no limit. */
struct scheduler_result scheduler_exhaustive(const struct scheduler_program *program, unsigned bound, uint64_t most);
struct scheduler_result scheduler_random(const struct scheduler_program *program, uint64_t seed, unsigned depth,
					 uint64_t schedules);
struct scheduler_result scheduler_replay(const struct scheduler_program *program, const char *schedule);

/* Within an execution. */

/* The number of steps so far: a clock of all threads. */
uint64_t scheduler_clock(void);

/* The steps of the running thread so far. */
uint64_t scheduler_own_steps(void);

/* The running thread, or SCHEDULER_NOBODY before and after. */
uint32_t scheduler_running(void);

/* No switch until the matching `true`; nests.  For steps of the environment
 * that are not the core's. */
void scheduler_switching(bool on);

/* The schedule of the execution under way; static storage. */
const char *scheduler_text(void);

/* Called at every point, switching or not; set by quarantine.c. */
extern void (*scheduler_watch)(const volatile void *object);

/* Called before `thread` goes on; SCHEDULER_NOBODY before and after the threads. */
extern void (*scheduler_switched)(uint32_t thread);

#endif
