/*
 * batch: get_batch, of both kinds of map, held against what get of each key
 * answers and against what was put.
 *
 * A batch passes its keys through a window of NB_WINDOW places (window.h), so
 * its mistakes would be of a place: a key skipped at the end, an answer that
 * lands beside its key, a place used again too soon.  Hence batches of every
 * length about the window's, keys in no order, hits and misses mixed, and an
 * array of answers with guards on both sides.
 */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "key.h"
#include "life.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "run.h"
#include "subject.h"
#include "successor.h"
#include "tuning.h"

#define KINDS 2
#define ROOM 1024u
#define GUARDS 8u
#define UNTOUCHED ((void *)16)

/* ---- The fixture -------------------------------------------------------- */

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static struct nb_map *core;

static void setup(void)
{
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
}

static void teardown(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

static void begin(int integer)
{
	struct nbmap_config base = {.domain = domain};

	ck_assert_int_eq(subject_open(&subject, integer, count, &base), 0);
	core = subject_core(&subject);
	subject_enter(&subject);
}

static void finish(void)
{
	subject_leave(&subject);
	ck_assert_int_eq(subject_close(&subject), 0);
}

/* Keys 0 to `n` - 1 have the values 1 to `n`, but each third is removed again. */
static void fill(uint64_t n)
{
	for (uint64_t id = 0; id < n; id++)
		crew_check(!subject_put(&subject, id, (uint32_t)id + 1));
	for (uint64_t id = 0; id < n; id += 3)
		crew_check(!subject_del(&subject, id));
}

static uint32_t filled_number(uint64_t id, uint64_t n)
{
	return id < n && id % 3 ? (uint32_t)id + 1 : 0;
}

/* ---- A batch, and what it should answer --------------------------------- */

static void get_batch(const uint64_t *ids, void **values, size_t n)
{
	struct count_key object[ROOM];
	const void *keys[ROOM];

	crew_check(n <= ROOM);
	if (subject.integer) {
		nbmap_u64_get_batch(subject.integers, ids, values, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		object[i] = count_key(ids[i]);
		keys[i] = &object[i];
	}
	nbmap_get_batch(subject.objects, keys, values, n);
}

/* The number given to subject_put(), or 0; the value must be alive and the key's. */
static uint32_t number_of(uint64_t id, const void *value)
{
	crew_check(!value || count_number(value) >> 32 == id);
	return value ? (uint32_t)count_number(value) : 0;
}

/* A batch of `n` keys answers as so many gets, and writes nothing beyond. */
static void check_batch(const uint64_t *ids, size_t n, uint64_t filled)
{
	void *values[ROOM + 2 * GUARDS];

	for (size_t i = 0; i < n + 2 * GUARDS; i++)
		values[i] = UNTOUCHED;
	get_batch(ids, values + GUARDS, n);
	for (size_t i = 0; i < GUARDS; i++)
		crew_check(values[i] == UNTOUCHED && values[GUARDS + n + i] == UNTOUCHED);
	for (size_t i = 0; i < n; i++) {
		crew_check(number_of(ids[i], values[GUARDS + i]) == filled_number(ids[i], filled));
		crew_check(subject_get(&subject, ids[i]) == filled_number(ids[i], filled));
	}
}

/* All filled keys and as many that are absent, in one batch. */
static void check_all(uint64_t filled)
{
	uint64_t ids[ROOM] = {0};

	for (uint64_t i = 0; i < 2 * filled; i++)
		ids[i] = i * 7 % (2 * filled); /* 7 divides no size used here */
	check_batch(ids, 2 * filled, filled);
}

/* ---- Lengths ------------------------------------------------------------ */

#define FILLED 300u

START_TEST(test_every_length_about_the_window)
{
	uint64_t random = test_random_stream(0), ids[ROOM];

	begin(_i);
	fill(FILLED);
	for (size_t n = 0; n <= 4 * NB_WINDOW + 1; n++) {
		for (size_t i = 0; i < n; i++)
			ids[i] = i;
		check_batch(ids, n, FILLED);
		for (size_t i = 0; i < n; i++)
			ids[i] = test_random(&random) % (2 * FILLED);
		check_batch(ids, n, FILLED);
	}
	for (size_t i = 0; i < ROOM; i++)
		ids[i] = test_random(&random) % (2 * FILLED);
	check_batch(ids, ROOM, FILLED);
	check_batch(ids, ROOM - 1, FILLED);
	finish();
}
END_TEST

START_TEST(test_no_keys_need_no_arrays)
{
	begin(_i);
	fill(3);
	if (subject.integer)
		nbmap_u64_get_batch(subject.integers, NULL, NULL, 0);
	else
		nbmap_get_batch(subject.objects, NULL, NULL, 0);
	finish();
}
END_TEST

START_TEST(test_an_empty_map_and_one_that_was_emptied)
{
	begin(_i);
	check_all(0);
	check_batch((const uint64_t[]){1, 2, 3}, 3, 0);
	fill(FILLED);
	ck_assert_int_eq(subject_clear(&subject), 0);
	for (uint64_t id = 0; id < 100; id++)
		check_batch(&id, 1, 0);
	fill(50);
	check_all(50);
	finish();
}
END_TEST

/* A key that is asked for several times is answered each time. */
START_TEST(test_the_same_key_again_and_again)
{
	uint64_t ids[3 * NB_WINDOW];

	begin(_i);
	fill(FILLED);
	for (uint64_t id = 0; id < 4; id++) {
		for (size_t i = 0; i < 3 * NB_WINDOW; i++)
			ids[i] = id;
		check_batch(ids, 3 * NB_WINDOW, FILLED);
		/* And with another key in one place. */
		for (size_t i = 0; i < 3 * NB_WINDOW; i++) {
			ids[i] = 100 + i;
			check_batch(ids, 3 * NB_WINDOW, FILLED);
			ids[i] = id;
		}
	}
	finish();
}
END_TEST

/* ---- Keys --------------------------------------------------------------- */

/* The integers whose words are those of an empty and of a closed slot. */
START_TEST(test_keys_that_live_aside)
{
	struct nbmap_config base = {.domain = domain, .flags = NBMAP_FIXED_SEED, .seed = 12345};
	uint64_t ids[40], aside[2];
	void *values[40];

	ck_assert_int_eq(subject_open(&subject, true, count, &base), 0);
	core = subject_core(&subject);
	subject_enter(&subject);
	fill(50);
	aside[0] = nb_integer_of_word(&core->keys, NB_KEY_EMPTY);
	aside[1] = nb_integer_of_word(&core->keys, NB_KEY_CLOSED);
	/* Absent, present, removed, present again; each of them in each place. */
	for (unsigned turn = 0; turn < 4; turn++) {
		void *expected[2];

		for (unsigned k = 0; k < 2; k++) {
			void *made = turn % 2 ? count_value(count, aside[k]) : NULL;

			if (made)
				ck_assert_int_eq(nbmap_u64_put(subject.integers, aside[k], made, NULL), 0);
			else if (turn)
				ck_assert_int_eq(nbmap_u64_del(subject.integers, aside[k], NULL), 0);
			expected[k] = made;
		}
		for (size_t at = 0; at < 40; at++) {
			for (size_t i = 0; i < 40; i++)
				ids[i] = i;
			ids[at] = aside[0];
			ids[39 - at] = aside[1];
			nbmap_u64_get_batch(subject.integers, ids, values, 40);
			for (size_t i = 0; i < 40; i++)
				if (i == 39 - at)
					crew_check(values[i] == expected[1]);
				else if (i == at)
					crew_check(values[i] == expected[0]);
				else
					crew_check(number_of(i, values[i]) == filled_number(i, 50));
		}
	}
	finish();
}
END_TEST

/* Integers as values: nobody owns them, and they are no addresses. */
START_TEST(test_integer_values)
{
	struct nbmap_config config = {.domain = domain};
	struct nbmap_u64 *map;
	uint64_t keys[100];
	void *values[100];

	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	nbmap_u64_enter(map);
	for (uint64_t i = 0; i < 100; i++) {
		keys[i] = i << 57 | i;
		if (i % 2)
			crew_check(!nbmap_u64_put(map, keys[i], nbmap_int(NBMAP_INT_MAX - i), NULL));
	}
	nbmap_u64_get_batch(map, keys, values, 100);
	for (uint64_t i = 0; i < 100; i++)
		crew_check(values[i] == (i % 2 ? nbmap_int(NBMAP_INT_MAX - i) : NULL));
	nbmap_u64_leave(map);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
}
END_TEST

/* Where every third key cannot be one: it is absent, and its neighbours are as they were. */
static void check_among_illegal(struct nbmap *map, const void *const *illegal, size_t kinds)
{
	const void *keys[3 * NB_WINDOW];
	void *values[3 * NB_WINDOW];

	for (size_t first = 0; first < 3; first++) {
		for (size_t i = 0; i < 3 * NB_WINDOW; i++)
			keys[i] = i % 3 == first ? illegal[i % kinds] : (const void *)(8 * (i + 1));
		nbmap_get_batch(map, keys, values, 3 * NB_WINDOW);
		for (size_t i = 0; i < 3 * NB_WINDOW; i++)
			crew_check(values[i] == (i % 3 == first ? NULL : nbmap_int(i)));
	}
	/* Nothing else. */
	for (size_t i = 0; i < 3 * NB_WINDOW; i++) {
		keys[i] = illegal[i % kinds];
		values[i] = UNTOUCHED;
	}
	nbmap_get_batch(map, keys, values, 3 * NB_WINDOW);
	for (size_t i = 0; i < 3 * NB_WINDOW; i++)
		crew_check(!values[i]);
}

START_TEST(test_keys_that_cannot_be_looked_for)
{
	static const void *const illegal_wide[] = {NULL, (const void *)1};
	/* The second may be looked for, but no map with tags can hold it. */
	static const void *const illegal[] = {NULL, (const void *)(UINT64_C(1) << 63 | 8)};
	struct nbmap_config config = {.type = nbmap_type_pointer(), .domain = domain};
	struct nbmap *map;

	config.flags = _i ? NBMAP_WIDE_KEYS : 0;
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	for (uintptr_t i = 0; i < 3 * NB_WINDOW; i++)
		crew_check(!nbmap_put(map, (const void *)(8 * (i + 1)), nbmap_int(i), NULL));
	check_among_illegal(map, _i ? illegal_wide : illegal, 2);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
END_TEST

/* All keys share one home line, one tag and one path. */
START_TEST(test_keys_of_one_hash)
{
	struct count_key object[3 * NB_WINDOW];
	struct nbmap_type type = count_type();
	struct nbmap_config config = {.type = &type, .arg = count, .domain = domain};
	const void *keys[3 * NB_WINDOW];
	void *values[3 * NB_WINDOW], *put[3 * NB_WINDOW];
	struct nbmap *map;

	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	for (size_t i = 0; i < 3 * NB_WINDOW; i++) {
		object[i] = count_key_hashed(i, 7);
		keys[i] = &object[i];
		put[i] = i % 4 ? count_value(count, i) : NULL;
		if (put[i])
			crew_check(!nbmap_put(map, keys[i], put[i], NULL));
	}
	nbmap_get_batch(map, keys, values, 3 * NB_WINDOW);
	crew_check(!memcmp(values, put, sizeof(put)));
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
END_TEST

/* ---- While tables are left ---------------------------------------------- */

#define MOVING 40u

static struct nb_table *last_table(void)
{
	return successor_last(core);
}

static struct nb_table *extend(void)
{
	return successor_add(core);
}

static void sweep_and_look(struct nb_table *table)
{
	int error;

	for (size_t block = 0; block < table->blocks; block++) {
		(void)nb_migrate_sweep(core, table, block, &error);
		check_all(MOVING);
	}
}

START_TEST(test_each_stage_of_a_migration)
{
	struct nb_table *first, *second, *top;

	begin(_i);
	fill(MOVING);
	ck_assert_int_eq(nb_migrate_finish(core, &first), 0);
	second = extend();
	check_all(MOVING);
	/* Every slot frozen, and none copied. */
	for (size_t slot = 0; slot < nb_table_capacity(first); slot++)
		nb_value_freeze(&first->line[slot / NB_LINE_SLOTS].value[slot % NB_LINE_SLOTS]);
	check_all(MOVING);
	sweep_and_look(first);
	/* The second table is left before the first is unlinked. */
	extend();
	sweep_and_look(second);
	ck_assert_int_eq(nb_migrate_finish(core, &top), 0);
	check_all(MOVING);
	ck_assert(nb_map_valid(core));
	finish();
}
END_TEST

/* A hash that, when it has been asked for so many keys, lets another thread change the map under the batch. */
static void (*meanwhile)(void);
static unsigned hashes_left;

static void change_map(void *arg)
{
	subject_enter(&subject);
	(*(void (**)(void))arg)();
	subject_leave(&subject);
}

static uint64_t hash_and_change(const void *key, uint64_t seed, void *arg)
{
	void (*change)(void) = meanwhile;

	if (change && !hashes_left--) {
		meanwhile = NULL;
		elsewhere(change_map, &change);
	}
	return count_type().hash(key, seed, arg);
}

static void clear_all(void)
{
	crew_check(!subject_clear(&subject));
}

static void migrate_twice(void)
{
	struct nb_table *top;

	extend();
	extend();
	crew_check(!nb_migrate_finish(core, &top));
}

/* Each key is got after it was hashed: no answer is older than that. */
START_TEST(test_a_change_in_the_midst)
{
	static void (*const changes[])(void) = {clear_all, migrate_twice};
	struct nbmap_type type = count_type();
	struct nbmap_allocator allocator = count_allocator(count);
	struct nbmap_config config = {.type = &type, .arg = count, .domain = domain, .allocator = &allocator};
	uint64_t ids[MOVING];
	void *values[MOVING];
	unsigned at = (unsigned)_i / 2;

	type.hash = hash_and_change;
	subject = (struct subject){.flavor = NBMAP_BP, .count = count};
	ck_assert_int_eq(nbmap_new(&subject.objects, &config), 0);
	core = subject_core(&subject);
	subject_enter(&subject);
	fill(MOVING);
	for (size_t i = 0; i < MOVING; i++)
		ids[i] = i;
	hashes_left = at;
	meanwhile = changes[_i % 2];
	get_batch(ids, values, MOVING);
	ck_assert(!meanwhile);
	for (size_t i = 0; i < MOVING; i++) {
		uint32_t number = number_of(i, values[i]);

		if (_i % 2 || i + NB_WINDOW < at)
			crew_check(number == filled_number(i, MOVING));
		else if (i >= at)
			crew_check(number == 0);
		else
			crew_check(number == 0 || number == filled_number(i, MOVING));
	}
	finish();
}
END_TEST

/* ---- What it leaves alone ----------------------------------------------- */

START_TEST(test_it_allocates_and_writes_nothing)
{
	struct nb_table *table;
	uint64_t ids[2 * MOVING];
	void *values[2 * MOVING], *before;
	size_t size;

	begin(_i);
	fill(MOVING);
	ck_assert_int_eq(nb_migrate_finish(core, &table), 0);
	extend();
	nb_value_freeze(&table->line[0].value[0]);
	size = table->lines * sizeof(struct nb_line);
	before = malloc(size);
	ck_assert_ptr_nonnull(before);
	memcpy(before, table->line, size);
	for (size_t i = 0; i < 2 * MOVING; i++)
		ids[i] = i;
	count_fail_from(count, COUNT_ALL, 1);
	get_batch(ids, values, 2 * MOVING);
	ck_assert_uint_eq(count_attempts(count), 0);
	count_fail_stop(count);
	ck_assert_int_eq(memcmp(before, table->line, size), 0);
	ck_assert_ptr_null(nb_load_relaxed(&last_table()->next));
	/* Nor the keys it is given. */
	for (size_t i = 0; i < 2 * MOVING; i++)
		ck_assert_uint_eq(ids[i], i);
	free(before);
	finish();
}
END_TEST

/* ---- Beside writers ----------------------------------------------------- */

#define WRITERS 2u
#define READERS 2u
#define SHARED (3 * NB_WINDOW / 2) /* keys, those of the writers in turn */

/* A key goes through steps 0, 1, 2, ...: at each third it is absent, else its number is the step. */
static struct shared {
	_Atomic uint32_t begun, done;
} shared[SHARED];

static _Atomic unsigned writing;

static void take_step(unsigned id)
{
	uint32_t step = shared[id].done + 1;

	shared[id].begun = step;
	if (step % 3)
		crew_check(!subject_put(&subject, id, step));
	else
		crew_check(!subject_del(&subject, id));
	shared[id].done = step;
}

static void write_shared(struct crew_member *member, unsigned steps)
{
	for (unsigned n = 0; n < steps; n++) {
		unsigned id = (unsigned)(test_random(&member->random) % (SHARED / WRITERS)) * WRITERS + member->index;
		uint64_t passing = 1000 + member->index * steps + n;

		subject_enter(&subject);
		take_step(id);
		/* Keys that come and go make the tables migrate. */
		crew_check(!subject_put(&subject, passing, 1));
		crew_check(!subject_del(&subject, passing));
		subject_leave(&subject);
	}
	atomic_fetch_sub(&writing, 1);
}

/* Whether the key, from step `from` to step `to`, was ever as it was found. */
static bool was_so(uint32_t number, uint32_t from, uint32_t to)
{
	return number ? number % 3 && from <= number && number <= to : to / 3 * 3 >= from;
}

static void read_shared(struct crew_member *member)
{
	uint64_t ids[2 * SHARED];
	uint32_t from[2 * SHARED];
	void *values[2 * SHARED];

	do {
		size_t n = 1 + test_random(&member->random) % (2 * SHARED);

		for (size_t i = 0; i < n; i++) {
			ids[i] = test_random(&member->random) % SHARED;
			from[i] = shared[ids[i]].done;
		}
		subject_enter(&subject);
		get_batch(ids, values, n);
		for (size_t i = 0; i < n; i++)
			crew_check(was_so(number_of(ids[i], values[i]), from[i], shared[ids[i]].begun));
		subject_leave(&subject);
	} while (writing);
}

static void read_or_write(struct crew_member *member)
{
	if (member->index < WRITERS)
		write_shared(member, *(unsigned *)member->arg);
	else
		read_shared(member);
}

START_TEST(test_answers_beside_writers)
{
	struct nbmap_stats stats;
	unsigned steps = 2000;

	memset(shared, 0, sizeof(shared));
	writing = WRITERS;
	/* The flavour's own domain: its thread frees what is displaced while it is read. */
	ck_assert_int_eq(subject_open(&subject, _i, count, NULL), 0);
	crew_run(NBMAP_BP, WRITERS + READERS, read_or_write, &steps);
	subject_enter(&subject);
	subject_stats(&subject, &stats);
	ck_assert_uint_gt(stats.migrations, 10);
	for (unsigned id = 0; id < SHARED; id++)
		ck_assert_uint_eq(subject_get(&subject, id), shared[id].done % 3 ? shared[id].done : 0);
	finish();
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

int main(void)
{
	Suite *suite = suite_create("batch");
	TCase *alone = test_group(suite, "alone", setup, teardown);
	TCase *threads = test_group(suite, "threads", setup, teardown);

	tcase_add_loop_test(alone, test_every_length_about_the_window, 0, KINDS);
	tcase_add_loop_test(alone, test_no_keys_need_no_arrays, 0, KINDS);
	tcase_add_loop_test(alone, test_an_empty_map_and_one_that_was_emptied, 0, KINDS);
	tcase_add_loop_test(alone, test_the_same_key_again_and_again, 0, KINDS);
	tcase_add_test(alone, test_keys_that_live_aside);
	tcase_add_test(alone, test_integer_values);
	tcase_add_loop_test(alone, test_keys_that_cannot_be_looked_for, 0, 2);
	tcase_add_test(alone, test_keys_of_one_hash);
	tcase_add_loop_test(alone, test_each_stage_of_a_migration, 0, KINDS);
	tcase_add_loop_test(alone, test_a_change_in_the_midst, 0, 2 * (int)MOVING);
	tcase_add_loop_test(alone, test_it_allocates_and_writes_nothing, 0, KINDS);
	tcase_add_loop_test(threads, test_answers_beside_writers, 0, KINDS);
	return test_run(suite);
}
