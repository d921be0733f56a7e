/*
 * waiting: the calls that wait for a grace period: synchronize, barrier, reclaim,
 * of maps and of domains, and destroy.
 *
 * Each returns when every section that had begun before it has ended, also those
 * of readers that hold nothing that was retired; with the domain's threads and
 * without, in all flavours.  To see that a call has not returned yet is to look
 * once too early at worst: a test can miss a mistake, but not report a false one.
 *
 * One waits for a time at most.  A reader that stays shows that the time is up, and one
 * that leaves that it need not be: no test depends on how long anything takes.
 *
 * Where a call would wait for itself, in a section or in a callback of reclamation,
 * it answers -EDEADLK, and nothing has happened.
 */
#include <check.h>
#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "pin.h"
#include "run.h"
#include "subject.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;

static void begin(int turn, unsigned flags)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(turn / KINDS);
	struct nbmap_domain_config config = {.flavor = flavor, .flags = flags};
	struct nbmap_config base = {.flavor = flavor};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	base.domain = domain;
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	flavor_register(flavor);
}

static void finish(void)
{
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

static struct nbmap_domain_stats stats(void)
{
	struct nbmap_domain_stats now;

	nbmap_domain_stats(domain, &now);
	return now;
}

/* ---- The calls ---------------------------------------------------------- */

static long synchronize_map(void)
{
	return subject_synchronize(&subject);
}

static long barrier_map(void)
{
	return subject_barrier(&subject);
}

static long reclaim_map(void)
{
	return subject_reclaim(&subject);
}

static long synchronize_domain(void)
{
	return nbmap_domain_synchronize(domain);
}

static long barrier_domain(void)
{
	return nbmap_domain_barrier(domain);
}

static long reclaim_domain(void)
{
	return nbmap_domain_reclaim(domain);
}

static long (*const calls[])(void) = {
	synchronize_map, barrier_map, reclaim_map, synchronize_domain, barrier_domain, reclaim_domain,
};
#define CALLS (sizeof(calls) / sizeof(*calls))

/* ---- A reader that began before ----------------------------------------- */

static _Atomic bool returned;

struct waiter {
	long (*call)(void);
	bool registered;
};

static void *wait_for_it(void *arg)
{
	const struct waiter *waiter = arg;

	/* Also a thread that the flavour does not know may wait. */
	if (waiter->registered)
		flavor_register(subject.flavor);
	crew_check(waiter->call() >= 0);
	atomic_store(&returned, true);
	if (waiter->registered)
		flavor_unregister(subject.flavor);
	return NULL;
}

static void check_that_it_waits(struct waiter waiter)
{
	const struct timespec moment = {.tv_nsec = 3000000};
	pthread_t thread;
	struct pin pin;

	atomic_store(&returned, false);
	pin_begin(&pin, domain, subject.flavor);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_it, &waiter), 0);
	nanosleep(&moment, NULL);
	ck_assert(!atomic_load(&returned));
	pin_release(&pin);
	flavor_offline(subject.flavor);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	flavor_online(subject.flavor);
	ck_assert(atomic_load(&returned));
	pin_end(&pin);
}

/* `_i`: flavour and kind; without garbage, and with some; with threads, and without. */
START_TEST(test_it_waits_for_a_reader_that_began_before)
{
	begin(_i % CASES, _i / CASES % 2 ? NBMAP_NO_THREAD : 0);
	for (size_t i = 0; i < CALLS; i++)
		for (unsigned registered = 0; registered < 2; registered++) {
			subject_enter(&subject);
			for (uint32_t n = 1; n < 3 && _i / CASES / 2; n++)
				crew_check(!subject_put(&subject, 1, n));
			subject_leave(&subject);
			check_that_it_waits((struct waiter){calls[i], registered});
		}
	finish();
}
END_TEST

/* What it is good for: what was unlinked may be freed by hand. */
START_TEST(test_what_was_unlinked_may_then_be_freed)
{
	struct nbmap_config config = {.domain = NULL};
	struct nbmap_u64 *map;
	void *first, *seen;

	begin(_i, 0);
	config.domain = domain;
	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	first = count_value(count, 1);
	nbmap_u64_enter(map);
	ck_assert_int_eq(nbmap_u64_put(map, 1, first, NULL), 0);
	ck_assert_int_eq(nbmap_u64_del(map, 1, &seen), 0);
	nbmap_u64_leave(map);
	ck_assert_ptr_eq(seen, first);
	flavor_quiescent(subject.flavor);
	ck_assert_int_eq(nbmap_u64_synchronize(map), 0);
	count_value_free(first, count);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	finish();
}
END_TEST

/* Each is one grace period at least, and after a barrier nothing waits. */
START_TEST(test_each_waits_for_a_grace_period_of_its_own)
{
	begin(_i % CASES, _i / CASES ? NBMAP_NO_THREAD : 0);
	for (size_t i = 0; i < CALLS; i++)
		for (unsigned n = 0; n < 3; n++) {
			uint64_t before = stats().grace_periods;

			ck_assert_int_ge(calls[i](), 0);
			ck_assert_uint_gt(stats().grace_periods, before);
		}
	subject_enter(&subject);
	for (uint32_t i = 1; i < 100; i++)
		crew_check(!subject_put(&subject, 1, i));
	subject_leave(&subject);
	ck_assert_int_eq(subject_synchronize(&subject), 0);
	ck_assert_int_eq(nbmap_domain_barrier(domain), 0);
	ck_assert_uint_eq(stats().pending_objects, 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
	finish();
}
END_TEST

/* ---- For a time at most ------------------------------------------------- */

static long reclaim_within_map(uint64_t ns)
{
	return subject_reclaim_within(&subject, ns);
}

static long reclaim_within_domain(uint64_t ns)
{
	return nbmap_domain_reclaim_within(domain, ns);
}

static long (*const calls_within[])(uint64_t ns) = {reclaim_within_map, reclaim_within_domain};
#define CALLS_WITHIN (sizeof(calls_within) / sizeof(*calls_within))

#define MS UINT64_C(1000000)

static long reclaim_map_in_time(void)
{
	return reclaim_within_map(UINT64_MAX);
}

static long reclaim_domain_in_time(void)
{
	return reclaim_within_domain(UINT64_MAX);
}

/* A writer that wants room is told that there is none yet, and gets it when there is. */
START_TEST(test_it_waits_no_longer_than_it_is_told)
{
	struct pin pin;

	begin(_i, 0);
	for (size_t i = 0; i < CALLS_WITHIN; i++) {
		pin_begin(&pin, domain, subject.flavor);
		subject_enter(&subject);
		for (uint32_t n = 1; n < 3; n++)
			crew_check(!subject_put(&subject, 1, n));
		subject_leave(&subject);
		ck_assert_int_eq(calls_within[i](0), -ETIMEDOUT);
		ck_assert_int_eq(calls_within[i](1), -ETIMEDOUT);
		ck_assert_int_eq(calls_within[i](MS), -ETIMEDOUT);
		ck_assert_uint_ge(count_alive(count, COUNT_VALUES), 2);
		pin_release(&pin);
		ck_assert_int_ge(calls_within[i](UINT64_MAX), 0);
		pin_end(&pin);
	}
	check_that_it_waits((struct waiter){reclaim_map_in_time, true});
	check_that_it_waits((struct waiter){reclaim_domain_in_time, false});
	finish();
}
END_TEST

START_TEST(test_without_threads_there_is_no_time)
{
	begin(_i, NBMAP_NO_THREAD);
	for (size_t i = 0; i < CALLS_WITHIN; i++) {
		ck_assert_int_eq(calls_within[i](0), -EINVAL);
		ck_assert_int_eq(calls_within[i](UINT64_MAX), -EINVAL);
	}
	ck_assert_uint_eq(stats().grace_periods, 0);
	finish();
}
END_TEST

/* ---- Where it would wait for itself ------------------------------------- */

static void check_refusals(void)
{
	for (size_t i = 0; i < CALLS; i++)
		crew_check(calls[i]() == -EDEADLK);
	for (size_t i = 0; i < CALLS_WITHIN; i++)
		crew_check(calls_within[i](0) == -EDEADLK);
	crew_check(nbmap_before_fork() == -EDEADLK);
}

/* A QSBR thread is in no section: it is taken offline meanwhile. */
START_TEST(test_in_a_section_it_is_refused)
{
	begin(_i % CASES, _i / CASES ? NBMAP_NO_THREAD : 0);
	if (subject.flavor != NBMAP_QSBR) {
		subject_enter(&subject);
		crew_check(!subject_put(&subject, 1, 1) && !subject_put(&subject, 1, 2));
		check_refusals();
		ck_assert_int_eq(subject_close(&subject), -EDEADLK);
		ck_assert_int_eq(nbmap_domain_destroy(domain), -EBUSY);
		/* All is as it was. */
		ck_assert_uint_eq(subject_get(&subject, 1), 2);
		subject_leave(&subject);
		ck_assert_int_eq(subject_barrier(&subject), 0);
	}
	finish();
}
END_TEST

/* A domain that no map uses any more, and one that is shared. */
START_TEST(test_in_a_section_no_domain_is_destroyed)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)_i;
	struct nbmap_domain_config config = {.flavor = flavor};
	struct nbmap_domain *own, *shared, *again;

	flavor_register(flavor);
	ck_assert_int_eq(nbmap_domain_new(&own, &config), 0);
	ck_assert_int_eq(nbmap_domain_shared(&shared, flavor, 0), 0);
	ck_assert_int_eq(nbmap_domain_shared(&again, flavor, 0), 0);
	ck_assert_ptr_eq(shared, again);
	nbmap_domain_enter(own);
	if (flavor != NBMAP_QSBR) {
		ck_assert_int_eq(nbmap_domain_destroy(own), -EDEADLK);
		/* Whether others hold it or not. */
		ck_assert_int_eq(nbmap_domain_destroy(shared), -EDEADLK);
		ck_assert_int_eq(nbmap_domain_destroy(shared), -EDEADLK);
		ck_assert_int_eq(nbmap_domain_destroy(shared), -EDEADLK);
	}
	nbmap_domain_leave(own);
	ck_assert_int_eq(nbmap_domain_destroy(own), 0);
	ck_assert_int_eq(nbmap_domain_destroy(shared), 0);
	ck_assert_int_eq(nbmap_domain_destroy(again), 0);
	flavor_unregister(flavor);
}
END_TEST

static _Atomic unsigned refused;

static void free_and_try_to_wait(void *object, void *arg)
{
	check_refusals();
	atomic_fetch_add(&refused, 1);
	count_value_free(object, arg);
}

START_TEST(test_in_a_callback_it_is_refused)
{
	begin(_i % CASES, _i / CASES ? NBMAP_NO_THREAD : 0);
	atomic_store(&refused, 0);
	subject_enter(&subject);
	for (unsigned i = 0; i < 100; i++)
		crew_check(!subject_retire(&subject, count_value(count, i), free_and_try_to_wait, count));
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(atomic_load(&refused), 100);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("waiting");
	TCase *tcase = tcase_create("waiting");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_it_waits_for_a_reader_that_began_before, 0, 4 * CASES);
	tcase_add_loop_test(tcase, test_what_was_unlinked_may_then_be_freed, 0, CASES);
	tcase_add_loop_test(tcase, test_each_waits_for_a_grace_period_of_its_own, 0, 2 * CASES);
	tcase_add_loop_test(tcase, test_it_waits_no_longer_than_it_is_told, 0, CASES);
	tcase_add_loop_test(tcase, test_without_threads_there_is_no_time, 0, CASES);
	tcase_add_loop_test(tcase, test_in_a_section_it_is_refused, 0, 2 * CASES);
	tcase_add_loop_test(tcase, test_in_a_section_no_domain_is_destroyed, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_in_a_callback_it_is_refused, 0, 2 * CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
