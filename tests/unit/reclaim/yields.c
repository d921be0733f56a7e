/*
 * yields: the turns that a thread owes which makes garbage while very much waits,
 * and when it gives them.
 *
 * sched_yield() is this file's, so that calls can be counted.  In domains without
 * threads nothing else calls it.
 */
#include "fixture.h"

#include <sched.h>

#define TURNS 8 /* in a grace period; see flavor.c */

static _Thread_local unsigned yields;

int sched_yield(void)
{
	yields++;
	return 0;
}

/* More than 32 times `assist` wait.  The grace periods begun are a number that no test
 * in this thread has met before, so that no turn has been given in the last one. */
static struct nbr_domain *start(enum nbr_flavor flavor, unsigned flags)
{
	static unsigned grace_periods;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD | flags, .assist = 1});
	unsigned i;

	thread_in(flavor);
	retire_fillers(domain, flavor, 3 * BATCH);
	grace_periods += 2;
	for (i = 0; i < grace_periods; i++)
		synchronize_elsewhere(domain, flavor);
	yields = 0;
	return domain;
}

static void end(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}

/* A section that makes a batch of garbage, and what is then to be done. */
static void make_garbage(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	nbr_enter(domain);
	retire_fillers_inside(domain, BATCH);
	nbr_leave(domain);
	if (flavor == NBR_QSBR)
		ck_assert_int_eq(nbr_thread_quiescent(flavor), 0);
}

/* So many in a grace period, and again in the next. */
START_TEST(test_a_few_in_a_grace_period)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, 0);
	unsigned i;

	for (i = 0; i < TURNS; i++) {
		make_garbage(domain, flavor);
		ck_assert_uint_eq(yields, i + 1);
	}
	make_garbage(domain, flavor);
	ck_assert_uint_eq(yields, TURNS);
	synchronize_elsewhere(domain, flavor);
	make_garbage(domain, flavor);
	ck_assert_uint_eq(yields, TURNS + 1);
	end(domain, flavor);
}
END_TEST

START_TEST(test_not_for_little)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1000});

	thread_in(flavor);
	yields = 0;
	make_garbage(domain, flavor);
	make_garbage(domain, flavor);
	ck_assert_uint_eq(yields, 0);
	end(domain, flavor);
}
END_TEST

START_TEST(test_not_where_unwanted)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, NBR_NO_YIELD);

	make_garbage(domain, flavor);
	ck_assert_uint_eq(yields, 0);
	end(domain, flavor);
}
END_TEST

/* Outside of the last section, whoever's debt it was. */
START_TEST(test_not_within_a_section)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, 0);

	nbr_enter(domain);
	nbr_enter(domain);
	retire_fillers_inside(domain, BATCH);
	nbr_leave(domain);
	ck_assert_uint_eq(yields, 0);
	nbr_leave(domain);
	if (flavor == NBR_QSBR) {
		ck_assert_uint_eq(yields, 0);
		ck_assert_int_eq(nbr_thread_quiescent(flavor), 0);
	}
	ck_assert_uint_eq(yields, 1);
	nbr_enter(domain);
	nbr_leave(domain);
	ck_assert_uint_eq(yields, 1);
	end(domain, flavor);
}
END_TEST

void add_yields(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_a_few_in_a_grace_period, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_not_for_little, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_not_where_unwanted, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_not_within_a_section, 0, NBR_FLAVORS);
}
