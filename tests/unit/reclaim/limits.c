/*
 * limits: no memory, no thread, bad configurations, and too much that waits.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pthread_setattr_default_np */
#endif
#include "fixture.h"

#include <limits.h>
#include <stdint.h>

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
	struct nbr_allocator half = {counting.alloc, NULL, NULL};
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

void add_limits(TCase *tcase)
{
	tcase_add_test(tcase, test_no_memory);
	tcase_add_test(tcase, test_bad_config);
	tcase_add_test(tcase, test_no_thread_to_be_had);
	tcase_add_test(tcase, test_limit);
	tcase_add_test(tcase, test_limit_reports_only);
	tcase_add_test(tcase, test_admit_bytes);
}
