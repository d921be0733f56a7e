/*
 * reclaim_test: the reclamation layer by itself, without any map.
 *
 * Each test that concerns liburcu runs once for each flavour.  No test sleeps
 * to order two threads: they meet at semaphores.  Where a test watches that
 * something does NOT happen, it watches for a while, which can make a broken
 * library pass but never a sound one fail.
 *
 * All memory of a domain comes from a counting allocator, and at the end of
 * each test it must all have gone back.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pthread_setattr_default_np */
#endif

#include "reclaim.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <urcu/urcu-bp.h>
#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

#define BATCH 30 /* entries of a batch; the tests of limits and assistance rely on it */

/* ---- Flavours, by liburcu's own names ------------------------------------ */

static void thread_in(enum nbr_flavor flavor)
{
	if (flavor == NBR_QSBR)
		urcu_qsbr_register_thread();
	else if (flavor == NBR_MEMB)
		urcu_memb_register_thread();
	else if (flavor == NBR_MB)
		urcu_mb_register_thread();
}

static void thread_out(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	if (domain != NULL)
		nbr_annotate_quiescent(domain);
	if (flavor == NBR_QSBR)
		urcu_qsbr_unregister_thread();
	else if (flavor == NBR_MEMB)
		urcu_memb_unregister_thread();
	else if (flavor == NBR_MB)
		urcu_mb_unregister_thread();
}

/* The end of a section, in the sense that a grace period need not wait any more. */
static void section_out(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	nbr_leave(domain);
	if (flavor == NBR_QSBR) {
		nbr_annotate_quiescent(domain);
		urcu_qsbr_quiescent_state();
	}
}

/* A wait for another thread, which must not hold up grace periods. */
static void wait_sem(struct nbr_domain *domain, enum nbr_flavor flavor, sem_t *sem)
{
	if (flavor == NBR_QSBR) {
		nbr_annotate_quiescent(domain);
		urcu_qsbr_thread_offline();
	}
	while (sem_wait(sem) != 0)
		;
	if (flavor == NBR_QSBR)
		urcu_qsbr_thread_online();
}

static void wait_plain(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static void join(struct nbr_domain *domain, enum nbr_flavor flavor, pthread_t thread)
{
	if (flavor == NBR_QSBR) {
		nbr_annotate_quiescent(domain);
		urcu_qsbr_thread_offline();
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	if (flavor == NBR_QSBR)
		urcu_qsbr_thread_online();
}

static pthread_t spawn(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, run, arg), 0);
	return thread;
}

/* ---- Memory --------------------------------------------------------------- */

static _Atomic long blocks;
static _Atomic bool failing;

static void *count_alloc(size_t size, size_t align, void *arg)
{
	void *block;

	(void)arg;
	if (failing)
		return NULL;
	block = aligned_alloc(align, (size + align - 1) / align * align);
	if (block != NULL)
		blocks++;
	return block;
}

static void count_free(void *block, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	blocks--;
	free(block);
}

static const struct nbr_allocator counting = {count_alloc, count_free, NULL};

/* ---- Things to retire ----------------------------------------------------- */

struct item {
	struct nbr_node node; /* first, so that it can be retired either way */
	_Atomic int freed;
	int payload; /* plain: a free too early is a race that sanitizers see */
	sem_t *tell;
};

static void item_freed(struct item *item)
{
	sem_t *tell = item->tell;

	item->payload = -1;
	item->freed++;
	if (tell != NULL)
		sem_post(tell);
}

static void free_object(void *object, void *arg)
{
	(void)arg;
	item_freed(object);
}

static void free_node(struct nbr_node *node)
{
	item_freed((struct item *)node);
}

static struct nbr_domain *make(enum nbr_flavor flavor, struct nbr_config config)
{
	struct nbr_domain *domain = NULL;

	config.flavor = flavor;
	config.allocator = &counting;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), 0);
	return domain;
}

static void retire(struct nbr_domain *domain, struct item *item)
{
	struct nbr_ticket ticket = NBR_TICKET_NONE;

	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_retire_object(domain, &ticket, free_object, item, NULL);
	ck_assert_ptr_null(ticket.batch);
}

static void retire_in_section(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		nbr_enter(domain);
		retire(domain, &items[i]);
		section_out(domain, flavor);
	}
}

static void check_freed(struct item *items, size_t n, int times)
{
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_msg(items[i].freed == times, "item %zu freed %d times", i, items[i].freed);
}

static struct nbr_stats stats_of(struct nbr_domain *domain)
{
	struct nbr_stats stats;

	nbr_domain_stats(domain, &stats);
	return stats;
}

static void setup(void)
{
	blocks = 0;
	failing = false;
}

static void teardown(void)
{
	ck_assert_msg(blocks == 0, "%ld blocks not given back", blocks);
}

/* ---- Grace periods -------------------------------------------------------- */

struct reader {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct item *item;
	sem_t inside;
	sem_t go;
	int watch_ms;
	bool early;
};

static void *reader_main(void *arg)
{
	struct reader *reader = arg;
	int ms;

	thread_in(reader->flavor);
	nbr_enter(reader->domain);
	sem_post(&reader->inside);
	wait_plain(&reader->go);
	for (ms = 0; ms <= reader->watch_ms; ms++) {
		if (reader->item->freed != 0 || reader->item->payload != 7)
			reader->early = true;
		if (ms < reader->watch_ms)
			usleep(1000);
	}
	section_out(reader->domain, reader->flavor);
	thread_out(reader->domain, reader->flavor);
	return NULL;
}

static pthread_t reader_start(struct reader *reader, struct nbr_domain *domain, enum nbr_flavor flavor,
			      struct item *item, int watch_ms)
{
	pthread_t thread;

	reader->domain = domain;
	reader->flavor = flavor;
	reader->item = item;
	reader->watch_ms = watch_ms;
	reader->early = false;
	sem_init(&reader->inside, 0, 0);
	sem_init(&reader->go, 0, 0);
	thread = spawn(reader_main, reader);
	wait_sem(domain, flavor, &reader->inside);
	return thread;
}

static void node_waits_for_reader(enum nbr_flavor flavor, bool as_node)
{
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct item item = {.payload = 7};
	struct reader reader;
	pthread_t thread;

	thread_in(flavor);
	thread = reader_start(&reader, domain, flavor, &item, 40);
	nbr_enter(domain);
	if (as_node)
		nbr_retire(domain, &item.node, free_node, 100);
	else
		retire(domain, &item);
	section_out(domain, flavor);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 1);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, as_node ? 100 : 0);
	sem_post(&reader.go);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	join(domain, flavor, thread);
	ck_assert(!reader.early);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 0);
	ck_assert_uint_eq(stats_of(domain).freed_objects, 1);
	ck_assert_uint_ge(stats_of(domain).grace_periods, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}

START_TEST(test_node_waits)
{
	node_waits_for_reader((enum nbr_flavor)_i, true);
}
END_TEST

START_TEST(test_object_waits)
{
	node_waits_for_reader((enum nbr_flavor)_i, false);
}
END_TEST

/* ---- Tickets -------------------------------------------------------------- */

START_TEST(test_objects)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	static struct item items[4][101];
	int round;

	thread_in(flavor);
	for (round = 0; round < 4; round++) {
		struct item *now = items[round];
		size_t i;

		for (i = 0; i < 101; i++)
			now[i] = (struct item){.payload = 7};
		retire_in_section(domain, flavor, now, 101);
		ck_assert_int_eq(nbr_barrier(domain), 0);
		check_freed(now, 101, 1);
		ck_assert_uint_eq(stats_of(domain).freed_objects, 101 * (unsigned)(round + 1));
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items[0], 101, 1);
	thread_out(NULL, flavor);
}
END_TEST

START_TEST(test_cancel)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct item items[3] = {{.payload = 7}, {.payload = 7}, {.payload = 7}};
	struct nbr_ticket ticket = NBR_TICKET_NONE, other[8];
	int i;

	nbr_cancel(domain, &ticket); /* empty: allowed */
	nbr_enter(domain);
	for (i = 0; i < 1000; i++) {
		ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
		nbr_cancel(domain, &ticket);
		ck_assert_ptr_null(ticket.batch);
	}
	ck_assert_int_eq(blocks, 2); /* the domain, and one batch used again each time */
	retire(domain, &items[0]);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_cancel(domain, &ticket); /* of a batch with an entry: that one stays */
	retire(domain, &items[1]);
	/* More tickets at a time than a thread tries stripes. */
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(nbr_reserve(domain, &other[i]), 0);
	nbr_retire_object(domain, &other[7], free_object, &items[2], NULL);
	for (i = 0; i < 8; i++)
		nbr_cancel(domain, &other[i]);
	nbr_leave(domain);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 3);
	ck_assert_int_eq(nbr_reclaim(domain), 3);
	check_freed(items, 3, 1);
	ck_assert_int_eq(blocks, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* A batch that is far from full is freed by the reclaimer, in its own time. */
START_TEST(test_partial_without_barrier)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	int round;
	sem_t told;

	sem_init(&told, 0, 0);
	thread_in(flavor);
	for (round = 0; round < 10; round++) {
		struct item item = {.payload = 7, .tell = &told};

		retire_in_section(domain, flavor, &item, 1);
		wait_sem(domain, flavor, &told);
		ck_assert_int_eq(item.freed, 1);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

struct waiter {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct item *items;
	size_t n;
	sem_t about;
	bool ok;
};

static void *barrier_main(void *arg)
{
	struct waiter *waiter = arg;
	size_t i;

	/* Not registered: only bp has a section to lose, and this thread enters none. */
	sem_post(&waiter->about);
	waiter->ok = nbr_barrier(waiter->domain) == 0;
	for (i = 0; i < waiter->n; i++)
		waiter->ok = waiter->ok && waiter->items[i].freed == 1;
	return NULL;
}

/* An entry in a batch that somebody holds for his next retire is waited for. */
START_TEST(test_barrier_held_batch)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct item item = {.payload = 7};
	struct waiter waiter = {.domain = domain, .flavor = flavor, .items = &item, .n = 1};
	struct nbr_ticket ticket = NBR_TICKET_NONE;
	pthread_t thread;

	sem_init(&waiter.about, 0, 0);
	thread_in(flavor);
	retire_in_section(domain, flavor, &item, 1);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	thread = spawn(barrier_main, &waiter);
	wait_plain(&waiter.about);
	usleep(20000); /* gives a barrier that does not wait the time to show it */
	ck_assert_int_eq(item.freed, 0);
	nbr_cancel(domain, &ticket);
	section_out(domain, flavor);
	join(domain, flavor, thread);
	ck_assert(waiter.ok);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

/* ... and however often it changes hands meanwhile. */
START_TEST(test_barrier_hot_batch)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	int round;

	thread_in(flavor);
	for (round = 0; round < 10; round++) {
		struct item item = {.payload = 7};
		struct waiter waiter = {.domain = domain, .flavor = flavor, .items = &item, .n = 1};
		pthread_t thread;
		int turn;

		sem_init(&waiter.about, 0, 0);
		retire_in_section(domain, flavor, &item, 1);
		thread = spawn(barrier_main, &waiter);
		for (turn = 0; item.freed == 0 && turn < 2000; turn++) {
			struct nbr_ticket ticket = NBR_TICKET_NONE;

			nbr_enter(domain);
			ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
			usleep(100);
			nbr_cancel(domain, &ticket);
			section_out(domain, flavor);
		}
		join(domain, flavor, thread);
		ck_assert(waiter.ok);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

/* ---- Failures and limits -------------------------------------------------- */

START_TEST(test_no_memory)
{
	struct nbr_config config = {.flags = NBR_NO_THREAD, .allocator = &counting};
	struct nbr_domain *domain = NULL;
	struct nbr_ticket ticket;
	struct item item = {.payload = 7};
	int i;

	failing = true;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), -ENOMEM);
	failing = false;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), 0);
	nbr_enter(domain);
	failing = true;
	for (i = 0; i < 200; i++) {
		ticket.batch = (struct nbr_batch *)(void *)&item;
		ck_assert_int_eq(nbr_reserve(domain, &ticket), -ENOMEM);
		ck_assert_ptr_null(ticket.batch);
	}
	failing = false;
	/* No stripe is lost: we get one, not a batch of our own. */
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	ck_assert_uint_lt(ticket.stripe, 64);
	nbr_retire_object(domain, &ticket, free_object, &item, NULL);
	/* A place in a batch that exists needs no memory. */
	failing = true;
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_cancel(domain, &ticket);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_barrier(domain), 0); /* nor does waiting */
	ck_assert_int_eq(item.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

START_TEST(test_bad_config)
{
	struct nbr_domain *domain = NULL;
	struct nbr_allocator half = {count_alloc, NULL, NULL};
	struct nbr_config bad_flavor = {.flavor = NBR_FLAVORS};
	struct nbr_config bad_flags = {.flags = 8};
	struct nbr_config bad_allocator = {.allocator = &half};

	ck_assert_int_eq(nbr_domain_new(&domain, NULL), -EINVAL);
	ck_assert_int_eq(nbr_domain_new(&domain, &bad_flavor), -EINVAL);
	ck_assert_int_eq(nbr_domain_new(&domain, &bad_flags), -EINVAL);
	ck_assert_int_eq(nbr_domain_new(&domain, &bad_allocator), -EINVAL);
	ck_assert_int_eq(nbr_domain_shared(&domain, NBR_FLAVORS, true), -EINVAL);
	ck_assert_ptr_null(domain);
}
END_TEST

static void ignore_stall(unsigned age_ms, void *arg)
{
	(void)age_ms;
	(void)arg;
}

/* A default stack that no machine has makes pthread_create() fail. */
START_TEST(test_no_thread_to_be_had)
{
	struct nbr_config config = {.allocator = &counting, .on_stall = ignore_stall};
	struct nbr_domain *domain = NULL;
	pthread_attr_t usual, huge;

	ck_assert_int_eq(pthread_getattr_default_np(&usual), 0);
	ck_assert_int_eq(pthread_attr_init(&huge), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&huge, (size_t)1 << 47), 0);
	ck_assert_int_eq(pthread_setattr_default_np(&huge), 0);
	ck_assert_int_eq(nbr_domain_new(&domain, &config), -EAGAIN);
	config.stall_ms = 10;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), -EAGAIN);
	ck_assert_int_eq(nbr_domain_shared(&domain, NBR_MB, true), -EAGAIN);
	ck_assert_ptr_null(domain);
	/* Without one it is not needed. */
	ck_assert_int_eq(nbr_domain_shared(&domain, NBR_MB, false), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert_int_eq(pthread_setattr_default_np(&usual), 0);
	pthread_attr_destroy(&usual);
	pthread_attr_destroy(&huge);
	ck_assert_int_eq(nbr_domain_shared(&domain, NBR_MB, true), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

static _Atomic unsigned limit_calls;
static uint64_t limit_saw;

static void count_limit(const struct nbr_stats *stats, void *arg)
{
	ck_assert_ptr_eq(arg, &limit_calls);
	limit_calls++;
	limit_saw = stats->pending_objects;
}

START_TEST(test_limit)
{
	struct nbr_config config = {
		.flags = NBR_NO_THREAD, .limit_objects = 2 * BATCH, .on_limit = count_limit, .arg = &limit_calls};
	struct nbr_domain *domain = make(NBR_BP, config);
	static struct item items[10 * BATCH];
	struct nbr_ticket ticket;
	size_t n = 0;
	int err;

	limit_calls = 0;
	nbr_enter(domain);
	while ((err = nbr_reserve(domain, &ticket)) == 0) {
		nbr_retire_object(domain, &ticket, free_object, &items[n++], NULL);
		ck_assert_uint_lt(n, 10 * BATCH);
	}
	ck_assert_int_eq(err, -ENOBUFS);
	ck_assert_uint_eq(n, 2 * BATCH);
	ck_assert_uint_eq(limit_calls, 1);
	ck_assert_uint_eq(limit_saw, n);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), -ENOBUFS);
	ck_assert_ptr_null(ticket.batch);
	ck_assert_int_eq(nbr_admit(domain, 1), -ENOBUFS);
	nbr_leave(domain);
	check_freed(items, n, 0);
	ck_assert_int_eq(nbr_reclaim(domain), (long)n);
	check_freed(items, n, 1);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_cancel(domain, &ticket);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

START_TEST(test_limit_reports_only)
{
	struct nbr_config config = {.flags = NBR_NO_THREAD | NBR_LIMIT_REPORTS_ONLY,
				    .limit_objects = BATCH,
				    .limit_bytes = 1000,
				    .on_limit = count_limit,
				    .arg = &limit_calls};
	struct nbr_domain *domain = make(NBR_BP, config);
	static struct item items[10 * BATCH];

	limit_calls = 0;
	nbr_enter(domain);
	for (size_t i = 0; i < 10 * BATCH; i++)
		retire(domain, &items[i]);
	ck_assert_uint_eq(limit_calls, 9); /* each batch but the first */
	ck_assert_int_eq(nbr_admit(domain, 1001), 0);
	ck_assert_uint_eq(limit_calls, 10);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, 10 * BATCH, 1);
}
END_TEST

START_TEST(test_admit_bytes)
{
	struct nbr_config config = {
		.flags = NBR_NO_THREAD, .limit_bytes = 1000, .on_limit = count_limit, .arg = &limit_calls};
	struct nbr_domain *domain = make(NBR_BP, config);
	struct nbr_ticket ticket;
	struct item items[2] = {{.payload = 7}, {.payload = 7}};

	limit_calls = 0;
	ck_assert_int_eq(nbr_admit(domain, 5000), 0); /* nothing waits: any size */
	nbr_enter(domain);
	nbr_retire(domain, &items[0].node, free_node, 600);
	ck_assert_int_eq(nbr_admit(domain, 400), 0);
	ck_assert_uint_eq(limit_calls, 0);
	ck_assert_int_eq(nbr_admit(domain, 401), -ENOBUFS);
	ck_assert_int_eq(nbr_admit(domain, SIZE_MAX), -ENOBUFS);
	ck_assert_uint_eq(limit_calls, 2);
	nbr_retire(domain, &items[1].node, free_node, 600);
	ck_assert_int_eq(nbr_admit(domain, 0), -ENOBUFS);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), -ENOBUFS);
	nbr_leave(domain);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 1200);
	ck_assert_int_eq(nbr_reclaim(domain), 2);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 0);
	ck_assert_uint_eq(stats_of(domain).freed_bytes, 1200);
	ck_assert_int_eq(nbr_admit(domain, 1000), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, 2, 1);
}
END_TEST

/* ---- Without a thread; waiting in the wrong place -------------------------- */

START_TEST(test_manual)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item items[100];
	size_t i;

	for (i = 0; i < 100; i++)
		items[i] = (struct item){.payload = 7};
	thread_in(flavor);
	ck_assert_int_eq(nbr_reclaim(domain), 0);
	ck_assert_uint_eq(stats_of(domain).grace_periods, 0); /* nothing to wait for */
	retire_in_section(domain, flavor, items, 99);
	nbr_enter(domain);
	nbr_retire(domain, &items[99].node, free_node, 0);
	section_out(domain, flavor);
	check_freed(items, 100, 0);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 100);
	ck_assert_int_eq(nbr_reclaim(domain), 100);
	check_freed(items, 100, 1);
	ck_assert_uint_eq(stats_of(domain).grace_periods, 1);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_int_eq(nbr_reclaim(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

START_TEST(test_deadlock_refused)
{
	static const enum nbr_flavor flavors[] = {NBR_BP, NBR_MEMB, NBR_MB};
	enum nbr_flavor flavor = flavors[_i];
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct item item = {.payload = 7};

	thread_in(flavor);
	ck_assert(!nbr_in_section(domain));
	nbr_enter(domain);
	ck_assert(nbr_in_section(domain));
	retire(domain, &item);
	ck_assert_int_eq(nbr_barrier(domain), -EDEADLK);
	ck_assert_int_eq(nbr_reclaim(domain), -EDEADLK);
	ck_assert_int_eq(nbr_before_fork(), -EDEADLK);
	ck_assert_int_eq(nbr_domain_unref(domain), -EDEADLK);
	ck_assert_uint_eq(nbr_domain_users(domain), 1);
	nbr_leave(domain);
	ck_assert_int_eq(item.freed, 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

static _Atomic int callback_answers[4];

static void wait_in_callback(void *object, void *arg)
{
	struct nbr_domain *domain = arg;

	callback_answers[0] = nbr_barrier(domain);
	callback_answers[1] = (int)nbr_reclaim(domain);
	callback_answers[2] = nbr_domain_unref(domain);
	callback_answers[3] = nbr_before_fork();
	item_freed(object);
}

START_TEST(test_callback_may_not_wait)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){.flags = _i != 0 ? NBR_NO_THREAD : 0});
	struct item item = {.payload = 7};
	struct nbr_ticket ticket;
	int i;

	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_retire_object(domain, &ticket, wait_in_callback, &item, domain);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(callback_answers[i], -EDEADLK);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* An online QSBR thread would be the reader it waits for. */
START_TEST(test_qsbr_online)
{
	struct nbr_domain *domain = make(NBR_QSBR, (struct nbr_config){.flags = _i != 0 ? NBR_NO_THREAD : 0});
	struct item items[3] = {{.payload = 7}, {.payload = 7}, {.payload = 7}};

	thread_in(NBR_QSBR);
	ck_assert(nbr_in_section(domain));
	ck_assert_int_eq(nbr_before_fork(), -EDEADLK);
	retire(domain, &items[0]);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(items[0].freed, 1);
	ck_assert(nbr_in_section(domain));
	retire(domain, &items[1]);
	ck_assert_int_ge(nbr_reclaim(domain), 0);
	ck_assert(nbr_in_section(domain));
	retire(domain, &items[2]);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, 3, 1);
	ck_assert(urcu_qsbr_read_ongoing());
	/* An offline thread stays offline. */
	urcu_qsbr_thread_offline();
	domain = make(NBR_QSBR, (struct nbr_config){0});
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert(!urcu_qsbr_read_ongoing());
	thread_out(NULL, NBR_QSBR);
}
END_TEST

/* ---- Users ---------------------------------------------------------------- */

START_TEST(test_shared)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *a = NULL, *b = NULL, *manual = NULL, *other = NULL;
	struct item item = {.payload = 7};

	thread_in(flavor);
	ck_assert_int_eq(nbr_domain_shared(&a, flavor, true), 0);
	ck_assert_int_eq(nbr_domain_shared(&b, flavor, true), 0);
	ck_assert_int_eq(nbr_domain_shared(&manual, flavor, false), 0);
	ck_assert_int_eq(nbr_domain_shared(&other, flavor == NBR_BP ? NBR_MB : NBR_BP, true), 0);
	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_ne(a, manual);
	ck_assert_ptr_ne(a, other);
	ck_assert_int_eq(nbr_domain_flavor(a), flavor);
	nbr_domain_ref(a);
	ck_assert_uint_eq(nbr_domain_users(a), 3);
	ck_assert_int_eq(nbr_domain_unref(a), 0);
	ck_assert_int_eq(nbr_domain_unref(a), 0);
	ck_assert_uint_eq(nbr_domain_users(b), 1);
	nbr_enter(b);
	retire(b, &item);
	section_out(b, flavor);
	ck_assert_int_eq(nbr_domain_unref(b), 0);
	ck_assert_int_eq(item.freed, 1);
	ck_assert_int_eq(nbr_domain_shared(&a, flavor, true), 0);
	ck_assert_uint_eq(nbr_domain_users(a), 1);
	ck_assert_uint_eq(stats_of(a).freed_objects, 0); /* a new one */
	ck_assert_int_eq(nbr_domain_unref(a), 0);
	ck_assert_int_eq(nbr_domain_unref(manual), 0);
	ck_assert_int_eq(nbr_domain_unref(other), 0);
	thread_out(NULL, flavor);
}
END_TEST

static void *churn_shared(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 300; i++) {
		struct nbr_domain *domain = NULL;
		static _Thread_local struct item item;

		if (nbr_domain_shared(&domain, NBR_BP, i % 3 == 0) != 0)
			return (void *)1;
		item = (struct item){.payload = 7};
		nbr_enter(domain);
		nbr_retire(domain, &item.node, free_node, 8);
		nbr_leave(domain);
		if (nbr_barrier(domain) != 0 || item.freed != 1 || nbr_domain_unref(domain) != 0)
			return (void *)1;
	}
	return NULL;
}

/* First and last users come and go at once. */
START_TEST(test_shared_churn)
{
	pthread_t threads[3];
	int i;

	for (i = 0; i < 3; i++)
		threads[i] = spawn(churn_shared, NULL);
	for (i = 0; i < 3; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
}
END_TEST

/* ---- Stalls --------------------------------------------------------------- */

struct stall {
	sem_t reported;
	_Atomic unsigned reports;
	_Atomic unsigned age_ms;
};

static void on_stall(unsigned age_ms, void *arg)
{
	struct stall *stall = arg;

	stall->age_ms = age_ms;
	stall->reports++;
	sem_post(&stall->reported);
}

START_TEST(test_stall)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct stall stall = {.reports = 0};
	struct nbr_domain *domain =
		make(flavor, (struct nbr_config){.on_stall = on_stall, .stall_ms = 5, .arg = &stall});
	struct item item = {.payload = 7};
	struct reader reader;
	pthread_t thread;

	sem_init(&stall.reported, 0, 0);
	thread_in(flavor);
	thread = reader_start(&reader, domain, flavor, &item, 30);
	nbr_enter(domain);
	retire(domain, &item);
	section_out(domain, flavor);
	wait_sem(domain, flavor, &stall.reported);
	sem_post(&reader.go);
	join(domain, flavor, thread);
	ck_assert(!reader.early);
	ck_assert_uint_ge(stall.age_ms, 5);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	ck_assert_uint_le(stall.reports, stats_of(domain).grace_periods);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

/* ---- Callbacks that retire ------------------------------------------------ */

struct nest {
	struct nbr_domain *domain;
	struct item item;
	int depth;
};

static _Thread_local unsigned depth_here;
static _Atomic unsigned depth_most;

static void free_nest(void *object, void *arg)
{
	struct nest *nest = object;
	struct nbr_ticket ticket = NBR_TICKET_NONE;

	if (++depth_here > depth_most)
		depth_most = depth_here;
	if (nest->depth-- > 0) {
		nbr_enter(nest->domain);
		if (nbr_reserve(nest->domain, &ticket) != 0)
			abort();
		nbr_retire_object(nest->domain, &ticket, free_nest, nest, arg);
		nbr_leave(nest->domain);
	} else {
		item_freed(&nest->item);
	}
	depth_here--;
}

START_TEST(test_nested)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_config config = {.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0, .assist = 1};
	struct nbr_domain *domain = make(flavor, config);
	static struct nest nests[500];
	struct nbr_ticket ticket;
	int i;

	depth_most = 0;
	thread_in(flavor);
	nbr_enter(domain);
	for (i = 0; i < 500; i++) {
		nests[i] = (struct nest){.domain = domain, .depth = i % 5};
		ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
		nbr_retire_object(domain, &ticket, free_nest, &nests[i], NULL);
	}
	section_out(domain, flavor);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	for (i = 0; i < 500; i += 5)
		ck_assert_int_eq(nests[i].item.freed, 1); /* those that do not nest */
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	for (i = 0; i < 500; i++)
		ck_assert_int_eq(nests[i].item.freed, 1);
	ck_assert_uint_eq(depth_most, 1); /* a callback that reserves does not assist */
	thread_out(NULL, flavor);
}
END_TEST

/* ---- Many threads --------------------------------------------------------- */

#define CROWD 4
#define EACH 10000

static _Atomic unsigned crowd_done;

struct crowd {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	_Atomic(struct item *) *slot; /* what readers look at */
	struct item *items;
	bool bad;
};

/* Publish an item in the place of the last one, retire that, and look at what is
 * published: whatever it is, it must be alive. */
static void *crowd_main(void *arg)
{
	struct crowd *crowd = arg;
	struct nbr_domain *domain = crowd->domain;
	size_t i;

	thread_in(crowd->flavor);
	for (i = 0; i < EACH; i++) {
		struct nbr_ticket ticket = NBR_TICKET_NONE;
		struct item *old, *seen;

		nbr_enter(domain);
		seen = *crowd->slot;
		if (seen != NULL && seen->payload != 7)
			crowd->bad = true;
		if (i % 7 != 0 && nbr_reserve(domain, &ticket) != 0)
			crowd->bad = true;
		old = atomic_exchange(crowd->slot, &crowd->items[i]);
		if (old == NULL)
			nbr_cancel(domain, &ticket);
		else if (ticket.batch != NULL)
			nbr_retire_object(domain, &ticket, free_object, old, NULL);
		else
			nbr_retire(domain, &old->node, free_node, 16);
		if (seen != NULL && seen->payload != 7)
			crowd->bad = true;
		section_out(domain, crowd->flavor);
		if (i % 1000 == 999 && nbr_barrier(domain) != 0)
			crowd->bad = true;
	}
	thread_out(domain, crowd->flavor);
	crowd_done++;
	return NULL;
}

START_TEST(test_crowd)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 3);
	struct nbr_config config = {.flags = _i % 3 != 0 ? NBR_NO_THREAD : 0, .assist = 1};
	struct nbr_domain *domain = make(flavor, config);
	static struct item items[CROWD][EACH];
	_Atomic(struct item *) slot = NULL;
	struct crowd crowd[CROWD];
	pthread_t threads[CROWD];
	struct item *last;
	size_t i, j;

	crowd_done = 0;
	for (i = 0; i < CROWD; i++) {
		for (j = 0; j < EACH; j++)
			items[i][j] = (struct item){.payload = 7};
		crowd[i] = (struct crowd){domain, flavor, &slot, items[i], false};
	}
	for (i = 0; i < CROWD; i++)
		threads[i] = spawn(crowd_main, &crowd[i]);
	/* Rounds without a pause, to meet retirers on every stripe. */
	while (_i % 3 == 2 && crowd_done < CROWD)
		ck_assert_int_ge(nbr_reclaim(domain), 0);
	for (i = 0; i < CROWD; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert(!crowd[i].bad);
	}
	last = slot;
	ck_assert_int_eq(last->freed, 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	item_freed(last);
	for (i = 0; i < CROWD; i++)
		check_freed(items[i], EACH, 1);
	ck_assert_uint_eq(stats_of(domain).freed_objects, CROWD * EACH - 1);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* ---- Assistance ----------------------------------------------------------- */

static _Thread_local unsigned freed_here;
static _Atomic unsigned gate_calls;
static sem_t gate_entered, gate_open;

/* The first call of each thread in a list of `gates` waits at the gate. */
static void free_gated(void *object, void *arg)
{
	(void)arg;
	if (freed_here++ == 0) {
		gate_calls++;
		sem_post(&gate_entered);
		wait_plain(&gate_open);
	}
	item_freed(object);
}

static void *reclaim_main(void *arg)
{
	freed_here = 0;
	return (void *)(intptr_t)nbr_reclaim(arg);
}

static void retire_gated(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *items, size_t n)
{
	struct nbr_ticket ticket;
	size_t i;

	nbr_enter(domain);
	for (i = 0; i < n; i++) {
		items[i] = (struct item){.payload = 7};
		ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
		nbr_retire_object(domain, &ticket, free_gated, &items[i], NULL);
	}
	section_out(domain, flavor);
}

/* While a round is stopped in a callback, a writer frees one ripe batch. */
START_TEST(test_assist)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	static struct item items[4 * BATCH];
	struct nbr_ticket ticket;
	pthread_t thread;
	void *count;

	sem_init(&gate_entered, 0, 0);
	sem_init(&gate_open, 0, 0);
	thread_in(flavor);
	retire_gated(domain, flavor, items, 4 * BATCH);
	thread = spawn(reclaim_main, domain);
	wait_sem(domain, flavor, &gate_entered);
	freed_here = 1; /* this thread does not stop */
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_cancel(domain, &ticket);
	section_out(domain, flavor);
	ck_assert_uint_eq(freed_here, 1 + BATCH);
	sem_post(&gate_open);
	ck_assert_int_eq(pthread_join(thread, &count), 0);
	ck_assert_int_eq((intptr_t)count, 3 * BATCH);
	check_freed(items, 4 * BATCH, 1);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

struct helper {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
};

static void *assist_main(void *arg)
{
	struct helper *helper = arg;
	struct nbr_ticket ticket;

	freed_here = 0; /* stops at the gate */
	thread_in(helper->flavor);
	nbr_enter(helper->domain);
	if (nbr_reserve(helper->domain, &ticket) != 0)
		abort();
	nbr_cancel(helper->domain, &ticket);
	section_out(helper->domain, helper->flavor);
	thread_out(helper->domain, helper->flavor);
	return NULL;
}

/*
 * A barrier waits for what an assisting writer has in hand.  Main holds stripes
 * while the assistant starts, so that (on a machine of two CPUs, which has four
 * stripes) it has none to hold itself, by which the barrier would notice it.
 */
START_TEST(test_barrier_waits_for_assistant)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	static struct item items[8 * BATCH];
	struct helper helper = {domain, flavor};
	struct waiter waiter = {.domain = domain, .flavor = flavor, .items = items, .n = 8 * BATCH};
	struct nbr_ticket tickets[4];
	pthread_t round, assistant, barrier;
	int i;

	sem_init(&gate_entered, 0, 0);
	sem_init(&gate_open, 0, 0);
	sem_init(&waiter.about, 0, 0);
	thread_in(flavor);
	retire_gated(domain, flavor, items, 8 * BATCH);
	round = spawn(reclaim_main, domain);
	wait_sem(domain, flavor, &gate_entered);
	freed_here = 1; /* this thread does not stop */
	nbr_enter(domain);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(nbr_reserve(domain, &tickets[i]), 0);
	assistant = spawn(assist_main, &helper);
	wait_plain(&gate_entered);
	for (i = 0; i < 4; i++)
		nbr_cancel(domain, &tickets[i]);
	section_out(domain, flavor);
	/* One post lets one of the two go on, whichever; the barrier must wait for both. */
	sem_post(&gate_open);
	barrier = spawn(barrier_main, &waiter);
	wait_sem(domain, flavor, &waiter.about);
	usleep(20000); /* gives a barrier that does not wait the time to show it */
	sem_post(&gate_open);
	join(domain, flavor, round);
	join(domain, flavor, assistant);
	join(domain, flavor, barrier);
	ck_assert(waiter.ok);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

/* ---- fork ----------------------------------------------------------------- */

#define FORKED 200

/* ThreadSanitizer cannot start threads in the child of a threaded process. */
#ifdef NBR_TSAN
#define FORK_FLAGS NBR_NO_THREAD
#else
#define FORK_FLAGS 0
#endif

struct family {
	struct nbr_domain *domain;
	struct nbr_domain *shared;
	enum nbr_flavor flavor;
	struct item items[FORKED];
	struct item fresh;
	struct item slow;
	sem_t told;
};

static sem_t slow_entered;
static _Atomic bool slow_left;

static void free_slowly(void *object, void *arg)
{
	(void)arg;
	sem_post(&slow_entered);
	usleep(20000);
	slow_left = true;
	item_freed(object);
}

/* Returns while the reclaimer, if there is one, is in the midst of a callback. */
static void start_slow_callback(struct family *family)
{
	struct nbr_ticket ticket;

	slow_left = false;
	sem_init(&slow_entered, 0, 0);
	nbr_enter(family->domain);
	ck_assert_int_eq(nbr_reserve(family->domain, &ticket), 0);
	nbr_retire_object(family->domain, &ticket, free_slowly, &family->slow, NULL);
	section_out(family->domain, family->flavor);
	if (FORK_FLAGS & NBR_NO_THREAD)
		(void)nbr_reclaim(family->domain);
	wait_sem(family->domain, family->flavor, &slow_entered);
}

static void await_fresh(struct family *family)
{
	/* Without a barrier, so that it needs the reclaimer to be alive. */
	if (FORK_FLAGS & NBR_NO_THREAD)
		(void)nbr_reclaim(family->domain);
	wait_sem(family->domain, family->flavor, &family->told);
}

/* 0, or the number of the step that failed. */
static int child_of_fork(struct family *family)
{
	struct nbr_domain *domain = family->domain;
	size_t i;

	if (nbr_after_fork_child() != 0)
		return 1;
	thread_in(family->flavor);
	retire_in_section(domain, family->flavor, &family->fresh, 1);
	await_fresh(family);
	if (family->fresh.freed != 1)
		return 2;
	if (nbr_barrier(domain) != 0)
		return 3;
	for (i = 0; i < FORKED; i++)
		if (family->items[i].freed != 1)
			return 4;
	if (stats_of(domain).pending_objects != 0)
		return 5;
	if (nbr_domain_unref(domain) != 0 || nbr_domain_unref(family->shared) != 0)
		return 6;
	thread_out(NULL, family->flavor);
	return blocks == 0 ? 0 : 7;
}

/*
 * The child ends by a signal, its result told through a pipe: were it to exit,
 * valgrind would make an error of what Check's runner, copied into it, has not
 * freed.  What the library has not freed, the counting allocator knows.
 */
static void run_child(struct family *family, int out)
{
	char step = (char)child_of_fork(family);

	while (write(out, &step, 1) != 1)
		;
	kill(getpid(), SIGKILL);
}

static struct family *family_new(enum nbr_flavor flavor, struct stall *stall)
{
	static struct family family;
	struct nbr_config config = {.flags = FORK_FLAGS, .on_stall = on_stall, .stall_ms = 1000, .arg = stall};
	size_t i;

	family.flavor = flavor;
	family.domain = make(flavor, config);
	ck_assert_int_eq(nbr_domain_shared(&family.shared, NBR_BP, FORK_FLAGS == 0), 0);
	sem_init(&family.told, 0, 0);
	family.slow = (struct item){.payload = 7};
	family.fresh = (struct item){.payload = 7, .tell = &family.told};
	for (i = 0; i < FORKED; i++)
		family.items[i] = (struct item){.payload = 7};
	return &family;
}

START_TEST(test_fork)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct stall stall = {.reports = 0};
	struct family *family;
	char step = -1;
	int ends[2];
	pid_t pid;

	sem_init(&stall.reported, 0, 0);
	family = family_new(flavor, &stall);
	thread_in(flavor);
	start_slow_callback(family);
	retire_in_section(family->domain, flavor, family->items, FORKED);
	thread_out(family->domain, flavor);

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(nbr_before_fork(), 0);
	ck_assert(slow_left); /* no callback is half done in the child */
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(family, ends[1]);
	nbr_after_fork_parent();
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(read(ends[0], &step, 1), 1);
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(step, 0);

	thread_in(flavor);
	retire_in_section(family->domain, flavor, &family->fresh, 1);
	await_fresh(family);
	ck_assert_int_eq(nbr_barrier(family->domain), 0);
	check_freed(family->items, FORKED, 1);
	ck_assert_int_eq(family->fresh.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(family->domain), 0);
	ck_assert_int_eq(nbr_domain_unref(family->shared), 0);
	thread_out(NULL, flavor);
}
END_TEST

/* ---- The suite ------------------------------------------------------------ */

static Suite *reclaim_suite(void)
{
	Suite *suite = suite_create("reclaim");
	TCase *tc = tcase_create("reclaim");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_node_waits, 0, NBR_FLAVORS);
	tcase_add_loop_test(tc, test_object_waits, 0, NBR_FLAVORS);
	tcase_add_loop_test(tc, test_objects, 0, NBR_FLAVORS);
	tcase_add_test(tc, test_cancel);
	tcase_add_loop_test(tc, test_partial_without_barrier, 0, NBR_FLAVORS);
	tcase_add_loop_test(tc, test_barrier_held_batch, 0, NBR_FLAVORS);
	tcase_add_loop_test(tc, test_barrier_hot_batch, 0, NBR_FLAVORS);
	tcase_add_test(tc, test_no_memory);
	tcase_add_test(tc, test_bad_config);
	tcase_add_test(tc, test_no_thread_to_be_had);
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_limit_reports_only);
	tcase_add_test(tc, test_admit_bytes);
	tcase_add_loop_test(tc, test_manual, 0, NBR_FLAVORS);
	tcase_add_loop_test(tc, test_deadlock_refused, 0, 3);
	tcase_add_loop_test(tc, test_callback_may_not_wait, 0, 2);
	tcase_add_loop_test(tc, test_qsbr_online, 0, 2);
	tcase_add_loop_test(tc, test_shared, 0, NBR_FLAVORS);
	tcase_add_test(tc, test_shared_churn);
	tcase_add_loop_test(tc, test_stall, 0, NBR_FLAVORS);
	tcase_add_loop_test(tc, test_nested, 0, 2 * NBR_FLAVORS);
	tcase_add_loop_test(tc, test_crowd, 0, 3 * NBR_FLAVORS);
	tcase_add_loop_test(tc, test_assist, 0, NBR_FLAVORS);
	tcase_add_loop_test(tc, test_barrier_waits_for_assistant, 0, NBR_FLAVORS);
	tcase_add_loop_test(tc, test_fork, 0, NBR_FLAVORS);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(reclaim_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
