/*
 * config: what nbr_domain_new() turns down, and no thread to be had.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pthread_setattr_default_np */
#endif
#include "fixture.h"

static void ignore_stall(void *user, unsigned age_ms)
{
	(void)user;
	(void)age_ms;
}

START_TEST(test_bad_config)
{
	static const char user[NBR_USER_MAX + 1];
	const struct nbr_allocator no_free = {counting.alloc, NULL, NULL}, no_alloc = {NULL, counting.free, NULL};
	const struct nbr_config bad[] = {
		{.flavor = NBR_FLAVORS},
		{.flavor = (enum nbr_flavor)1000},
		{.flags = 4},
		{.flags = NBR_NO_THREAD | 8},
		{.allocator = &no_free},
		{.allocator = &no_alloc},
		{.user_size = NBR_USER_MAX + 1, .user = user},
		/* Reports that could never be made. */
		{.on_stall = ignore_stall},
		{.on_stall = ignore_stall, .stall_ms = 10, .flags = NBR_NO_THREAD},
	};
	struct nbr_domain *domain = NULL;
	size_t i;

	ck_assert_int_eq(nbr_domain_new(&domain, NULL), -EINVAL);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(nbr_domain_new(&domain, &bad[i]) == -EINVAL, "configuration %zu", i);
	ck_assert_int_eq(nbr_domain_shared(&domain, NBR_FLAVORS, true), -EINVAL);
	ck_assert_ptr_null(domain);
	ck_assert_int_eq(blocks, 0);
}
END_TEST

START_TEST(test_good_config)
{
	static const char user[NBR_USER_MAX];
	const struct nbr_config good[] = {
		{0},
		{.flags = NBR_NO_THREAD | NBR_LIMIT_REPORTS_ONLY | NBR_NO_YIELD},
		{.user_size = NBR_USER_MAX, .user = user},
		{.on_stall = ignore_stall, .stall_ms = 10},
		{.stall_ms = 10, .flags = NBR_NO_THREAD}, /* of no use, and no harm */
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_int_eq(nbr_domain_unref(make(NBR_BP, good[i])), 0);
}
END_TEST

START_TEST(test_no_memory_for_a_domain)
{
	const struct nbr_config config = {.flags = _i != 0 ? NBR_NO_THREAD : 0, .allocator = &counting};
	struct nbr_domain *domain = NULL;

	failing = true;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), -ENOMEM);
	ck_assert_ptr_null(domain);
	failing = false;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* A default stack that no machine has makes pthread_create() fail. */
START_TEST(test_no_thread_to_be_had)
{
	struct nbr_config config = {.allocator = &counting};
	struct nbr_domain *domain = NULL;
	pthread_attr_t usual, huge;

	ck_assert_int_eq(pthread_getattr_default_np(&usual), 0);
	ck_assert_int_eq(pthread_attr_init(&huge), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&huge, (size_t)1 << 47), 0);
	ck_assert_int_eq(pthread_setattr_default_np(&huge), 0);
	ck_assert_int_eq(nbr_domain_new(&domain, &config), -EAGAIN);
	config.on_stall = ignore_stall;
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

void add_config(TCase *tcase)
{
	tcase_add_test(tcase, test_bad_config);
	tcase_add_test(tcase, test_good_config);
	tcase_add_loop_test(tcase, test_no_memory_for_a_domain, 0, 2);
	tcase_add_test(tcase, test_no_thread_to_be_had);
}
