/*
 * fixture: domains whose memory is counted, and things to retire to them.
 *
 * No test sleeps to order two threads: they meet at semaphores.  Where a test
 * watches that something does NOT happen, it watches for a while, which can
 * make a broken library pass but never a sound one fail.
 */
#ifndef RECLAIM_FIXTURE_H
#define RECLAIM_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "reclaim.h"

#define BATCH 30 /* entries of a batch; the tests of limits and assistance rely on it */

/* All memory must be back at the end of a test. */
void setup(void);
void teardown(void);

extern _Atomic long blocks;  /* of the allocator, alive */
extern _Atomic bool failing; /* it has no more */
extern const struct nbr_allocator counting;

/* ---- Flavours, by liburcu's own names ------------------------------------ */

void thread_in(enum nbr_flavor flavor);
void thread_out(struct nbr_domain *domain, enum nbr_flavor flavor);

/* The end of a section, in the sense that a grace period need not wait any more. */
void section_out(struct nbr_domain *domain, enum nbr_flavor flavor);

/* Waits for another thread, which must not hold up grace periods. */
void wait_sem(struct nbr_domain *domain, enum nbr_flavor flavor, sem_t *sem);
void join(struct nbr_domain *domain, enum nbr_flavor flavor, pthread_t thread);

/* The same by a thread that is not registered, or is to hold them up. */
void wait_plain(sem_t *sem);

pthread_t spawn(void *(*run)(void *), void *arg);

/* ---- Things to retire ----------------------------------------------------- */

struct item {
	struct nbr_node node; /* first, so that it can be retired either way */
	_Atomic int freed;
	int payload; /* plain: a free too early is a race that sanitizers see */
	sem_t *tell;
};

void item_freed(struct item *item);
void free_object(void *object, void *arg);
void free_node(struct nbr_node *node);

struct nbr_domain *make(enum nbr_flavor flavor, struct nbr_config config);
void retire(struct nbr_domain *domain, struct item *item);
void retire_in_section(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *items, size_t n);
void check_freed(struct item *items, size_t n, int times);
struct nbr_stats stats_of(struct nbr_domain *domain);

/* ---- Others --------------------------------------------------------------- */

/* A thread in a barrier, and whether all items were freed when it came out. */
struct waiter {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct item *items;
	size_t n;
	sem_t about; /* to go in */
	bool ok;
};

void *barrier_main(void *waiter);

/* What was reported of a grace period that takes too long; on_stall()'s argument. */
struct stall {
	sem_t reported;
	_Atomic unsigned reports;
	_Atomic unsigned age_ms;
};

void on_stall(unsigned age_ms, void *arg);

/* ---- The tests ------------------------------------------------------------ */

/* One for each file: its tests. */
void add_grace(TCase *tcase);
void add_tickets(TCase *tcase);
void add_limits(TCase *tcase);
void add_waiting(TCase *tcase);
void add_users(TCase *tcase);
void add_nested(TCase *tcase);
void add_crowd(TCase *tcase);
void add_assistance(TCase *tcase);
void add_fork(TCase *tcase);

#endif
