/*
 * retire: what a map does not own, given to its domain: freed once, after a grace
 * period and not before, with both kinds of map and by the domain itself, in all
 * flavours, with the domain's threads and without.
 */
#include <check.h>
#include <errno.h>

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

static void begin(int turn, struct nbmap_domain_config config)
{
	struct nbmap_allocator allocator;
	struct nbmap_config base = {.flags = 0};

	config.flavor = base.flavor = (enum nbmap_flavor)(turn / KINDS);
	config.allocator = &allocator;
	count = count_new();
	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	base.domain = domain;
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	flavor_register(base.flavor);
}

static void end_domain(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

static void finish(void)
{
	ck_assert_int_eq(subject_close(&subject), 0);
	end_domain();
}

static uint64_t alive(void)
{
	return count_alive(count, COUNT_VALUES);
}

static void *make(uint64_t number)
{
	void *made = count_value(count, number);

	crew_check(made != NULL);
	return made;
}

/* By the map, or by its domain: they come to the same. */
static bool by_domain;

static int retire(void *object, void (*free)(void *object, void *arg))
{
	return by_domain ? nbmap_domain_retire(domain, object, free, count)
			 : subject_retire(&subject, object, free, count);
}

/* ---- When --------------------------------------------------------------- */

#define OBJECTS 100

static void retire_some(void)
{
	subject_enter(&subject);
	for (unsigned i = 0; i < OBJECTS; i++)
		crew_check(!retire(make(i), count_value_free));
	/* Our own section holds them. */
	crew_check(alive() == OBJECTS);
	subject_leave(&subject);
}

/* `_i`: flavour and kind; with threads and without; by the map and by the domain. */
START_TEST(test_it_is_freed_after_a_grace_period_and_not_before)
{
	struct nbmap_domain_stats stats;
	struct pin pin;

	by_domain = _i / CASES / 2;
	begin(_i % CASES, (struct nbmap_domain_config){.flags = _i / CASES % 2 ? NBMAP_NO_THREAD : 0});
	pin_begin(&pin, domain, subject.flavor);
	retire_some();
	/* More of them, so that writers have free hands. */
	for (unsigned i = 0; i < OBJECTS; i++) {
		subject_enter(&subject);
		crew_check(!retire(make(i), count_value_free));
		subject_leave(&subject);
	}
	ck_assert_uint_eq(alive(), 2 * OBJECTS);
	nbmap_domain_stats(domain, &stats);
	ck_assert_uint_eq(stats.pending_objects, 2 * OBJECTS);
	ck_assert_uint_eq(stats.freed_objects, 0);
	pin_end(&pin);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(alive(), 0);
	nbmap_domain_stats(domain, &stats);
	ck_assert_uint_eq(stats.freed_objects, 2 * OBJECTS);
	finish();
}
END_TEST

/* A map that never displaced a value of its own. */
START_TEST(test_destroying_the_map_waits_for_it)
{
	by_domain = false;
	begin(_i % CASES, (struct nbmap_domain_config){.flags = _i / CASES ? NBMAP_NO_THREAD : 0});
	retire_some();
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_uint_eq(alive(), 0);
	end_domain();
}
END_TEST

/* What was given to the domain is the domain's, with a map or without. */
START_TEST(test_destroying_the_domain_waits_for_it)
{
	by_domain = true;
	begin(_i % CASES, (struct nbmap_domain_config){.flags = _i / CASES ? NBMAP_NO_THREAD : 0});
	retire_some();
	ck_assert_int_eq(subject_close(&subject), 0);
	nbmap_domain_enter(domain);
	crew_check(!nbmap_domain_retire(domain, make(1), count_value_free, count));
	nbmap_domain_leave(domain);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert_uint_eq(alive(), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}
END_TEST

static void free_by_stages(void *object, void *arg)
{
	uint64_t number = count_number(object);

	if (!number) {
		count_value_free(object, arg);
		return;
	}
	count_renumber(object, number - 1);
	/* Not subject_leave(): a callback announces no quiescent state. */
	nbmap_domain_enter(domain);
	crew_check(!retire(object, free_by_stages));
	nbmap_domain_leave(domain);
}

START_TEST(test_its_free_may_retire_once_more)
{
	begin(_i % CASES, (struct nbmap_domain_config){.flags = _i / CASES % 2 ? NBMAP_NO_THREAD : 0});
	by_domain = _i / CASES / 2;
	subject_enter(&subject);
	for (unsigned i = 0; i < OBJECTS; i++)
		crew_check(!retire(make(3), free_by_stages));
	subject_leave(&subject);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(alive(), 0);
	finish();
}
END_TEST

/* ---- When not ----------------------------------------------------------- */

START_TEST(test_nothing_and_by_nobody)
{
	void *object;

	begin(_i % CASES, (struct nbmap_domain_config){.flags = 0});
	object = make(1);
	subject_enter(&subject);
	for (unsigned i = 0; i < 2; i++) {
		by_domain = i;
		ck_assert_int_eq(retire(NULL, count_value_free), -EINVAL);
		ck_assert_int_eq(retire(object, NULL), -EINVAL);
		ck_assert_int_eq(retire(NULL, NULL), -EINVAL);
	}
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(count_number(object), 1);
	count_value_free(object, count);
	finish();
}
END_TEST

#define LIMIT 100

START_TEST(test_at_the_limit_and_without_memory)
{
	void *object;
	int error;

	by_domain = _i / CASES;
	begin(_i % CASES, (struct nbmap_domain_config){.flags = NBMAP_NO_THREAD, .limit_objects = LIMIT});
	subject_enter(&subject);
	count_fail_from(count, COUNT_MEMORY, 1);
	object = make(1);
	ck_assert_int_eq(retire(object, count_value_free), -ENOMEM);
	count_fail_stop(count);
	ck_assert_int_eq(retire(object, count_value_free), 0);
	do {
		object = make(2);
		error = retire(object, count_value_free);
	} while (!error && alive() < 10 * LIMIT);
	ck_assert_int_eq(error, -ENOBUFS);
	ck_assert_uint_ge(alive(), LIMIT);
	/* Still ours, and to be had another time. */
	ck_assert_uint_eq(count_number(object), 2);
	subject_leave(&subject);
	ck_assert_int_ge(subject_reclaim(&subject), LIMIT);
	ck_assert_uint_eq(alive(), 1);
	subject_enter(&subject);
	ck_assert_int_eq(retire(object, count_value_free), 0);
	subject_leave(&subject);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("retire");
	TCase *tcase = tcase_create("retire");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_it_is_freed_after_a_grace_period_and_not_before, 0, 4 * CASES);
	tcase_add_loop_test(tcase, test_destroying_the_map_waits_for_it, 0, 2 * CASES);
	tcase_add_loop_test(tcase, test_destroying_the_domain_waits_for_it, 0, 2 * CASES);
	tcase_add_loop_test(tcase, test_its_free_may_retire_once_more, 0, 4 * CASES);
	tcase_add_loop_test(tcase, test_nothing_and_by_nobody, 0, CASES);
	tcase_add_loop_test(tcase, test_at_the_limit_and_without_memory, 0, 2 * CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
