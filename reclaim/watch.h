/*
 * watch: a thread that reports a grace period which takes too long.
 *
 * Invariants, under the mutex:
 *   running  <=>  a grace period is under way, begun at `began`
 *   reports of one grace period <= 1
 *
 * It sleeps until a grace period begins, then until that one's time is up.
 * Only the thread in the clock's seat runs grace periods, so there is one at a
 * time.  The report is made without the mutex, so that a slow callback does not
 * hold up the clock; `calling` lets fork() wait for its end.
 */
#ifndef NBR_WATCH_H
#define NBR_WATCH_H

#include "thread.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct nbr_domain;

/* The time, in nanoseconds, by a clock that nobody sets. */
static inline uint64_t nbr_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct nbr_watch {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	pthread_t thread;
	bool started; /* a thread exists */
	bool stop;
	bool running;
	bool calling;
	unsigned long serial; /* of the grace period, as two may begin between two looks */
	struct timespec began;
	unsigned limit_ms; /* 0: no watch at all */
	void (*report)(void *arg, unsigned age_ms);
	const struct nbr_domain *domain; /* whose grace periods they are, for who traces */
	struct nbr_thread_hooks hooks; /* their argument is the report's, too */
};

/* 0, or -EAGAIN if there is no thread to be had.  Nothing is started, and
 * every other call does nothing, if limit_ms is 0. */
int nbr_watch_start(struct nbr_watch *watch);
void nbr_watch_stop(struct nbr_watch *watch);

void nbr_watch_begin(struct nbr_watch *watch);
void nbr_watch_end(struct nbr_watch *watch);

/* Wait for the end of a report.  For who has the clock's seat: none begins while it
 * has it, as no grace period is under way. */
void nbr_watch_await(struct nbr_watch *watch);

#endif
