/*
 * fixture: domains whose memory is counted, and things to retire to them.
 *
 * No test sleeps to order two threads: they meet at semaphores, or one looks
 * again and again until the other has come so far.  Where a test watches that
 * something does NOT happen, it watches for a while, which can make a broken
 * library pass but never a sound one fail.
 *
 * What a callback finds amiss it writes down, for only the thread that runs the
 * test may assert.
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

/* ThreadSanitizer cannot start threads in the child of a threaded process. */
#ifdef NBR_TSAN
#define FORK_FLAGS NBR_NO_THREAD
#else
#define FORK_FLAGS 0
#endif

/* All memory must be back at the end of a test. */
void setup(void);
void teardown(void);

extern _Atomic long blocks;  /* of the allocator, alive */
extern _Atomic long made;    /* ... and ever */
extern _Atomic bool failing; /* it has no more */
extern const struct nbr_allocator counting;

/* ---- Flavours, by liburcu's own names ------------------------------------ */

void thread_in(enum nbr_flavor flavor);
void thread_out(enum nbr_flavor flavor);

/* The end of a section, in the sense that a grace period need not wait any more. */
void section_out(struct nbr_domain *domain, enum nbr_flavor flavor);

/* Waits for another thread, which must not hold up grace periods. */
void wait_sem(enum nbr_flavor flavor, sem_t *sem);
void join(enum nbr_flavor flavor, pthread_t thread);

/* The same by a thread that is not registered, or is to hold them up. */
void wait_plain(sem_t *sem);

pthread_t spawn(void *(*run)(void *), void *arg);

/* Something takes so long that a test that looks must be given time. */
void watch_a_while(void);

/* ---- Things to retire ----------------------------------------------------- */

struct item {
	struct nbr_node node; /* first, so that it can be retired either way */
	_Atomic int freed;
	int payload; /* plain: a free too early is a race that sanitizers see */
	sem_t *tell;
};

extern _Thread_local unsigned freed_here; /* items, by this thread */

void items_init(struct item *items, size_t n);
void item_freed(struct item *item);
void free_object(void *object, void *arg);
bool free_node(struct nbr_node *node);
void check_freed(struct item *items, size_t n, int times);

/* Where a thread waits until another lets it go on. */
struct gate {
	sem_t entered, open;
};

void gate_init(struct gate *gate);
void gate_pass(struct gate *gate);
void free_at_gate(void *item, void *gate);

struct nbr_domain *make(enum nbr_flavor flavor, struct nbr_config config);
struct nbr_stats stats_of(struct nbr_domain *domain);

/* In a section: */
void retire(struct nbr_domain *domain, struct item *item);
void retire_with(struct nbr_domain *domain, void (*free)(void *, void *), void *object, void *arg, size_t bytes);

/* In a section for each: */
void retire_in_section(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *items, size_t n);
void retire_at_gate(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *item, struct gate *gate);

/* Objects of which nothing is known; the second in the caller's section. */
void retire_fillers(struct nbr_domain *domain, enum nbr_flavor flavor, size_t n);
void retire_fillers_inside(struct nbr_domain *domain, size_t n);

/* Begin a batch, if none is begun, and leave it empty. */
void begin_batch(struct nbr_domain *domain, enum nbr_flavor flavor);

/* ---- Others --------------------------------------------------------------- */

/* For spawn(), with the domain. */
void *synchronize_main(void *domain);
void *reclaim_main(void *domain);

/* A grace period, for which another thread waits. */
void synchronize_elsewhere(struct nbr_domain *domain, enum nbr_flavor flavor);

/* Until so many are over. */
void await_grace_periods(struct nbr_domain *domain, enum nbr_flavor flavor, uint64_t number);

/* A thread in a barrier, and whether all items were freed when it came out. */
struct waiter {
	struct nbr_domain *domain;
	struct item *items;
	size_t n;
	sem_t about; /* to go in */
	bool ok;
	_Atomic bool back;
};

void *barrier_main(void *waiter);

/* A thread that stays in a section until told. */
struct pin {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct gate gate;
	pthread_t thread;
};

/* Returns when it is inside. */
void pin_start(struct pin *pin, struct nbr_domain *domain, enum nbr_flavor flavor);
void pin_end(struct pin *pin);

/* What was reported of a grace period that takes too long; the user's bytes point
 * to it. */
struct stall {
	sem_t reported;
	_Atomic unsigned reports;
	_Atomic unsigned age_ms;
};

void on_stall(void *user, unsigned age_ms);

/* ---- The tests ------------------------------------------------------------ */

/* One for each file: its tests. */
void add_grace(TCase *tcase);
void add_tickets(TCase *tcase);
void add_config(TCase *tcase);
void add_account(TCase *tcase);
void add_limits(TCase *tcase);
void add_reports(TCase *tcase);
void add_kept(TCase *tcase);
void add_warm(TCase *tcase);
void add_waiting(TCase *tcase);
void add_within(TCase *tcase);
void add_barriers(TCase *tcase);
void add_debts(TCase *tcase);
void add_quiescent(TCase *tcase);
void add_hands(TCase *tcase);
void add_cancel(TCase *tcase);
void add_domains(TCase *tcase);
void add_registration(TCase *tcase);
void add_threads(TCase *tcase);
void add_idle(TCase *tcase);
void add_nested(TCase *tcase);
void add_crowd(TCase *tcase);
void add_assistance(TCase *tcase);
void add_delays(TCase *tcase);
void add_turns(TCase *tcase);
void add_slices(TCase *tcase);
void add_yields(TCase *tcase);
void add_fork(TCase *tcase);
void add_forks(TCase *tcase);

#endif
