/*
 * api: every public call on object keys, in success and in each of its
 * documented failures, and the configuration.
 *
 * Most tests share a fixture: a map of counting keys and values in a domain
 * without a thread, so that what is pending stays so until a test asks.  The
 * test's body runs inside a section of bp.  After every test all that was made
 * must have been freed, once.
 *
 * Linked with the library as it is installed and with the one whose tables
 * begin with four slots.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "count_alloc.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "tuning.h"

#define SEED 42

/* ---- The fixture -------------------------------------------------------- */

static struct count *count;
static struct nbmap_allocator allocator;
static struct nbmap_type type;
static struct nbmap_config config;
static struct nbmap_domain *domain;
static struct nbmap *map;

static void prepare(void)
{
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	domain_config.allocator = &allocator;
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	type = count_type();
	config = (struct nbmap_config){.type = &type, .arg = count, .domain = domain, .allocator = &allocator};
	config.flags = NBMAP_FIXED_SEED;
	config.seed = SEED;
}

static void begin(void)
{
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
}

static void setup(void)
{
	prepare();
	begin();
}

static void finish(void)
{
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}

static void conclude(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

static void teardown(void)
{
	finish();
	conclude();
}

/* Outside a section for a moment: free what is pending. */
static void settle(void)
{
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_barrier(map), 0);
	nbmap_enter(map);
}

/* Another map under the same configuration, changed by the test. */
static void restart(void)
{
	finish();
	begin();
}

/* These run by the thousand: crew_check() costs nothing, where ck_assert() writes down each place it passes. */

static void *value(uint64_t number)
{
	void *made = count_value(count, number);

	crew_check(made != NULL);
	return made;
}

/* A value that the map did not take is still ours. */
static void unused(void *made)
{
	count_value_free(made, count);
}

static void put(uint64_t id, uint64_t number)
{
	struct count_key key = count_key(id);

	crew_check(!nbmap_put(map, &key, value(number), NULL));
}

/* The number under `id`, or 0. */
static uint64_t number_at(uint64_t id)
{
	struct count_key key = count_key(id);
	void *found = nbmap_get(map, &key);

	return found ? count_number(found) : 0;
}

static int del(uint64_t id)
{
	struct count_key key = count_key(id);

	return nbmap_del(map, &key, NULL);
}

static struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	nbmap_stats(map, &now);
	return now;
}

/* What a failed call leaves behind: 7 under key 1, nothing else, and `seen` as it was. */
static char untouched_mark;
#define UNTOUCHED ((void *)&untouched_mark)

static void assert_only_seven(void)
{
	ck_assert_uint_eq(nbmap_count(map), 1);
	ck_assert_uint_eq(number_at(1), 7);
	ck_assert_uint_eq(number_at(2), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 1);
}

/* ---- Get, put, add, set ------------------------------------------------- */

START_TEST(test_get_of_an_absent_key_is_null)
{
	ck_assert_uint_eq(number_at(1), 0);
	put(1, 10);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_uint_eq(number_at(2), 0);
}
END_TEST

START_TEST(test_put_inserts_and_overwrites)
{
	struct count_key key = count_key(1);
	void *first = value(10), *second = value(20), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_put(map, &key, first, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_ptr_eq(nbmap_get(map, &key), first);
	ck_assert_int_eq(nbmap_put(map, &key, second, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	/* Valid until the section ends, displaced or not. */
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_ptr_eq(nbmap_get(map, &key), second);
	ck_assert_uint_eq(nbmap_count(map), 1);
	ck_assert_uint_eq(stats().pending_objects, 1);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
}
END_TEST

START_TEST(test_put_of_the_same_value_neither_frees_nor_retires)
{
	struct count_key key = count_key(1);
	void *made = value(10), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_put(map, &key, made, NULL), 0);
	ck_assert_int_eq(nbmap_put(map, &key, made, &seen), 0);
	ck_assert_ptr_eq(seen, made);
	ck_assert_int_eq(nbmap_set(map, &key, made, NULL), 0);
	ck_assert_int_eq(nbmap_replace(map, &key, made, made, NULL), 0);
	ck_assert_uint_eq(stats().pending_objects, 0);
	settle();
	ck_assert_uint_eq(number_at(1), 10);
}
END_TEST

START_TEST(test_add_only_inserts)
{
	struct count_key key = count_key(1);
	void *first = value(10), *second = value(20), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_add(map, &key, first, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_add(map, &key, second, &seen), -EEXIST);
	ck_assert_ptr_eq(seen, first);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_int_eq(del(1), 0);
	ck_assert_int_eq(nbmap_add(map, &key, second, NULL), 0);
	ck_assert_uint_eq(number_at(1), 20);
}
END_TEST

START_TEST(test_set_only_overwrites)
{
	struct count_key key = count_key(1);
	void *made = value(10), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_set(map, &key, made, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(nbmap_count(map), 0);
	put(1, 5);
	ck_assert_int_eq(nbmap_set(map, &key, made, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 5);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_int_eq(del(1), 0);
	made = value(30);
	seen = UNTOUCHED;
	ck_assert_int_eq(nbmap_set(map, &key, made, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	unused(made);
}
END_TEST

/* ---- Replace, del, del_if ----------------------------------------------- */

START_TEST(test_replace_compares_pointers)
{
	struct count_key key = count_key(1);
	void *first = value(10), *twin = value(10), *second = value(20), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_replace(map, &key, first, second, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_put(map, &key, first, NULL), 0);
	ck_assert_int_eq(nbmap_replace(map, &key, twin, second, &seen), -EAGAIN);
	ck_assert_ptr_eq(seen, first);
	ck_assert_int_eq(nbmap_replace(map, &key, first, second, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	ck_assert_uint_eq(number_at(1), 20);
	unused(twin);
}
END_TEST

START_TEST(test_value_equal_decides_replace_and_del_if)
{
	struct count_key key = count_key(1);
	void *twin = value(10), *other = value(11), *second = value(20), *seen = UNTOUCHED;

	type.value_equal = count_value_equal;
	restart();
	put(1, 10);
	ck_assert_int_eq(nbmap_replace(map, &key, other, second, NULL), -EAGAIN);
	ck_assert_int_eq(nbmap_replace(map, &key, twin, second, &seen), 0);
	ck_assert_ptr_ne(seen, twin);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_int_eq(nbmap_del_if(map, &key, twin, NULL), -EAGAIN);
	put(1, 10);
	ck_assert_int_eq(nbmap_del_if(map, &key, twin, NULL), 0);
	ck_assert_uint_eq(number_at(1), 0);
	unused(twin);
	unused(other);
}
END_TEST

START_TEST(test_del_removes_once)
{
	struct count_key key = count_key(1);
	void *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_del(map, &key, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	put(1, 10);
	ck_assert_int_eq(nbmap_del(map, &key, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(number_at(1), 0);
	seen = UNTOUCHED;
	ck_assert_int_eq(nbmap_del(map, &key, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	put(1, 20);
	ck_assert_uint_eq(number_at(1), 20);
}
END_TEST

START_TEST(test_del_if_removes_only_what_is_expected)
{
	struct count_key key = count_key(1);
	void *first = value(10), *other = value(11), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_del_if(map, &key, first, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_put(map, &key, first, NULL), 0);
	ck_assert_int_eq(nbmap_del_if(map, &key, other, &seen), -EAGAIN);
	ck_assert_ptr_eq(seen, first);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_int_eq(nbmap_del_if(map, &key, first, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	ck_assert_uint_eq(nbmap_count(map), 0);
	unused(other);
}
END_TEST

/* ---- Update ------------------------------------------------------------- */

/*
 * What an update callback is to do, and what it was shown.  `interfere` stands
 * for another thread that changes the key between an attempt's look and its
 * CAS: a callback must not change the map, but that is the one way to lose an
 * attempt at will.
 */
struct script {
	struct {
		int action;
		void *value;
		bool keep_spare; /* leave *value as it is given */
		void (*interfere)(void);
	} step[4];
	unsigned calls;
	void *current[4], *spare[4];
};

static int play(const void *key, void *current, void **made, void *arg)
{
	struct script *script = arg;
	unsigned i = script->calls++;

	ck_assert_uint_lt(i, 4);
	ck_assert_uint_eq(((const struct count_key *)key)->id, 1);
	script->current[i] = current;
	script->spare[i] = *made;
	if (script->step[i].interfere)
		script->step[i].interfere();
	if (!script->step[i].keep_spare)
		*made = script->step[i].value;
	return script->step[i].action;
}

static int update(struct script *script, void **seen)
{
	struct count_key key = count_key(1);

	return nbmap_update(map, &key, play, script, seen);
}

static void rival_puts(void)
{
	put(1, 99);
}

static void rival_removes(void)
{
	ck_assert_int_eq(del(1), 0);
}

START_TEST(test_update_keeps)
{
	struct script script = {.step = {{.action = NBMAP_KEEP}}};
	void *seen = UNTOUCHED;

	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_ptr_null(script.current[0]);
	ck_assert_ptr_null(script.spare[0]);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(stats().used, 0);
	put(1, 10);
	script.calls = 0;
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_ptr_eq(script.current[0], seen);
	ck_assert_uint_eq(stats().pending_objects, 0);
}
END_TEST

START_TEST(test_update_sets)
{
	void *first = value(10), *second = value(20), *seen = UNTOUCHED;
	struct script script = {.step = {{.action = NBMAP_SET, .value = first}}};

	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(number_at(1), 10);
	/* Absent when asked and still so: asked once. */
	ck_assert_uint_eq(script.calls, 1);
	script = (struct script){.step = {{.action = NBMAP_SET, .value = second}}};
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	ck_assert_ptr_eq(script.current[0], first);
	ck_assert_uint_eq(number_at(1), 20);
	ck_assert_uint_eq(stats().pending_objects, 1);
	/* The value that is there: nothing changes. */
	script.calls = 0;
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_eq(seen, second);
	ck_assert_uint_eq(stats().pending_objects, 1);
	settle();
	ck_assert_uint_eq(number_at(1), 20);
}
END_TEST

START_TEST(test_update_removes)
{
	struct script script = {.step = {{.action = NBMAP_REMOVE}}};
	void *seen = UNTOUCHED;

	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(stats().used, 0);
	put(1, 10);
	script.calls = 0;
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(number_at(1), 0);
}
END_TEST

/* The callback's own errno, an action that does not exist, values that cannot
 * be stored: each ends the update, with the key absent and with it present. */
START_TEST(test_update_errors_leave_things_as_they_are)
{
	static const struct {
		int action;
		uintptr_t value;
		int error;
	} wrong[] = {
		{-ECANCELED, 0, -ECANCELED}, {3, 0, -EINVAL},	      {NBMAP_SET, 0, -EINVAL},
		{NBMAP_SET, 4, -EINVAL},     {NBMAP_SET, 9, -EINVAL}, {NBMAP_SET, 1, -ERANGE},
	};
	void *kept;

	put(1, 7);
	kept = nbmap_get(map, &(struct count_key){COUNT_KEY_MARK, 1, 1});
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct script script = {.step = {{.action = wrong[i].action, .value = (void *)wrong[i].value}}};
		void *seen = UNTOUCHED;

		ck_assert_int_eq(update(&script, &seen), wrong[i].error);
		ck_assert_ptr_eq(seen, UNTOUCHED);
		ck_assert_ptr_eq(script.current[0], kept);
		assert_only_seven();
	}
	ck_assert_int_eq(del(1), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct script script = {.step = {{.action = wrong[i].action, .value = (void *)wrong[i].value}}};

		ck_assert_int_eq(update(&script, NULL), wrong[i].error);
		ck_assert_ptr_null(script.current[0]);
		ck_assert_uint_eq(nbmap_count(map), 0);
	}
}
END_TEST

/* However an update ends, what it leaves in *value is freed at once. */
START_TEST(test_update_frees_a_value_that_it_does_not_store)
{
	static const int ends[] = {NBMAP_KEEP, NBMAP_REMOVE, -ECANCELED};

	for (unsigned present = 0; present < 2; present++)
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
			struct script script = {.step = {{.action = ends[i], .value = value(30)}}};
			uint64_t alive;

			if (present)
				put(1, 10);
			alive = count_alive(count, COUNT_VALUES);
			ck_assert_int_eq(update(&script, NULL), ends[i] < 0 ? ends[i] : 0);
			ck_assert_uint_eq(count_alive(count, COUNT_VALUES), alive - 1);
		}
}
END_TEST

/* A lost attempt's value is handed to the next one, which stores it. */
START_TEST(test_update_hands_the_spare_to_the_next_attempt)
{
	for (unsigned present = 0; present < 2; present++) {
		void *made = value(30), *seen;
		struct script script = {.step = {{NBMAP_SET, made, false, rival_puts}, {NBMAP_SET, NULL, true, NULL}}};

		if (present)
			put(1, 10);
		ck_assert_int_eq(update(&script, &seen), 0);
		ck_assert_uint_eq(script.calls, 2);
		ck_assert_ptr_eq(script.spare[1], made);
		/* The second attempt was shown what the rival stored, and took effect on that. */
		ck_assert_ptr_eq(script.current[1], seen);
		ck_assert_uint_eq(count_number(seen), 99);
		ck_assert_uint_eq(number_at(1), 30);
		ck_assert_int_eq(del(1), 0);
	}
}
END_TEST

/* The next attempt may also store something else: the spare is freed then. */
START_TEST(test_update_frees_a_spare_that_another_value_replaces)
{
	void *made = value(30), *other = value(40);
	struct script script = {.step = {{NBMAP_SET, made, false, rival_puts}, {NBMAP_SET, other, false, NULL}}};
	uint64_t alive;

	put(1, 10);
	settle();
	alive = count_alive(count, COUNT_VALUES); /* 10, 30, 40 */
	ck_assert_int_eq(update(&script, NULL), 0);
	ck_assert_uint_eq(script.calls, 2);
	ck_assert_uint_eq(number_at(1), 40);
	/* 99 came, 30 went; 10 and 99 wait for their grace period. */
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), alive);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
}
END_TEST

/* Or end without storing anything. */
START_TEST(test_update_frees_a_spare_at_any_other_end)
{
	static const int ends[] = {NBMAP_KEEP, NBMAP_REMOVE, -ECANCELED};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct script script = {
			.step = {{NBMAP_SET, value(30), false, rival_puts}, {ends[i], NULL, true, NULL}}};

		put(1, 10);
		ck_assert_int_eq(update(&script, NULL), ends[i] < 0 ? ends[i] : 0);
		ck_assert_uint_eq(script.calls, 2);
		ck_assert_uint_eq(number_at(1), ends[i] == NBMAP_REMOVE ? 0 : 99);
		settle();
		ck_assert_uint_eq(count_alive(count, COUNT_VALUES), ends[i] == NBMAP_REMOVE ? 0 : 1);
	}
}
END_TEST

/* NULL in *value says that the callback has taken the spare back. */
START_TEST(test_update_leaves_a_spare_that_is_taken_back)
{
	void *made = value(30);
	struct script script = {.step = {{NBMAP_SET, made, false, rival_puts}, {NBMAP_KEEP, NULL, false, NULL}}};

	put(1, 10);
	ck_assert_int_eq(update(&script, NULL), 0);
	ck_assert_ptr_eq(script.spare[1], made);
	ck_assert_uint_eq(count_number(made), 30);
	unused(made);
}
END_TEST

/* The key vanishes during the attempt: the next one is shown an absent key. */
START_TEST(test_update_sees_a_removal_during_its_attempt)
{
	void *made = value(30), *seen = UNTOUCHED;
	struct script script = {.step = {{NBMAP_SET, made, false, rival_removes}, {NBMAP_SET, NULL, true, NULL}}};

	put(1, 10);
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_uint_eq(script.calls, 2);
	ck_assert_ptr_null(script.current[1]);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(number_at(1), 30);
	ck_assert_uint_eq(nbmap_count(map), 1);
}
END_TEST

/* ---- Memory that runs out ----------------------------------------------- */

START_TEST(test_inserting_without_memory_for_the_key)
{
	struct count_key key = count_key(2);
	void *made = value(10), *seen = UNTOUCHED;

	put(1, 5);
	count_fail_from(count, COUNT_KEYS, 1);
	ck_assert_int_eq(nbmap_put(map, &key, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_add(map, &key, made, &seen), -ENOMEM);
	ck_assert_ptr_eq(seen, UNTOUCHED);
	/* A key that is there needs no copy. */
	put(1, 7);
	ck_assert_uint_eq(count_fail_stop(count), 2);
	assert_only_seven();
	ck_assert_int_eq(nbmap_put(map, &key, made, NULL), 0);
}
END_TEST

START_TEST(test_update_without_memory_for_the_key_frees_its_value)
{
	struct script script = {.step = {{.action = NBMAP_SET, .value = value(10)}}};

	count_fail_from(count, COUNT_KEYS, 1);
	ck_assert_int_eq(update(&script, NULL), -ENOMEM);
	ck_assert_uint_eq(count_fail_stop(count), 1);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
}
END_TEST

/* A displaced value needs a place to wait in: without one nothing is displaced. */
START_TEST(test_displacing_without_memory_for_garbage)
{
	struct count_key key = count_key(1);
	void *made = value(10), *present, *seen = UNTOUCHED;
	struct script script = {.step = {{.action = NBMAP_REMOVE}}};

	put(1, 7);
	present = nbmap_get(map, &key);
	count_fail_from(count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nbmap_put(map, &key, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_set(map, &key, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_replace(map, &key, present, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_del(map, &key, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_del_if(map, &key, present, &seen), -ENOMEM);
	ck_assert_int_eq(update(&script, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_clear(map), -ENOMEM);
	ck_assert_uint_eq(count_fail_stop(count), 7);
	ck_assert_ptr_eq(seen, UNTOUCHED);
	assert_only_seven();
	ck_assert_int_eq(nbmap_put(map, &key, made, NULL), 0);
}
END_TEST

START_TEST(test_making_a_map_or_domain_without_memory)
{
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD, .allocator = &allocator};
	struct nbmap_domain *no_domain = (void *)UNTOUCHED;
	struct nbmap *none = (void *)UNTOUCHED;
	uint64_t nth = 0;
	int error;

	/* Every allocation of nbmap_new() in turn, until there is none left to fail. */
	do {
		count_fail_nth(count, COUNT_MEMORY, ++nth);
		error = nbmap_new(&none, &config);
		ck_assert_int_eq(error, count_fail_stop(count) ? -ENOMEM : 0);
		ck_assert(!error == (none != (void *)UNTOUCHED));
	} while (error);
	ck_assert_uint_gt(nth, 1);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(none), 0);
	nbmap_enter(map);
	count_fail_nth(count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nbmap_domain_new(&no_domain, &domain_config), -ENOMEM);
	ck_assert_ptr_eq(no_domain, UNTOUCHED);
	count_fail_stop(count);
}
END_TEST

/* A map that cannot grow takes entries until it is crowded, then says so, and keeps what it has. */
START_TEST(test_growing_without_memory)
{
	uint64_t stored = 0;
	int error;

	count_fail_from(count, COUNT_MEMORY, 1);
	do {
		struct count_key key = count_key(stored + 1);
		void *made = value(stored + 1);

		error = nbmap_put(map, &key, made, NULL);
		if (error)
			unused(made);
		else
			stored++;
	} while (!error);
	ck_assert_int_eq(error, -ENOMEM);
	ck_assert_uint_gt(stored * NB_CROWDED_DEN, stats().capacity * NB_CROWDED_MAX);
	ck_assert_uint_le(stored, stats().capacity * NB_CROWDED_MAX / NB_CROWDED_DEN + 1);
	count_fail_stop(count);
	ck_assert_uint_eq(nbmap_count(map), stored);
	for (uint64_t id = 1; id <= stored; id++)
		ck_assert_uint_eq(number_at(id), id);
	put(stored + 1, stored + 1);
	ck_assert_uint_eq(number_at(stored + 1), stored + 1);
}
END_TEST

/* ---- Key pointers ------------------------------------------------------- */

/* Keys that are pointers and nothing else need not point anywhere. */
#define BOGUS(bits) ((const void *)(uintptr_t)(bits))
#define HIGH_BIT (UINT64_C(1) << 63)

static void restart_with_pointers(unsigned flags)
{
	type = *nbmap_type_pointer();
	config.flags |= flags;
	restart();
}

START_TEST(test_keys_that_use_their_upper_bits_are_refused)
{
	static const uint64_t high[] = {UINT64_C(1) << 48, HIGH_BIT, UINT64_MAX};

	restart_with_pointers(0);
	for (size_t i = 0; i < sizeof(high) / sizeof(*high); i++) {
		/* Its lower bits are a key of their own, not to be mistaken for it. */
		const void *low = BOGUS((high[i] & (UINT64_MAX >> 16)) | 1);
		void *seen = UNTOUCHED;

		ck_assert_int_eq(nbmap_put(map, low, nbmap_int(1), NULL), 0);
		ck_assert_int_eq(nbmap_put(map, BOGUS(high[i]), nbmap_int(2), &seen), -ERANGE);
		ck_assert_int_eq(nbmap_add(map, BOGUS(high[i]), nbmap_int(2), &seen), -ERANGE);
		ck_assert_ptr_eq(seen, UNTOUCHED);
		ck_assert_ptr_null(nbmap_get(map, BOGUS(high[i])));
		ck_assert_int_eq(nbmap_del(map, BOGUS(high[i]), NULL), -ENOENT);
		ck_assert_ptr_eq(nbmap_get(map, low), nbmap_int(1));
	}
}
END_TEST

START_TEST(test_wide_keys_may_use_all_bits)
{
	const void *const keys[] = {BOGUS(2), BOGUS(HIGH_BIT), BOGUS(HIGH_BIT | 2), BOGUS(UINT64_MAX),
				    BOGUS(1ull << 48)};
	const size_t n = sizeof(keys) / sizeof(*keys);

	restart_with_pointers(NBMAP_WIDE_KEYS);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(nbmap_put(map, keys[i], nbmap_int(i), NULL), 0);
	ck_assert_uint_eq(nbmap_count(map), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_ptr_eq(nbmap_get(map, keys[i]), nbmap_int(i));
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(nbmap_del(map, keys[i], NULL), 0);
	/* The two that would look like the states of an empty slot. */
	for (uintptr_t bits = 0; bits < 2; bits++) {
		ck_assert_int_eq(nbmap_put(map, BOGUS(bits), nbmap_int(1), NULL), -EINVAL);
		ck_assert_int_eq(nbmap_del(map, BOGUS(bits), NULL), -EINVAL);
		ck_assert_ptr_null(nbmap_get(map, BOGUS(bits)));
	}
}
END_TEST

/* A tag keeps the pointer 1 apart from the states. */
START_TEST(test_the_pointer_one_is_a_key_like_any_other)
{
	restart_with_pointers(0);
	ck_assert_int_eq(nbmap_put(map, BOGUS(1), nbmap_int(5), NULL), 0);
	ck_assert_ptr_eq(nbmap_get(map, BOGUS(1)), nbmap_int(5));
	ck_assert_int_eq(nbmap_del(map, BOGUS(1), NULL), 0);
	ck_assert_ptr_null(nbmap_get(map, BOGUS(1)));
}
END_TEST

/* Copies, too, must fit: one whose pointer does not is given back as it is. */
static void *far_copy(const void *key, void *arg)
{
	void *copy = count_type().key_dup(key, arg);

	return (void *)((uintptr_t)copy | HIGH_BIT);
}

static void far_free(void *key, void *arg)
{
	ck_assert((uintptr_t)key & HIGH_BIT);
	count_type().key_free((void *)((uintptr_t)key & ~HIGH_BIT), arg);
}

START_TEST(test_a_key_copy_that_uses_its_upper_bits_is_refused)
{
	struct count_key key = count_key(1);

	type.key_dup = far_copy;
	type.key_free = far_free;
	restart();
	ck_assert_int_eq(nbmap_put(map, &key, nbmap_int(1), NULL), -ERANGE);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(count_made(count, COUNT_KEYS), 1);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
}
END_TEST

/* ---- Ready-made types --------------------------------------------------- */

START_TEST(test_strings)
{
	char text[64] = "one", longer[512];

	type = *nbmap_type_string();
	restart();
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	ck_assert_int_eq(nbmap_put(map, text, nbmap_int(1), NULL), 0);
	/* The map has a copy of its own. */
	strcpy(text, "two");
	ck_assert_ptr_null(nbmap_get(map, "two"));
	ck_assert_ptr_eq(nbmap_get(map, "one"), nbmap_int(1));
	ck_assert_int_eq(nbmap_put(map, "", nbmap_int(2), NULL), 0);
	ck_assert_ptr_eq(nbmap_get(map, ""), nbmap_int(2));
	ck_assert_int_eq(nbmap_put(map, longer, nbmap_int(3), NULL), 0);
	ck_assert_ptr_eq(nbmap_get(map, longer), nbmap_int(3));
	ck_assert_ptr_null(nbmap_get(map, longer + 1));
	ck_assert_int_eq(nbmap_del(map, "", NULL), 0);
	ck_assert_ptr_null(nbmap_get(map, ""));
	ck_assert_uint_eq(nbmap_count(map), 2);
}
END_TEST

START_TEST(test_byte_ranges)
{
	const unsigned char data[] = {0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	struct nbmap_bytes key = {NULL, 0};

	type = *nbmap_type_bytes();
	restart();
	ck_assert_int_eq(nbmap_put(map, &key, nbmap_int(100), NULL), 0);
	/* Each a prefix of the next, with zeroes inside: all different. */
	for (key = (struct nbmap_bytes){data, 1}; key.size <= sizeof(data); key.size++)
		ck_assert_int_eq(nbmap_add(map, &key, nbmap_int(key.size), NULL), 0);
	for (key.size = 1; key.size <= sizeof(data); key.size++)
		ck_assert_ptr_eq(nbmap_get(map, &key), nbmap_int(key.size));
	/* Size 0 is one key, whatever `data` is. */
	key.size = 0;
	ck_assert_ptr_eq(nbmap_get(map, &key), nbmap_int(100));
	ck_assert_uint_eq(nbmap_count(map), sizeof(data) + 1);
}
END_TEST

START_TEST(test_bytes_returned_by_a_walk_are_the_copy)
{
	char text[] = "abc";
	struct nbmap_bytes key = {text, 3};
	const struct nbmap_bytes *copy;
	struct nbmap_iter iter;
	const void *found;
	void *stored;

	type = *nbmap_type_bytes();
	restart();
	ck_assert_int_eq(nbmap_put(map, &key, nbmap_int(1), NULL), 0);
	text[0] = 'z';
	ck_assert_int_eq(nbmap_iter_init(map, &iter), 0);
	ck_assert(nbmap_iter_next(&iter, &found, &stored));
	copy = found;
	ck_assert_uint_eq(copy->size, 3);
	ck_assert_int_eq(memcmp(copy->data, "abc", 3), 0);
	ck_assert(!nbmap_iter_next(&iter, &found, &stored));
}
END_TEST

START_TEST(test_pointers_are_never_read_through)
{
	restart_with_pointers(0);
	for (uintptr_t bits = 1; bits < 1000; bits++)
		ck_assert_int_eq(nbmap_put(map, BOGUS(bits), nbmap_int(bits), NULL), 0);
	for (uintptr_t bits = 1; bits < 1000; bits++)
		ck_assert_ptr_eq(nbmap_get(map, BOGUS(bits)), nbmap_int(bits));
	ck_assert_ptr_null(nbmap_get(map, BOGUS(1000)));
}
END_TEST

START_TEST(test_hash_bytes_depends_on_all_it_is_given)
{
	unsigned char data[24] = {0}, shifted[25];
	uint64_t whole = nbmap_hash_bytes(data, sizeof(data), SEED);

	ck_assert_uint_eq(nbmap_hash_bytes(data, sizeof(data), SEED), whole);
	ck_assert_uint_ne(nbmap_hash_bytes(data, sizeof(data), SEED + 1), whole);
	ck_assert_uint_ne(nbmap_hash_bytes(data, sizeof(data) - 1, SEED), whole);
	ck_assert_uint_eq(nbmap_hash_bytes(NULL, 0, SEED), nbmap_hash_bytes(data, 0, SEED));
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = 1;
		ck_assert_uint_ne(nbmap_hash_bytes(data, sizeof(data), SEED), whole);
		/* Where the bytes lie does not matter. */
		memcpy(shifted + 1, data, sizeof(data));
		ck_assert_uint_eq(nbmap_hash_bytes(shifted + 1, sizeof(data), SEED),
				  nbmap_hash_bytes(data, sizeof(data), SEED));
		data[i] = 0;
	}
}
END_TEST

/* ---- Configuration ------------------------------------------------------ */

START_TEST(test_a_domain_in_use_is_not_destroyed)
{
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_domain_destroy(domain), -EBUSY);
	nbmap_enter(map);
	put(1, 10);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_int_eq(nbmap_domain_destroy(NULL), 0);
}
END_TEST

/* Everything the map was told by pointer it has copied. */
START_TEST(test_type_and_allocator_are_copied)
{
	memset(&type, 0, sizeof(type));
	memset(&allocator, 0, sizeof(allocator));
	memset(&config, 0, sizeof(config));
	for (uint64_t id = 0; id < 200; id++)
		put(id, id);
	ck_assert_uint_eq(nbmap_count(map), 200);
}
END_TEST

/* ---- The argument of callbacks ------------------------------------------ */

static char marker;
static unsigned called; /* one bit a callback */

static uint64_t marked_hash(const void *key, uint64_t seed, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	ck_assert_uint_eq(seed, SEED);
	called |= 1;
	return (uintptr_t)key;
}

static bool marked_equal(const void *a, const void *b, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	called |= 2;
	return *(const char *)a == *(const char *)b;
}

static void *marked_dup(const void *key, void *arg)
{
	char *copy = malloc(1);

	ck_assert_ptr_eq(arg, &marker);
	ck_assert_ptr_nonnull(copy);
	*copy = *(const char *)key;
	called |= 4;
	return copy;
}

static void marked_key_free(void *key, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	called |= 8;
	free(key);
}

static void marked_value_free(void *stored, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	ck_assert_uint_ge(nbmap_int_of(stored), 1);
	called |= 16;
}

static bool marked_value_equal(const void *a, const void *b, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	called |= 32;
	return a == b;
}

static uint64_t same_hash(const void *key, uint64_t seed, void *arg)
{
	(void)marked_hash(key, seed, arg);
	return 1;
}

START_TEST(test_every_callback_gets_the_argument_last)
{
	type = (struct nbmap_type){same_hash,	    marked_equal,      marked_dup,
				   marked_key_free, marked_value_free, marked_value_equal};
	config.arg = &marker;
	called = 0;
	restart();
	ck_assert_int_eq(nbmap_put(map, "a", nbmap_int(1), NULL), 0);
	ck_assert_int_eq(nbmap_put(map, "b", nbmap_int(2), NULL), 0);
	ck_assert_ptr_eq(nbmap_get(map, "b"), nbmap_int(2));
	ck_assert_int_eq(nbmap_replace(map, "a", nbmap_int(3), nbmap_int(4), NULL), -EAGAIN);
	ck_assert_int_eq(nbmap_del(map, "a", NULL), 0);
	restart();
	ck_assert_uint_eq(called, 63);
}
END_TEST

/* ---- Seeds -------------------------------------------------------------- */

/* The order of a walk shows the seed: strings, whose hash is keyed. */
static void order_of_strings(char order[64])
{
	struct nbmap_iter iter;
	const void *key;
	void *stored;

	type = *nbmap_type_string();
	restart();
	for (char text[2] = "A"; text[0] < 'A' + 50; text[0]++)
		ck_assert_int_eq(nbmap_put(map, text, nbmap_int(1), NULL), 0);
	ck_assert_int_eq(nbmap_iter_init(map, &iter), 0);
	while (nbmap_iter_next(&iter, &key, &stored))
		*order++ = *(const char *)key;
	*order = 0;
}

START_TEST(test_a_fixed_seed_fixes_the_order)
{
	char first[64], second[64];

	order_of_strings(first);
	order_of_strings(second);
	ck_assert_uint_eq(strlen(first), 50);
	ck_assert_str_eq(first, second);
	config.seed = 0; /* a seed like any other */
	order_of_strings(first);
	ck_assert_str_ne(first, second);
	order_of_strings(second);
	ck_assert_str_eq(first, second);
}
END_TEST

/* 50! orders: no chance to meet the same one. */
START_TEST(test_seeds_are_random_by_default)
{
	char first[64], second[64];

	config.flags = 0;
	order_of_strings(first);
	order_of_strings(second);
	ck_assert_str_ne(first, second);
}
END_TEST

/* ---- Room --------------------------------------------------------------- */

/* Writers sweep a block each; overwriting starts no new migration. */
static void finish_migrating(void)
{
	while (stats().tables > 1)
		put(1, 1);
}

START_TEST(test_capacity_spares_migrations)
{
	static const size_t sizes[] = {1, 2, 3, 4, 5, 13, 64, 100, 1000, 5000};
	const size_t size = sizes[_i];

	config.capacity = size;
	restart();
	for (uint64_t id = 0; id < size; id++)
		put(id, id);
	ck_assert_uint_eq(stats().migrations, 0);
	ck_assert_uint_ge(stats().capacity, size);
	/* Not much more than was asked for. */
	ck_assert_uint_le(stats().capacity, 2 * size + 16);
}
END_TEST

/* Fill, empty, and go on for a while, so that the size policy has its way. */
static size_t capacity_after_emptying(size_t entries)
{
	restart();
	for (uint64_t id = 0; id < entries; id++)
		put(id, id);
	for (uint64_t id = 0; id < entries; id++)
		crew_check(!del(id));
	for (uint64_t id = 0; id < 4 * entries; id++) {
		put(id, id);
		crew_check(!del(id));
	}
	return stats().capacity;
}

START_TEST(test_min_capacity_is_never_taken_back)
{
	ck_assert_uint_lt(capacity_after_emptying(1000), 1000);
	config.min_capacity = 1000;
	ck_assert_uint_ge(capacity_after_emptying(1000), 1000);
	ck_assert_int_eq(nbmap_clear(map), 0);
	ck_assert_uint_ge(stats().capacity, 1000);
}
END_TEST

START_TEST(test_impossible_capacities_are_refused)
{
	struct nbmap *none = (void *)UNTOUCHED;

	for (unsigned shift = 0; shift < 8; shift++) {
		config.capacity = SIZE_MAX >> shift;
		ck_assert_int_eq(nbmap_new(&none, &config), -ENOMEM);
		config.min_capacity = config.capacity;
		config.capacity = 0;
		ck_assert_int_eq(nbmap_new(&none, &config), -ENOMEM);
		config.min_capacity = 0;
	}
	ck_assert_ptr_eq(none, UNTOUCHED);
}
END_TEST

START_TEST(test_an_empty_map_is_small)
{
	ck_assert_uint_lt(stats().bytes, 1024);
}
END_TEST

START_TEST(test_memory_comes_from_the_allocator_and_stats_know_how_much)
{
	uint64_t before = 0;

	config.capacity = 6000; /* large enough for striped counters */
	for (unsigned i = 0; i < 2; i++) {
		finish();
		before = count_bytes(count); /* the domain's */
		begin();
		ck_assert_uint_gt(count_made(count, COUNT_MEMORY), 0);
		ck_assert_uint_eq(stats().bytes, count_bytes(count) - before);
		config.capacity = 0;
	}
	for (uint64_t id = 0; id < 6000; id++)
		put(id, id);
	finish_migrating();
	settle();
	ck_assert_uint_eq(stats().bytes, count_bytes(count) - before);
}
END_TEST

START_TEST(test_stats)
{
	struct nbmap_stats now = stats();

	ck_assert_uint_eq(now.entries, 0);
	ck_assert_uint_eq(now.used, 0);
	ck_assert_uint_eq(now.tables, 1);
	ck_assert_uint_eq(now.migrations, 0);
	ck_assert_uint_eq(now.pending_objects, 0);
	put(1, 10);
	put(2, 20);
	put(2, 21);
	ck_assert_int_eq(del(1), 0);
	now = stats();
	ck_assert_uint_eq(now.entries, 1);
	ck_assert_uint_eq(now.used, 2); /* a tombstone still takes a slot */
	ck_assert_uint_eq(now.pending_objects, 2);
	for (uint64_t id = 0; stats().tables == 1; id++)
		put(id, id);
	now = stats();
	ck_assert_uint_eq(now.tables, 2);
	ck_assert_uint_eq(now.migrations, 1);
	finish_migrating();
	/* The table that was left waits, and its size is known. */
	ck_assert_uint_ge(stats().pending_bytes, now.capacity * 16);
	ck_assert_uint_gt(stats().capacity, now.capacity);
	settle();
	ck_assert_uint_eq(stats().pending_objects, 0);
	ck_assert_uint_eq(stats().pending_bytes, 0);
}
END_TEST

/* ---- Dump --------------------------------------------------------------- */

/* How often `word` stands in the map's dump. */
static unsigned dump_mentions(const char *word)
{
	unsigned times = 0;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(nbmap_dump(map, out), 0);
	fclose(out);
	for (const char *at = text; (at = strstr(at, word)); at++)
		times++;
	free(text);
	return times;
}

START_TEST(test_dump_shows_tables_and_states)
{
	ck_assert_uint_eq(dump_mentions("table 1"), 1);
	ck_assert_uint_eq(dump_mentions("key"), 0);
	put(1, 10);
	put(2, 20);
	ck_assert_int_eq(del(1), 0);
	ck_assert_uint_eq(dump_mentions("1 entries"), 1);
	ck_assert_uint_eq(dump_mentions(" VALUE"), 1);
	ck_assert_uint_eq(dump_mentions(" TOMB"), 1);
	ck_assert_uint_eq(dump_mentions("being left"), 0);
}
END_TEST

START_TEST(test_dump_shows_a_migration)
{
	uint64_t id = 0;

	config.capacity = 1000;
	restart();
	while (stats().tables == 1)
		put(id++, 1);
	/* Writers help: some blocks of the old table are done. */
	for (unsigned i = 0; i < 20; i++)
		put(i, 2);
	ck_assert_uint_eq(stats().tables, 2);
	ck_assert_uint_eq(dump_mentions("table "), 2);
	ck_assert_uint_eq(dump_mentions("being left"), 1);
	ck_assert_uint_ge(dump_mentions("MOVED, CARRIED"), 20);
	ck_assert_uint_ge(dump_mentions("CLOSED"), 1);
	/* Each entry stands as a value in one of the two. */
	ck_assert_uint_eq(dump_mentions(" VALUE"), id);
}
END_TEST

START_TEST(test_dump_reports_a_stream_that_fails)
{
	FILE *out = fopen("/dev/null", "r"); /* not for writing */

	ck_assert_ptr_nonnull(out);
	put(1, 10);
	ck_assert_int_eq(nbmap_dump(map, out), -EIO);
	fclose(out);
}
END_TEST

/* ---- Sections, waiting, clearing, ending -------------------------------- */

START_TEST(test_sections_nest)
{
	struct count_key key = count_key(1);
	void *seen;

	put(1, 10);
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_del(map, &key, &seen), 0);
	nbmap_leave(map);
	/* Still inside the outer one. */
	ck_assert_int_eq(nbmap_barrier(map), -EDEADLK);
	ck_assert_uint_eq(count_number(seen), 10);
}
END_TEST

START_TEST(test_waiting_inside_a_section_is_refused)
{
	put(1, 5);
	put(1, 7);
	ck_assert_int_eq(nbmap_barrier(map), -EDEADLK);
	ck_assert_int_eq(nbmap_reclaim(map), -EDEADLK);
	ck_assert_int_eq(nbmap_destroy(map), -EDEADLK);
	ck_assert_int_eq(nbmap_before_fork(), -EDEADLK);
	ck_assert_uint_eq(stats().pending_objects, 1);
	assert_only_seven();
	put(2, 20);
	ck_assert_uint_eq(number_at(2), 20);
}
END_TEST

START_TEST(test_destroying_nothing_is_allowed)
{
	ck_assert_int_eq(nbmap_destroy(NULL), 0);
}
END_TEST

START_TEST(test_reclaim_says_how_much_it_freed)
{
	put(1, 10);
	put(1, 11);
	put(1, 12);
	ck_assert_uint_eq(stats().pending_objects, 2);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_reclaim(map), 2);
	ck_assert_int_eq(nbmap_reclaim(map), 0);
	nbmap_enter(map);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
}
END_TEST

START_TEST(test_clear_removes_everything)
{
	ck_assert_int_eq(nbmap_clear(map), 0);
	for (uint64_t id = 0; id < 500; id++)
		put(id, id + 1);
	ck_assert_int_eq(nbmap_clear(map), 0);
	ck_assert_uint_eq(nbmap_count(map), 0);
	for (uint64_t id = 0; id < 500; id++)
		ck_assert_uint_eq(number_at(id), 0);
	put(3, 30);
	ck_assert_uint_eq(nbmap_count(map), 1);
	settle();
	/* All that was cleared is gone, keys too. */
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 1);
	ck_assert_uint_eq(number_at(3), 30);
}
END_TEST

START_TEST(test_without_value_free_values_are_the_callers)
{
	struct count_key key = count_key(1);
	void *first = value(10), *second = value(20), *seen;

	type.value_free = NULL;
	restart();
	ck_assert_int_eq(nbmap_put(map, &key, first, NULL), 0);
	ck_assert_int_eq(nbmap_put(map, &key, second, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	ck_assert_int_eq(nbmap_del(map, &key, &seen), 0);
	ck_assert_ptr_eq(seen, second);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 2);
	unused(first);
	unused(second);
}
END_TEST

/* Without key_dup the map keeps the caller's pointer. */
START_TEST(test_without_key_dup_keys_are_the_callers)
{
	static struct count_key keys[300];
	struct nbmap_iter iter;
	const void *key;
	void *stored;
	size_t met = 0;

	type.key_dup = NULL;
	type.key_free = NULL;
	restart();
	for (size_t i = 0; i < 300; i++) {
		keys[i] = count_key(i);
		ck_assert_int_eq(nbmap_put(map, &keys[i], value(i), NULL), 0);
	}
	ck_assert_uint_eq(count_made(count, COUNT_KEYS), 0);
	ck_assert_int_eq(nbmap_iter_init(map, &iter), 0);
	for (; nbmap_iter_next(&iter, &key, &stored); met++)
		ck_assert_ptr_eq(key, &keys[count_number(stored)]);
	ck_assert_uint_eq(met, 300);
}
END_TEST

/* ---- Several threads ---------------------------------------------------- */

#define THREADS 4
#define OPERATIONS 4000
#define HOT_KEYS 12

static void work_at_random(struct crew_member *member)
{
	const struct subject *subject = member->arg;

	for (unsigned i = 0; i < OPERATIONS; i++) {
		subject_enter(subject);
		subject_random(subject, &member->random, HOT_KEYS, true);
		/* An update is never lost: the keys from HOT_KEYS on are counters. */
		crew_check(!subject_update(subject, HOT_KEYS + i % 4));
		subject_leave(subject);
	}
}

static void work_without_clear(struct crew_member *member)
{
	const struct subject *subject = member->arg;

	for (unsigned i = 0; i < OPERATIONS; i++) {
		subject_enter(subject);
		subject_random(subject, &member->random, HOT_KEYS, false);
		crew_check(!subject_update(subject, HOT_KEYS + i % 4));
		subject_leave(subject);
	}
}

static void run_crew(void (*work)(struct crew_member *member), bool counters)
{
	struct nbmap_config base = {.domain = domain};
	struct subject subject;
	struct nbmap_iter iter;
	uint64_t id, entries = 0;
	uint32_t number;

	ck_assert_int_eq(subject_open(&subject, false, count, &base), 0);
	nbmap_leave(map);
	crew_run(NBMAP_BP, THREADS, work, &subject);
	nbmap_enter(map);
	for (id = 0; counters && id < 4; id++)
		ck_assert_uint_eq(subject_get(&subject, HOT_KEYS + id), THREADS * OPERATIONS / 4);
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	while (subject_next(&subject, &iter, &id, &number)) {
		ck_assert_uint_eq(subject_get(&subject, id), number);
		entries++;
	}
	ck_assert_uint_eq(subject_size(&subject), entries);
	nbmap_leave(map);
	ck_assert_int_eq(subject_close(&subject), 0);
	nbmap_enter(map);
}

START_TEST(test_threads_on_every_operation)
{
	run_crew(work_without_clear, true);
}
END_TEST

START_TEST(test_threads_on_every_operation_and_clear)
{
	run_crew(work_at_random, false);
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

static TCase *group(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static void add_operations(TCase *tcase)
{
	tcase_add_test(tcase, test_get_of_an_absent_key_is_null);
	tcase_add_test(tcase, test_put_inserts_and_overwrites);
	tcase_add_test(tcase, test_put_of_the_same_value_neither_frees_nor_retires);
	tcase_add_test(tcase, test_add_only_inserts);
	tcase_add_test(tcase, test_set_only_overwrites);
	tcase_add_test(tcase, test_replace_compares_pointers);
	tcase_add_test(tcase, test_value_equal_decides_replace_and_del_if);
	tcase_add_test(tcase, test_del_removes_once);
	tcase_add_test(tcase, test_del_if_removes_only_what_is_expected);
}

static void add_updates(TCase *tcase)
{
	tcase_add_test(tcase, test_update_keeps);
	tcase_add_test(tcase, test_update_sets);
	tcase_add_test(tcase, test_update_removes);
	tcase_add_test(tcase, test_update_errors_leave_things_as_they_are);
	tcase_add_test(tcase, test_update_frees_a_value_that_it_does_not_store);
	tcase_add_test(tcase, test_update_hands_the_spare_to_the_next_attempt);
	tcase_add_test(tcase, test_update_frees_a_spare_that_another_value_replaces);
	tcase_add_test(tcase, test_update_frees_a_spare_at_any_other_end);
	tcase_add_test(tcase, test_update_leaves_a_spare_that_is_taken_back);
	tcase_add_test(tcase, test_update_sees_a_removal_during_its_attempt);
}

static void add_refusals(TCase *tcase)
{
	tcase_add_test(tcase, test_inserting_without_memory_for_the_key);
	tcase_add_test(tcase, test_update_without_memory_for_the_key_frees_its_value);
	tcase_add_test(tcase, test_displacing_without_memory_for_garbage);
	tcase_add_test(tcase, test_making_a_map_or_domain_without_memory);
	tcase_add_test(tcase, test_growing_without_memory);
}

static void add_keys(TCase *tcase)
{
	tcase_add_test(tcase, test_keys_that_use_their_upper_bits_are_refused);
	tcase_add_test(tcase, test_wide_keys_may_use_all_bits);
	tcase_add_test(tcase, test_the_pointer_one_is_a_key_like_any_other);
	tcase_add_test(tcase, test_a_key_copy_that_uses_its_upper_bits_is_refused);
	tcase_add_test(tcase, test_strings);
	tcase_add_test(tcase, test_byte_ranges);
	tcase_add_test(tcase, test_bytes_returned_by_a_walk_are_the_copy);
	tcase_add_test(tcase, test_pointers_are_never_read_through);
	tcase_add_test(tcase, test_hash_bytes_depends_on_all_it_is_given);
}

static void add_configuration(TCase *tcase)
{
	tcase_add_test(tcase, test_a_domain_in_use_is_not_destroyed);
	tcase_add_test(tcase, test_type_and_allocator_are_copied);
	tcase_add_test(tcase, test_every_callback_gets_the_argument_last);
	tcase_add_test(tcase, test_a_fixed_seed_fixes_the_order);
	tcase_add_test(tcase, test_seeds_are_random_by_default);
}

static void add_reports(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_capacity_spares_migrations, 0, 10);
	tcase_add_test(tcase, test_min_capacity_is_never_taken_back);
	tcase_add_test(tcase, test_impossible_capacities_are_refused);
	tcase_add_test(tcase, test_an_empty_map_is_small);
	tcase_add_test(tcase, test_memory_comes_from_the_allocator_and_stats_know_how_much);
	tcase_add_test(tcase, test_stats);
	tcase_add_test(tcase, test_dump_shows_tables_and_states);
	tcase_add_test(tcase, test_dump_shows_a_migration);
	tcase_add_test(tcase, test_dump_reports_a_stream_that_fails);
}

static void add_ends(TCase *tcase)
{
	tcase_add_test(tcase, test_sections_nest);
	tcase_add_test(tcase, test_waiting_inside_a_section_is_refused);
	tcase_add_test(tcase, test_destroying_nothing_is_allowed);
	tcase_add_test(tcase, test_reclaim_says_how_much_it_freed);
	tcase_add_test(tcase, test_clear_removes_everything);
	tcase_add_test(tcase, test_without_value_free_values_are_the_callers);
	tcase_add_test(tcase, test_without_key_dup_keys_are_the_callers);
	tcase_add_test(tcase, test_threads_on_every_operation);
	tcase_add_test(tcase, test_threads_on_every_operation_and_clear);
}

int main(void)
{
	Suite *suite = suite_create("api");

	add_operations(group(suite, "operations"));
	add_updates(group(suite, "updates"));
	add_refusals(group(suite, "refusals"));
	add_keys(group(suite, "keys"));
	add_configuration(group(suite, "configuration"));
	add_reports(group(suite, "reports"));
	add_ends(group(suite, "ends"));
	return test_run(suite);
}
