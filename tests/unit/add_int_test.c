/*
 * add_int: what is added to, what it comes to, and what cannot be.
 *
 *   sums       present, absent and removed keys; what `seen` receives
 *   borders    each sum at, one past and far past either end of the integers, from each
 *              number at either end: -ERANGE, and nothing has changed
 *   tables     the same in every state of a migration, and while the map grows
 *   refused    no memory, a limit, no key, a map that frees its values
 *   threads    no addition is lost, and none is counted twice, beside removals
 *
 * For both kinds of key; with threads in all flavours.
 */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>

#include "count_alloc.h"
#include "crew.h"
#include "either.h"
#include "flavor_thread.h"
#include "life.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "run.h"

#define KINDS 2
#define LIMIT 512
#define MAX ((int64_t)NBMAP_INT_MAX)
#define ABSENT INT64_C(-1)

static struct either map;

#define CALL(id, name, ...)                                                                                            \
	(map.integer ? nbmap_u64_##name(map.integers, (id), __VA_ARGS__)                                               \
		     : nbmap_##name(map.objects, &(const struct count_key){COUNT_KEY_MARK, (id), (id)}, __VA_ARGS__))

static void begin(bool integer, enum nbmap_flavor flavor, unsigned flags)
{
	const struct nbmap_domain_config config = {.flavor = flavor, .flags = flags, .limit_objects = LIMIT};

	either_open(&map, integer, &config, NULL);
}

static void finish(void)
{
	either_close(&map);
}

static int64_t number_of(const void *value)
{
	return value ? (int64_t)nbmap_int_of(value) : ABSENT;
}

static int64_t get(uint64_t id)
{
	return number_of(either_get(&map, id));
}

static void set_to(uint64_t id, int64_t number)
{
	if (number == ABSENT)
		(void)CALL(id, del, NULL);
	else
		crew_check(!CALL(id, put, nbmap_int((uint64_t)number), NULL));
}

static size_t slots_used(void)
{
	struct nbmap_stats stats;

	if (map.integer)
		nbmap_u64_stats(map.integers, &stats);
	else
		nbmap_stats(map.objects, &stats);
	return stats.used;
}

/* Add to a key that has `before`: it must come to `after`, or, where that is ABSENT, to nothing. */
static void expect(uint64_t id, int64_t before, int64_t delta, int64_t after)
{
	static char untouched;
	void *seen = &untouched;
	size_t count = EITHER_WHOLE(&map, count), used = slots_used();
	int result = CALL(id, add_int, delta, &seen);

	crew_check(result == (after == ABSENT ? -ERANGE : 0));
	crew_check(seen != &untouched && number_of(seen) == before);
	crew_check(get(id) == (after == ABSENT ? before : after));
	crew_check(EITHER_WHOLE(&map, count) == count + (before == ABSENT && after != ABSENT));
	if (after == ABSENT)
		crew_check(slots_used() == used);
}

/* ---- Sums --------------------------------------------------------------- */

START_TEST(test_absent_counts_as_0)
{
	begin(_i, NBMAP_BP, NBMAP_NO_THREAD);
	expect(7, ABSENT, 5, 5);
	expect(7, 5, -2, 3);
	expect(7, 3, 0, 3);
	/* 0 is a number, and not an absence. */
	expect(7, 3, -3, 0);
	expect(7, 0, 4, 4);
	ck_assert_int_eq(CALL(7, del, NULL), 0);
	/* A tombstone is one. */
	expect(7, ABSENT, 6, 6);
	expect(8, ABSENT, 0, 0);
	/* Nobody need ask what was there. */
	ck_assert_int_eq(CALL(7, add_int, 1, NULL), 0);
	ck_assert_int_eq(get(7), 7);
	ck_assert_int_eq(CALL(7, add_int, -8, NULL), -ERANGE);
	finish();
}
END_TEST

/* The other calls see it as any integer. */
START_TEST(test_it_is_an_integer_like_others)
{
	void *seen = NULL;

	begin(_i, NBMAP_BP, NBMAP_NO_THREAD);
	expect(7, ABSENT, 5, 5);
	ck_assert_int_eq(CALL(7, add, nbmap_int(1), &seen), -EEXIST);
	ck_assert_ptr_eq(seen, nbmap_int(5));
	ck_assert_int_eq(CALL(7, replace, nbmap_int(5), nbmap_int(9), &seen), 0);
	expect(7, 9, 1, 10);
	ck_assert_int_eq(CALL(7, del_if, nbmap_int(9), &seen), -EAGAIN);
	ck_assert_int_eq(CALL(7, del_if, nbmap_int(10), &seen), 0);
	ck_assert_uint_eq(EITHER_WHOLE(&map, count), 0);
	finish();
}
END_TEST

/* ---- Borders ------------------------------------------------------------ */

/* From each of these, so much that it comes to each, and to what is far away. */
static const int64_t corners[] = {0, 1, 2, MAX / 2, MAX - 1, MAX};
static const int64_t far[] = {INT64_MIN, INT64_MIN + 1, -MAX - 2, -MAX - 1, MAX + 1, MAX + 2, INT64_MAX - 1, INT64_MAX};
#define CORNERS (sizeof(corners) / sizeof(*corners))
#define FAR (sizeof(far) / sizeof(*far))

static void try_from(uint64_t id, int64_t before, int64_t delta)
{
	const int64_t from = before == ABSENT ? 0 : before;
	/* No sum here is beyond 64 bits, but these. */
	const bool beyond = from > 0 && delta > INT64_MAX - from;
	const bool fits = !beyond && from + delta >= 0 && from + delta <= MAX;

	set_to(id, before);
	expect(id, before, delta, fits ? from + delta : ABSENT);
}

static void try_all_from(uint64_t id, int64_t before)
{
	const int64_t from = before == ABSENT ? 0 : before;

	for (unsigned i = 0; i < CORNERS; i++)
		try_from(id, before, corners[i] - from);
	/* One past either end. */
	try_from(id, before, -1 - from);
	try_from(id, before, MAX + 1 - from);
	for (unsigned i = 0; i < FAR; i++)
		try_from(id, before, far[i]);
}

START_TEST(test_the_borders_of_the_integers)
{
	begin(_i, NBMAP_BP, NBMAP_NO_THREAD);
	for (unsigned i = 0; i < CORNERS; i++)
		try_all_from(7, corners[i]);
	try_all_from(7, ABSENT);
	for (unsigned i = 0; i < FAR; i++)
		try_from(100 + i, ABSENT, far[i]);
	finish();
}
END_TEST

/* ---- Tables ------------------------------------------------------------- */

#define MANY 300

static struct nb_table *top(void)
{
	return nb_load_acquire(&map.core->top);
}

/* Half of the keys are there, a quarter was. */
static int64_t at_first(uint64_t id)
{
	return id % 4 == 3 ? ABSENT : id % 4 == 2 ? ABSENT : (int64_t)id;
}

static void fill(void)
{
	for (uint64_t id = 0; id < MANY; id++) {
		if (id % 4 != 3)
			set_to(id, (int64_t)id);
		if (id % 4 == 2)
			set_to(id, ABSENT);
	}
}

/* Frozen, sealed, moved and still open slots, of a table and of the one after it. */
START_TEST(test_while_tables_are_left)
{
	begin(_i, NBMAP_BP, NBMAP_NO_THREAD);
	fill();
	for (unsigned nested = 0; nested < 2; nested++) {
		struct nb_table *table = top(), *next;

		while ((next = nb_load_acquire(&table->next)))
			table = next;
		ck_assert_int_eq(nb_migrate_start(map.core, table), 0);
	}
	for (uint64_t id = 0; id < MANY; id++) {
		int error;

		/* What is swept, and what not, changes from key to key. */
		if (id % 3 == 0 && nb_load_acquire(&top()->next))
			nb_migrate_sweep(map.core, top(), id % top()->blocks, &error);
		expect(id, at_first(id), 1000, (at_first(id) == ABSENT ? 0 : at_first(id)) + 1000);
	}
	for (uint64_t id = 0; id < MANY; id++)
		ck_assert_int_eq(get(id), (at_first(id) == ABSENT ? 0 : at_first(id)) + 1000);
	ck_assert(nb_map_valid(map.core));
	finish();
}
END_TEST

START_TEST(test_a_map_grows_by_it)
{
	size_t migrations = 0;

	begin(_i, NBMAP_BP, NBMAP_NO_THREAD);
	for (uint64_t id = 0; id < MANY; id++)
		for (uint64_t other = 0; other <= id; other++) {
			migrations += nb_load_acquire(&top()->next) != NULL;
			expect(other, other == id ? ABSENT : (int64_t)(id - other), 1, (int64_t)(id - other + 1));
		}
	ck_assert_uint_gt(migrations, 0);
	ck_assert_uint_eq(EITHER_WHOLE(&map, count), MANY);
	finish();
}
END_TEST

/* ---- Refused, or needed ------------------------------------------------- */

/* Of an addition to a key that is there, in a table that stays. */
START_TEST(test_it_needs_no_memory)
{
	struct nbmap_domain_stats before, after;

	begin(_i, NBMAP_BP, NBMAP_NO_THREAD);
	expect(7, ABSENT, 1, 1);
	nbmap_domain_stats(map.domain, &before);
	count_fail_from(map.count, COUNT_ALL, 1);
	for (int64_t n = 1; n < 1000; n++)
		expect(7, n, 1, n + 1);
	ck_assert_uint_eq(count_attempts(map.count), 0);
	count_fail_stop(map.count);
	nbmap_domain_stats(map.domain, &after);
	ck_assert_uint_eq(after.pending_objects, before.pending_objects);
	ck_assert_uint_eq(after.freed_objects, before.freed_objects);
	finish();
}
END_TEST

/* Each request for memory, or for a copy of the key, fails once. */
START_TEST(test_each_allocation_failed_in_turn)
{
	unsigned failed = 0;

	begin(_i, NBMAP_BP, NBMAP_NO_THREAD);
	for (uint64_t id = 0; id < MANY; id++) {
		bool done = false;

		for (uint64_t nth = 1; !done; nth++) {
			static char untouched;
			void *seen = &untouched;
			int result;

			ck_assert_uint_lt(nth, 100);
			count_fail_nth(map.count, COUNT_MEMORY | COUNT_KEYS, nth);
			result = CALL(id, add_int, 3, &seen);
			done = !result;
			if (count_fail_stop(map.count) && result) {
				ck_assert_int_eq(result, -ENOMEM);
				ck_assert_ptr_eq(seen, &untouched);
				ck_assert_int_eq(get(id), ABSENT);
				ck_assert_uint_eq(EITHER_WHOLE(&map, count), id);
				failed++;
			} else {
				ck_assert_int_eq(result, 0);
			}
		}
		ck_assert_int_eq(get(id), 3);
		ck_assert_uint_eq(EITHER_WHOLE(&map, count), id + 1);
	}
	ck_assert_uint_gt(failed, 0);
	ck_assert(nb_map_valid(map.core));
	finish();
}
END_TEST

static void free_nothing(void *object, void *arg)
{
	(void)object;
	(void)arg;
}

START_TEST(test_at_the_limit)
{
	static char garbage;
	int error = 0;

	begin(_i, NBMAP_BP, NBMAP_NO_THREAD);
	expect(7, ABSENT, 5, 5);
	set_to(8, 1);
	set_to(8, ABSENT);
	for (unsigned i = 0; !error; i++) {
		ck_assert_uint_lt(i, 10 * LIMIT);
		error = nbmap_domain_retire(map.domain, &garbage, free_nothing, NULL);
	}
	ck_assert_int_eq(error, -ENOBUFS);
	/* Nothing is brought in, and nothing retired. */
	expect(7, 5, 1, 6);
	/* A fresh key, and one that was removed. */
	ck_assert_int_eq(CALL(9, add_int, 1, NULL), -ENOBUFS);
	ck_assert_int_eq(CALL(8, add_int, 1, NULL), -ENOBUFS);
	ck_assert_uint_eq(EITHER_WHOLE(&map, count), 1);
	finish();
}
END_TEST

START_TEST(test_no_key)
{
	static char untouched;
	void *seen = &untouched;

	begin(false, NBMAP_BP, NBMAP_NO_THREAD);
	ck_assert_int_eq(nbmap_add_int(map.objects, NULL, 1, &seen), -EINVAL);
	ck_assert_ptr_eq(seen, &untouched);
	finish();
}
END_TEST

/* A sum would be freed as if it were a block. */
START_TEST(test_a_map_that_frees_its_values_has_no_integers)
{
	const struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD};
	static char untouched;
	void *seen = &untouched;

	either_open(&map, _i, &config, count_value_free);
	ck_assert_int_eq(CALL(7, add_int, 1, &seen), -EINVAL);
	ck_assert_ptr_eq(seen, &untouched);
	ck_assert_uint_eq(EITHER_WHOLE(&map, count), 0);
	finish();
}
END_TEST

/* ---- Several threads ---------------------------------------------------- */

#define THREADS_MAX 16
#define SHARED 3
#define ADDITIONS 3000

static _Atomic unsigned char added_to[ADDITIONS * THREADS_MAX];

/* One more of one key, and now and then a key of one's own, so that the map grows and is left. */
static void add_ones(struct crew_member *member)
{
	const uint64_t additions = test_rounds(ADDITIONS, 300);

	for (uint64_t i = 0; i < additions; i++) {
		void *seen = NULL;

		nbmap_domain_enter(map.domain);
		crew_check(!CALL(0, add_int, 1, &seen));
		crew_check(!atomic_exchange(&added_to[seen ? nbmap_int_of(seen) : 0], 1));
		if (i % 8 == 0)
			crew_check(!CALL(100 + member->index * ADDITIONS + i, add_int, (int64_t)i, NULL));
		nbmap_domain_leave(map.domain);
		flavor_quiescent(member->flavor);
	}
}

/* _i: flavour, kind of key, and how many threads. */
START_TEST(test_each_number_is_added_to_once)
{
	const unsigned threads = _i % 2 ? 8 : THREADS_MAX;
	const uint64_t additions = test_rounds(ADDITIONS, 300);

	for (unsigned i = 0; i < ADDITIONS * THREADS_MAX; i++)
		added_to[i] = 0;
	begin(_i / 2 % KINDS, (enum nbmap_flavor)(_i / 2 / KINDS), 0);
	nbmap_domain_leave(map.domain);
	crew_run(map.flavor, threads, add_ones, NULL);
	nbmap_domain_enter(map.domain);
	ck_assert_int_eq(get(0), (int64_t)(threads * additions));
	for (uint64_t i = 0; i < threads * additions; i++)
		crew_check(added_to[i]);
	finish();
}
END_TEST

static _Atomic int64_t taken, given;

/* Adds and takes away, up to what is there; some remove, and keep what they took. */
static void add_and_remove(struct crew_member *member)
{
	int64_t took = 0, gave = 0;

	for (uint64_t i = 0, additions = test_rounds(ADDITIONS, 300); i < additions; i++) {
		uint64_t r = test_random(&member->random), id = (r >> 8) % SHARED;
		int64_t delta = (int64_t)((r >> 16) % 8) - 3;
		void *seen = NULL;
		int result;

		nbmap_domain_enter(map.domain);
		if (r % 32 == 0) {
			result = CALL(id, del, &seen);
			crew_check(!result || result == -ENOENT);
			took += seen ? number_of(seen) : 0;
		} else {
			result = CALL(id, add_int, delta, &seen);
			crew_check(!result || result == -ERANGE);
			crew_check((result != 0) == ((seen ? number_of(seen) : 0) + delta < 0));
			gave += result ? 0 : delta;
		}
		if (i % 8 == 0)
			crew_check(!CALL(100 + member->index * ADDITIONS + i, add_int, 0, NULL));
		nbmap_domain_leave(map.domain);
		flavor_quiescent(member->flavor);
	}
	taken += took;
	given += gave;
}

START_TEST(test_what_was_removed_and_what_is_left_were_added)
{
	int64_t left = 0;

	taken = given = 0;
	begin(_i / 2 % KINDS, (enum nbmap_flavor)(_i / 2 / KINDS), 0);
	nbmap_domain_leave(map.domain);
	crew_run(map.flavor, _i % 2 ? 8 : THREADS_MAX, add_and_remove, NULL);
	nbmap_domain_enter(map.domain);
	for (uint64_t id = 0; id < SHARED; id++)
		left += get(id) == ABSENT ? 0 : get(id);
	ck_assert_int_eq(taken + left, given);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("add_int");
	TCase *tcase = tcase_create("add_int");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_absent_counts_as_0, 0, KINDS);
	tcase_add_loop_test(tcase, test_it_is_an_integer_like_others, 0, KINDS);
	tcase_add_loop_test(tcase, test_the_borders_of_the_integers, 0, KINDS);
	tcase_add_loop_test(tcase, test_while_tables_are_left, 0, KINDS);
	tcase_add_loop_test(tcase, test_a_map_grows_by_it, 0, KINDS);
	tcase_add_loop_test(tcase, test_it_needs_no_memory, 0, KINDS);
	tcase_add_loop_test(tcase, test_each_allocation_failed_in_turn, 0, KINDS);
	tcase_add_loop_test(tcase, test_at_the_limit, 0, KINDS);
	tcase_add_test(tcase, test_no_key);
	tcase_add_loop_test(tcase, test_a_map_that_frees_its_values_has_no_integers, 0, KINDS);
	tcase_add_loop_test(tcase, test_each_number_is_added_to_once, 0, 2 * KINDS * FLAVORS);
	tcase_add_loop_test(tcase, test_what_was_removed_and_what_is_left_were_added, 0, 2 * KINDS * FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
