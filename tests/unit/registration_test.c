/*
 * registration: nbmap_thread_register() and its four sisters: what they answer, and
 * that they are what liburcu's own calls are, with which they may be mixed.
 *
 * What must not be done, as a second registration, is -EINVAL and changes nothing,
 * or is named by debug builds; the test finds out which of the two this library
 * is.  What a call does to the thread is seen in the grace periods that it holds up
 * or does not.
 */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"
#include "words.h"

static bool named; /* this library names misuse */

typedef int thread_call(enum nbmap_flavor flavor);

static const struct {
	thread_call *make;
	const char *name;
} calls[] = {
	{nbmap_thread_register, "nbmap_thread_register"},   {nbmap_thread_unregister, "nbmap_thread_unregister"},
	{nbmap_thread_offline, "nbmap_thread_offline"},	    {nbmap_thread_online, "nbmap_thread_online"},
	{nbmap_thread_quiescent, "nbmap_thread_quiescent"},
};
#define CALLS ((int)(sizeof(calls) / sizeof(*calls)))

/* ---- What is refused ---------------------------------------------------- */

struct refusal {
	int call;
	enum nbmap_flavor flavor;
};

static void make_call(void *arg)
{
	const struct refusal *refusal = arg;

	crew_check(calls[refusal->call].make(refusal->flavor) == -EINVAL);
}

static void assert_refused(int call, enum nbmap_flavor flavor)
{
	struct refusal refusal = {call, flavor};

	if (named)
		words_assert_named(make_call, &refusal, calls[call].name, "flavour");
	else
		make_call(&refusal);
}

START_TEST(test_flavours_that_do_not_exist)
{
	assert_refused(_i, (enum nbmap_flavor)FLAVORS);
	assert_refused(_i, (enum nbmap_flavor)INT_MAX);
}
END_TEST

START_TEST(test_a_thread_that_is_not_registered)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)_i;

	for (int call = 1; call < CALLS; call++)
		if (flavor == NBMAP_BP)
			ck_assert_int_eq(calls[call].make(flavor), 0);
		else
			assert_refused(call, flavor);
	/* Nor one that is no longer. */
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	ck_assert_int_eq(nbmap_thread_unregister(flavor), 0);
	for (int call = 1; call < CALLS && flavor != NBMAP_BP; call++)
		assert_refused(call, flavor);
}
END_TEST

START_TEST(test_a_thread_that_is_registered_already)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)_i;

	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	if (flavor == NBMAP_BP)
		ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	else
		assert_refused(0, flavor);
	/* It is registered once: everything else works, and one call ends it. */
	for (int call = 2; call < CALLS; call++)
		ck_assert_int_eq(calls[call].make(flavor), 0);
	ck_assert_int_eq(nbmap_thread_unregister(flavor), 0);
	if (flavor != NBMAP_BP)
		assert_refused(1, flavor);
}
END_TEST

/* A thread may be registered with all of them. */
START_TEST(test_all_flavours_at_once)
{
	for (int flavor = 0; flavor < FLAVORS; flavor++)
		ck_assert_int_eq(nbmap_thread_register((enum nbmap_flavor)flavor), 0);
	for (int flavor = 0; flavor < FLAVORS; flavor++)
		ck_assert_int_eq(nbmap_thread_unregister((enum nbmap_flavor)flavor), 0);
}
END_TEST

START_TEST(test_mixed_with_the_calls_of_liburcu)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)_i;

	flavor_register(flavor);
	if (flavor != NBMAP_BP)
		assert_refused(0, flavor);
	ck_assert_int_eq(nbmap_thread_offline(flavor), 0);
	flavor_online(flavor);
	flavor_quiescent(flavor);
	flavor_offline(flavor);
	ck_assert_int_eq(nbmap_thread_online(flavor), 0);
	ck_assert_int_eq(nbmap_thread_unregister(flavor), 0);
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	flavor_unregister(flavor);
	if (flavor != NBMAP_BP)
		assert_refused(1, flavor);
}
END_TEST

/* ---- What they do to a grace period -------------------------------------- */

static struct nbmap_domain *domain;
static _Atomic bool returned;

static void *synchronize(void *arg)
{
	(void)arg;
	crew_check(!nbmap_domain_synchronize(domain));
	atomic_store(&returned, true);
	return NULL;
}

/* A grace period that begins now waits for this thread until it has made the call; NULL: not at all. */
static void assert_held_up_until(thread_call *call)
{
	const struct timespec moment = {.tv_nsec = 3000000};
	pthread_t thread;

	atomic_store(&returned, false);
	ck_assert_int_eq(pthread_create(&thread, NULL, synchronize, NULL), 0);
	nanosleep(&moment, NULL);
	ck_assert(!call || !atomic_load(&returned));
	if (call)
		ck_assert_int_eq(call(NBMAP_QSBR), 0);
	/* Should the grace period have begun only now. */
	while (call == nbmap_thread_quiescent && !atomic_load(&returned)) {
		ck_assert_int_eq(call(NBMAP_QSBR), 0);
		sched_yield();
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(atomic_load(&returned));
}

START_TEST(test_what_holds_up_a_grace_period_of_qsbr)
{
	struct nbmap_domain_config config = {.flavor = NBMAP_QSBR, .flags = _i ? NBMAP_NO_THREAD : 0};

	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	assert_held_up_until(NULL);
	ck_assert_int_eq(nbmap_thread_register(NBMAP_QSBR), 0);
	assert_held_up_until(nbmap_thread_quiescent);
	/* Still online. */
	assert_held_up_until(nbmap_thread_offline);
	assert_held_up_until(NULL);
	/* A quiescent state does not put a thread online. */
	ck_assert_int_eq(nbmap_thread_quiescent(NBMAP_QSBR), 0);
	assert_held_up_until(NULL);
	ck_assert_int_eq(nbmap_thread_online(NBMAP_QSBR), 0);
	assert_held_up_until(nbmap_thread_quiescent);
	assert_held_up_until(nbmap_thread_unregister);
	assert_held_up_until(NULL);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("registration");
	TCase *tcase = tcase_create("registration");

	named = words_are_to_be_expected();
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_flavours_that_do_not_exist, 0, CALLS);
	tcase_add_loop_test(tcase, test_a_thread_that_is_not_registered, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_a_thread_that_is_registered_already, 0, FLAVORS);
	tcase_add_test(tcase, test_all_flavours_at_once);
	tcase_add_loop_test(tcase, test_mixed_with_the_calls_of_liburcu, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_what_holds_up_a_grace_period_of_qsbr, 0, 2);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
