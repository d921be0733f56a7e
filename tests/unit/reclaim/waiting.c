/*
 * waiting: without a reclaimer, and where nobody may wait.
 */
#include "fixture.h"

#include <urcu/urcu-qsbr.h>

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

void add_waiting(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_manual, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_deadlock_refused, 0, 3);
	tcase_add_loop_test(tcase, test_callback_may_not_wait, 0, 2);
	tcase_add_loop_test(tcase, test_qsbr_online, 0, 2);
}
