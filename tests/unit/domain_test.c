/*
 * domain: who uses a reclamation domain, how long it lives, and what it can do by
 * itself, without a map.
 *
 *   one of its own   destroyed by its maker, when no map uses it any more
 *   a shared one     lives as long as a map or a holder uses it; its threads
 *                    begin with the first and are joined by the last
 *
 * For all flavours.  Threads are counted as the system lists them, by their names.
 */
#include <check.h>
#include <errno.h>
#include <sched.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"
#include "subject.h"
#include "tasks.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define DOMAIN_THREADS 2

static struct count *count;
static enum nbmap_flavor flavor;
static struct subject subject;

static void setup(void)
{
	count = count_new();
	ck_assert_ptr_nonnull(count);
}

static void teardown(void)
{
	flavor_unregister(flavor);
	ck_assert(count_end(count));
}

static unsigned threads(void)
{
	return tasks_named("nbmap-clock") + tasks_named("nbmap-reclaim");
}

/* One that was joined may be listed for a moment longer. */
static void await_their_end(void)
{
	while (threads())
		sched_yield();
}

static void enlist(int turn)
{
	flavor = (enum nbmap_flavor)(turn / KINDS);
	flavor_register(flavor);
	await_their_end();
}

static void open_in(int turn, struct nbmap_domain *in, unsigned flags)
{
	struct nbmap_config base = {.flavor = flavor, .domain = in, .flags = flags};

	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
}

static struct nbmap_domain_stats stats_of(struct nbmap_domain *domain)
{
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(domain, &stats);
	return stats;
}

/* Garbage of the open map. */
static void write_some(void)
{
	subject_enter(&subject);
	for (uint32_t i = 1; i < 100; i++)
		crew_check(!subject_put(&subject, 1, i));
	subject_leave(&subject);
}

/* ---- One of its own ----------------------------------------------------- */

START_TEST(test_a_domain_in_use_is_not_destroyed)
{
	struct nbmap_domain_config config = {.flags = 0};
	struct nbmap_domain *own;
	struct subject other;

	enlist(_i);
	config.flavor = flavor;
	ck_assert_int_eq(nbmap_domain_new(&own, &config), 0);
	open_in(_i, own, 0);
	other = subject;
	open_in(_i + 1, own, 0);
	ck_assert_ptr_eq(subject_domain(&subject), own);
	ck_assert_ptr_eq(subject_domain(&other), own);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(nbmap_domain_destroy(own), -EBUSY);
	ck_assert_int_eq(subject_close(&other), 0);
	ck_assert_int_eq(nbmap_domain_destroy(own), -EBUSY);
	write_some();
	ck_assert_int_eq(subject_close(&subject), 0);
	/* It goes on without a map. */
	ck_assert_int_eq(nbmap_domain_barrier(own), 0);
	open_in(_i, own, 0);
	ck_assert_int_eq(nbmap_domain_destroy(own), -EBUSY);
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_int_eq(nbmap_domain_destroy(own), 0);
	ck_assert_int_eq(nbmap_domain_destroy(NULL), 0);
}
END_TEST

START_TEST(test_its_threads_come_and_go_with_it)
{
	struct nbmap_domain_config config = {.flags = 0};
	struct nbmap_domain *own;

	enlist(_i);
	config.flavor = flavor;
	ck_assert_int_eq(nbmap_domain_new(&own, &config), 0);
	ck_assert_uint_eq(threads(), DOMAIN_THREADS);
	open_in(_i, own, 0);
	ck_assert_uint_eq(threads(), DOMAIN_THREADS);
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_uint_eq(threads(), DOMAIN_THREADS);
	ck_assert_int_eq(nbmap_domain_destroy(own), 0);
	await_their_end();
	config.flags = NBMAP_NO_THREAD;
	ck_assert_int_eq(nbmap_domain_new(&own, &config), 0);
	ck_assert_uint_eq(threads(), 0);
	ck_assert_int_eq(nbmap_domain_destroy(own), 0);
}
END_TEST

/* ---- Shared ones -------------------------------------------------------- */

/* _i: flavour and kind; with threads and without. */
START_TEST(test_the_shared_domain_is_that_of_the_maps)
{
	const unsigned flags = _i / CASES ? NBMAP_NO_THREAD : 0;
	struct nbmap_domain *shared, *again, *other;

	enlist(_i % CASES);
	open_in(_i % CASES, NULL, flags);
	ck_assert_int_eq(nbmap_domain_shared(&shared, flavor, flags), 0);
	ck_assert_ptr_eq(shared, subject_domain(&subject));
	ck_assert_int_eq(nbmap_domain_shared(&again, flavor, flags), 0);
	ck_assert_ptr_eq(shared, again);
	ck_assert_int_eq(nbmap_domain_shared(&other, flavor, flags ^ NBMAP_NO_THREAD), 0);
	ck_assert_ptr_ne(shared, other);
	/* Each holder lets go of it for himself; the map is not asked. */
	ck_assert_int_eq(nbmap_domain_destroy(again), 0);
	ck_assert_int_eq(nbmap_domain_destroy(other), 0);
	write_some();
	ck_assert_uint_eq(stats_of(shared).freed_objects + stats_of(shared).pending_objects, 98);
	ck_assert_int_eq(nbmap_domain_destroy(shared), 0);
	write_some();
	ck_assert_int_eq(subject_close(&subject), 0);
}
END_TEST

START_TEST(test_a_holder_keeps_the_threads_alive)
{
	struct nbmap_domain *shared;

	enlist(_i);
	ck_assert_int_eq(nbmap_domain_shared(&shared, flavor, 0), 0);
	ck_assert_uint_eq(threads(), DOMAIN_THREADS);
	for (unsigned i = 0; i < 3; i++) {
		open_in(_i, NULL, 0);
		ck_assert_uint_eq(threads(), DOMAIN_THREADS);
		write_some();
		ck_assert_int_eq(subject_close(&subject), 0);
		/* The same ones: what they have done is still known. */
		ck_assert_uint_eq(threads(), DOMAIN_THREADS);
		ck_assert_uint_eq(stats_of(shared).freed_objects, 98 * (i + 1));
	}
	ck_assert_int_eq(nbmap_domain_destroy(shared), 0);
	await_their_end();
}
END_TEST

/* The last one may be a map, too. */
START_TEST(test_the_last_to_go_joins_them)
{
	struct nbmap_domain *shared;

	enlist(_i);
	ck_assert_int_eq(nbmap_domain_shared(&shared, flavor, 0), 0);
	open_in(_i, NULL, 0);
	ck_assert_int_eq(nbmap_domain_destroy(shared), 0);
	ck_assert_uint_eq(threads(), DOMAIN_THREADS);
	write_some();
	ck_assert_int_eq(subject_close(&subject), 0);
	await_their_end();
}
END_TEST

/* ---- What a domain can do ----------------------------------------------- */

START_TEST(test_a_section_of_the_domain_is_one_of_its_maps)
{
	enlist(_i);
	open_in(_i, NULL, 0);
	nbmap_domain_enter(subject_domain(&subject));
	crew_check(!subject_put(&subject, 1, 1) && !subject_put(&subject, 1, 2));
	ck_assert_uint_eq(subject_get(&subject, 1), 2);
	if (flavor != NBMAP_QSBR)
		ck_assert_int_eq(nbmap_domain_barrier(subject_domain(&subject)), -EDEADLK);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 2);
	nbmap_domain_leave(subject_domain(&subject));
	ck_assert_int_eq(nbmap_domain_barrier(subject_domain(&subject)), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
	ck_assert_uint_eq(stats_of(subject_domain(&subject)).pending_objects, 0);
	ck_assert_int_ge(nbmap_domain_reclaim(subject_domain(&subject)), 0);
	ck_assert_int_eq(subject_close(&subject), 0);
}
END_TEST

/* ---- A map that could not be made --------------------------------------- */

/* Also in a section, where nobody could wait for the domain's end. */
START_TEST(test_a_map_that_could_not_be_made_uses_no_domain)
{
	struct nbmap_domain_config own_config = {.flags = 0};
	struct nbmap_config base = {.flags = 0};
	struct nbmap_domain *own;

	enlist(_i % CASES);
	own_config.flavor = base.flavor = flavor;
	ck_assert_int_eq(nbmap_domain_new(&own, &own_config), 0);
	if (_i / CASES)
		nbmap_domain_enter(own);
	for (unsigned shared = 0; shared < 2; shared++) {
		base.domain = shared ? NULL : own;
		for (uint64_t nth = 1; nth < 4; nth++) {
			count_fail_nth(count, COUNT_MEMORY, nth);
			ck_assert_int_eq(subject_open(&subject, _i % KINDS, count, &base), -ENOMEM);
			ck_assert_uint_eq(count_fail_stop(count), 1);
		}
	}
	if (_i / CASES)
		nbmap_domain_leave(own);
	ck_assert_uint_eq(count_alive(count, COUNT_MEMORY), 0);
	ck_assert_int_eq(nbmap_domain_destroy(own), 0);
	await_their_end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domain");
	TCase *tcase = tcase_create("domain");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, test_a_domain_in_use_is_not_destroyed, 0, CASES);
	tcase_add_loop_test(tcase, test_its_threads_come_and_go_with_it, 0, CASES);
	tcase_add_loop_test(tcase, test_the_shared_domain_is_that_of_the_maps, 0, 2 * CASES);
	tcase_add_loop_test(tcase, test_a_holder_keeps_the_threads_alive, 0, CASES);
	tcase_add_loop_test(tcase, test_the_last_to_go_joins_them, 0, CASES);
	tcase_add_loop_test(tcase, test_a_section_of_the_domain_is_one_of_its_maps, 0, CASES);
	tcase_add_loop_test(tcase, test_a_map_that_could_not_be_made_uses_no_domain, 0, 2 * CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
