/*
 * registration: what threads say to their flavour through this layer.
 */
#include "fixture.h"

static void check_refused(enum nbr_flavor flavor)
{
	ck_assert_int_eq(nbr_thread_unregister(flavor), -EINVAL);
	ck_assert_int_eq(nbr_thread_offline(flavor), -EINVAL);
	ck_assert_int_eq(nbr_thread_online(flavor), -EINVAL);
	ck_assert_int_eq(nbr_thread_quiescent(flavor), -EINVAL);
}

START_TEST(test_register)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	bool knows_all = flavor == NBR_BP;
	int round;

	for (round = 0; round < 2; round++) {
		ck_assert_int_eq(nbr_registered(flavor), knows_all);
		if (!knows_all)
			check_refused(flavor);
		ck_assert_int_eq(nbr_thread_register(flavor), 0);
		ck_assert(nbr_registered(flavor));
		ck_assert_int_eq(nbr_thread_register(flavor), knows_all ? 0 : -EINVAL);
		ck_assert(nbr_registered(flavor));
		ck_assert_int_eq(nbr_thread_offline(flavor), 0);
		ck_assert_int_eq(nbr_thread_online(flavor), 0);
		ck_assert_int_eq(nbr_thread_quiescent(flavor), 0);
		ck_assert_int_eq(nbr_thread_unregister(flavor), 0);
	}
	ck_assert_int_eq(nbr_registered(flavor), knows_all);
}
END_TEST

START_TEST(test_no_such_flavor)
{
	static const enum nbr_flavor none[] = {NBR_FLAVORS, (enum nbr_flavor)1000};
	size_t i;

	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(nbr_thread_register(none[i]), -EINVAL);
		check_refused(none[i]);
	}
}
END_TEST

static void *registered_main(void *arg)
{
	bool *registered = arg;
	int flavor;

	for (flavor = 0; flavor < NBR_FLAVORS; flavor++)
		registered[flavor] = nbr_registered((enum nbr_flavor)flavor);
	return NULL;
}

/* Registered is a thread, and with one flavour. */
START_TEST(test_each_for_itself)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	bool registered[NBR_FLAVORS];
	int other;

	ck_assert_int_eq(nbr_thread_register(flavor), 0);
	ck_assert_int_eq(nbr_thread_offline(flavor), 0);
	for (other = 0; other < NBR_FLAVORS; other++)
		ck_assert_int_eq(nbr_registered((enum nbr_flavor)other), other == NBR_BP || other == (int)flavor);
	ck_assert_int_eq(pthread_join(spawn(registered_main, registered), NULL), 0);
	for (other = 0; other < NBR_FLAVORS; other++)
		ck_assert_int_eq(registered[other], other == NBR_BP);
	ck_assert_int_eq(nbr_thread_unregister(flavor), 0);
}
END_TEST

/* A thread that was not registered is not afterwards, one that was still is. */
START_TEST(test_waiting_leaves_it_so)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});

	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(nbr_reclaim(domain), 0);
	ck_assert_int_eq(nbr_synchronize(domain), 0);
	ck_assert_int_eq(nbr_registered(flavor), flavor == NBR_BP);
	ck_assert_int_eq(nbr_thread_register(flavor), 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert(nbr_registered(flavor));
	ck_assert_int_eq(nbr_in_section(domain), flavor == NBR_QSBR);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert(nbr_registered(flavor));
	ck_assert_int_eq(nbr_thread_unregister(flavor), 0);
}
END_TEST

START_TEST(test_qsbr_line)
{
	struct nbr_domain *domain = make(NBR_QSBR, (struct nbr_config){.flags = NBR_NO_THREAD});

	ck_assert(!nbr_in_section(domain));
	ck_assert_int_eq(nbr_thread_register(NBR_QSBR), 0);
	ck_assert(nbr_in_section(domain));
	ck_assert_int_eq(nbr_thread_quiescent(NBR_QSBR), 0);
	ck_assert(nbr_in_section(domain));
	ck_assert_int_eq(nbr_thread_offline(NBR_QSBR), 0);
	ck_assert(!nbr_in_section(domain));
	/* Offline, it is quiescent, and stays offline. */
	ck_assert_int_eq(nbr_thread_quiescent(NBR_QSBR), 0);
	ck_assert(!nbr_in_section(domain));
	synchronize_elsewhere(domain, NBR_BP); /* which does not wait for this thread */
	ck_assert_int_eq(nbr_thread_online(NBR_QSBR), 0);
	ck_assert(nbr_in_section(domain));
	ck_assert_int_eq(nbr_thread_unregister(NBR_QSBR), 0);
	ck_assert(!nbr_in_section(domain));
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* A quiescent state ends what a grace period waits for, but not before. */
START_TEST(test_qsbr_quiescent)
{
	struct nbr_domain *domain = make(NBR_QSBR, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct item item = {.payload = 7};
	struct waiter waiter = {.domain = domain, .items = &item, .n = 1};
	pthread_t thread;

	ck_assert_int_eq(nbr_thread_register(NBR_QSBR), 0);
	nbr_enter(domain);
	retire(domain, &item);
	nbr_leave(domain);
	sem_init(&waiter.about, 0, 0);
	thread = spawn(barrier_main, &waiter);
	wait_plain(&waiter.about);
	watch_a_while();
	ck_assert_int_eq(item.freed, 0);
	while (!waiter.back)
		ck_assert_int_eq(nbr_thread_quiescent(NBR_QSBR), 0);
	ck_assert_int_eq(nbr_thread_offline(NBR_QSBR), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(waiter.ok);
	ck_assert_int_eq(nbr_thread_unregister(NBR_QSBR), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

void add_registration(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_register, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_no_such_flavor);
	tcase_add_loop_test(tcase, test_each_for_itself, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_waiting_leaves_it_so, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_qsbr_line);
	tcase_add_test(tcase, test_qsbr_quiescent);
}
