/*
 * counter: the worked example of values changed in place in nbmap.h, as it stands there:
 * extracted from the header when this is built.
 *
 *   courses   what others may do between the steps of count_up() and take_out(): they do it
 *             there, so that each course is gone through for certain
 *   threads   what was taken out and what is left is what was counted, in all flavours
 *
 * Every counter that was made is freed, once.
 */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"
#include "string_map.h"

static _Atomic uint64_t counters_made, counters_freed;
static bool no_memory;

/* The example's calloc. */
static void *counted_calloc(size_t n, size_t size)
{
	if (no_memory)
		return NULL;
	counters_made++;
	return calloc(n, size);
}

/* What others do after the calls of the example on the map, the nth of a thread; or NULL. */
struct meanwhile {
	void (*after_get_or_add[2])(void *counter);
	void (*before_del_if)(void *counter);
	bool no_removal; /* for want of memory */
	unsigned gets, dels;
};

static _Thread_local struct meanwhile *meanwhile;
static _Thread_local uint64_t *hesitation; /* a stream of numbers */

/* Where there is more than one processor, or none free, others come in between. */
static void hesitate(void)
{
	if (hesitation && test_random(hesitation) % 16 == 0)
		sched_yield();
}

static int get_or_add(struct nbmap *map, const void *key, nbmap_create_fn *create, void *arg, void **value)
{
	int error = nbmap_get_or_add(map, key, create, arg, value);
	struct meanwhile *others = meanwhile;
	unsigned nth = others ? others->gets++ : 2;

	if (nth < 2 && others->after_get_or_add[nth])
		others->after_get_or_add[nth](*value);
	hesitate();
	return error;
}

static int del_if(struct nbmap *map, const void *key, const void *expected, void **seen)
{
	struct meanwhile *others = meanwhile;

	if (others && !others->dels++ && others->before_del_if)
		others->before_del_if((void *)(uintptr_t)expected);
	hesitate();
	return others && others->no_removal ? -ENOMEM : nbmap_del_if(map, key, expected, seen);
}

void *new_counter(const void *key, void *arg);
int count_up(struct nbmap *map, const void *key, uint64_t n);
uint64_t take_out(struct nbmap *map, const void *key);
#define calloc counted_calloc
#define nbmap_get_or_add get_or_add
#define nbmap_del_if del_if
#include "counter.h"
#undef calloc
#undef nbmap_get_or_add
#undef nbmap_del_if

static void free_counter(void *value, void *arg)
{
	(void)arg;
	counters_freed++;
	free(value);
}

static struct string_map strings;
static struct nbmap *map;

static void begin(enum nbmap_flavor flavor)
{
	counters_made = counters_freed = 0;
	no_memory = false;
	string_map_begin(&strings, flavor, free_counter);
	map = strings.map;
	nbmap_enter(map);
}

static void finish(void)
{
	nbmap_leave(map);
	string_map_end(&strings);
	ck_assert_uint_eq(counters_made, counters_freed);
}

/* As a reader has it. */
static uint64_t counted(const char *key)
{
	struct counter *counter = nbmap_get(map, key);
	uint64_t n = counter ? counter->n : DEAD;

	return n & DEAD ? 0 : n;
}

/* ---- Courses ------------------------------------------------------------ */

static uint64_t others_took;

/* In a call of ours, but not within the map's. */
static void others_take_out(void *counter)
{
	struct meanwhile *ours = meanwhile;

	(void)counter;
	meanwhile = NULL;
	others_took += take_out(map, "key");
	meanwhile = ours;
}

static void others_count_up(void *counter)
{
	struct meanwhile *ours = meanwhile;

	(void)counter;
	meanwhile = NULL;
	crew_check(!count_up(map, "key", 100));
	meanwhile = ours;
}

static void others_take_out_and_count_up(void *counter)
{
	others_take_out(counter);
	others_count_up(counter);
}

/* A remover, who then stops. */
static void others_mark(void *counter)
{
	others_took += atomic_exchange(&((struct counter *)counter)->n, DEAD);
}

static void count_up_meanwhile(struct meanwhile course, uint64_t n)
{
	meanwhile = &course;
	ck_assert_int_eq(count_up(map, "key", n), 0);
	meanwhile = NULL;
}

START_TEST(test_alone)
{
	begin(NBMAP_BP);
	ck_assert_uint_eq(take_out(map, "key"), 0);
	ck_assert_int_eq(count_up(map, "key", 3), 0);
	ck_assert_int_eq(count_up(map, "key", 4), 0);
	ck_assert_uint_eq(counters_made, 1);
	ck_assert_uint_eq(counted("key"), 7);
	ck_assert_uint_eq(take_out(map, "key"), 7);
	ck_assert_uint_eq(take_out(map, "key"), 0);
	ck_assert_uint_eq(nbmap_count(map), 0);
	finish();
}
END_TEST

/* Between a changer's get and its change. */
START_TEST(test_what_comes_too_late_is_counted_anew)
{
	const struct meanwhile courses[] = {
		{.after_get_or_add = {others_take_out}},
		{.after_get_or_add = {others_mark}},
		{.after_get_or_add = {others_take_out_and_count_up}},
		/* Twice in one call. */
		{.after_get_or_add = {others_take_out, others_mark}},
		{.after_get_or_add = {others_mark, others_take_out}},
		/* And while the dead counter is removed. */
		{.after_get_or_add = {others_mark}, .before_del_if = others_take_out},
		{.after_get_or_add = {others_mark}, .before_del_if = others_count_up},
		{.after_get_or_add = {others_mark}, .before_del_if = others_take_out_and_count_up},
	};
	const bool count_too[] = {false, false, true, false, false, false, true, true};

	for (unsigned i = 0; i < sizeof(courses) / sizeof(*courses); i++) {
		begin(NBMAP_BP);
		others_took = 0;
		ck_assert_int_eq(count_up(map, "key", 5), 0);
		count_up_meanwhile(courses[i], 7);
		ck_assert_uint_eq(others_took, 5);
		ck_assert_uint_eq(counted("key"), count_too[i] ? 107 : 7);
		ck_assert_uint_eq(nbmap_count(map), 1);
		finish();
	}
}
END_TEST

/* A remover that has marked a counter, and stopped, stops nobody. */
START_TEST(test_who_stops_half_way_stops_nobody)
{
	begin(NBMAP_BP);
	ck_assert_int_eq(count_up(map, "key", 5), 0);
	others_took = 0;
	others_mark(nbmap_get(map, "key"));
	ck_assert_uint_eq(others_took, 5);
	ck_assert_uint_eq(counted("key"), 0);
	ck_assert_uint_eq(take_out(map, "key"), 0);
	ck_assert_int_eq(count_up(map, "key", 7), 0);
	ck_assert_uint_eq(counted("key"), 7);
	ck_assert_uint_eq(take_out(map, "key"), 7);
	finish();
}
END_TEST

/* Between a remover's mark and its removal. */
START_TEST(test_a_fresh_counter_is_not_removed_for_a_dead_one)
{
	struct meanwhile course = {.before_del_if = others_count_up};

	begin(NBMAP_BP);
	ck_assert_int_eq(count_up(map, "key", 5), 0);
	meanwhile = &course;
	ck_assert_uint_eq(take_out(map, "key"), 5);
	meanwhile = NULL;
	ck_assert_uint_eq(counted("key"), 100);
	ck_assert_uint_eq(nbmap_count(map), 1);
	finish();
}
END_TEST

START_TEST(test_it_hands_on_the_lack_of_memory)
{
	begin(NBMAP_BP);
	ck_assert_int_eq(count_up(map, "key", 5), 0);
	no_memory = true;
	ck_assert_int_eq(count_up(map, "other", 1), -ENOMEM);
	/* What is there needs none. */
	ck_assert_int_eq(count_up(map, "key", 1), 0);
	ck_assert_uint_eq(counted("key"), 6);
	finish();
}
END_TEST

/* What was taken is taken, though the dead counter stays; who comes next removes it, or
 * says why not. */
START_TEST(test_a_removal_without_memory_loses_nothing)
{
	struct meanwhile course = {.no_removal = true};

	begin(NBMAP_BP);
	ck_assert_int_eq(count_up(map, "key", 5), 0);
	meanwhile = &course;
	ck_assert_uint_eq(take_out(map, "key"), 5);
	ck_assert_int_eq(count_up(map, "key", 7), -ENOMEM);
	meanwhile = NULL;
	ck_assert_uint_eq(counted("key"), 0);
	ck_assert_int_eq(count_up(map, "key", 7), 0);
	ck_assert_uint_eq(counted("key"), 7);
	finish();
}
END_TEST

/* ---- Several threads ---------------------------------------------------- */

#define ROUNDS 4000

static const char *const keys[] = {"a", "b", "c"};
#define KEYS (sizeof(keys) / sizeof(*keys))

static _Atomic uint64_t added, taken;

/* Every second thread removes as often as it counts, the others seldom. */
static void count_and_take(struct crew_member *member)
{
	uint64_t adds = 0, takes = 0, mine = member->random;

	hesitation = &mine;
	for (uint64_t i = 0, rounds = test_rounds(ROUNDS, 500); i < rounds; i++) {
		uint64_t r = test_random(&member->random);
		const char *key = keys[(r >> 8) % KEYS];

		nbmap_enter(map);
		if (r % (member->index % 2 ? 2 : 64)) {
			uint64_t n = 1 + (r >> 16) % 1000;

			crew_check(!count_up(map, key, n));
			adds += n;
		} else {
			takes += take_out(map, key);
		}
		nbmap_leave(map);
		flavor_quiescent(member->flavor);
	}
	added += adds;
	taken += takes;
}

/* _i: flavour, and how many threads. */
START_TEST(test_what_was_taken_and_what_is_left_was_counted)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / 2);
	uint64_t left = 0;

	added = taken = 0;
	begin(flavor);
	nbmap_leave(map);
	crew_run(flavor, _i % 2 ? 16 : 8, count_and_take, NULL);
	nbmap_enter(map);
	for (unsigned i = 0; i < KEYS; i++)
		left += counted(keys[i]);
	ck_assert_uint_eq(taken + left, added);
	ck_assert_uint_gt(taken, 0);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("counter");
	TCase *tcase = tcase_create("counter");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_alone);
	tcase_add_test(tcase, test_what_comes_too_late_is_counted_anew);
	tcase_add_test(tcase, test_who_stops_half_way_stops_nobody);
	tcase_add_test(tcase, test_a_fresh_counter_is_not_removed_for_a_dead_one);
	tcase_add_test(tcase, test_it_hands_on_the_lack_of_memory);
	tcase_add_test(tcase, test_a_removal_without_memory_loses_nothing);
	tcase_add_loop_test(tcase, test_what_was_taken_and_what_is_left_was_counted, 0, 2 * FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
