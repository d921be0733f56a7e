/*
 * scan: what a cycle promises, under everything that may go on beside it and
 * between its calls.
 *
 *   a key that has a value from the first call to the last is returned once
 *   a key that comes or goes meanwhile, at most once
 *   a cursor is plain data, and holds nothing
 *   what is removed on the way leaves the rest spread
 *
 * Keys below KEPT are never touched during a cycle, those from KEPT on are what its
 * surroundings play with.  A tally says how often each was returned.  Every test is
 * run for both kinds of key; between two calls the section ends and what is
 * retired is freed, so that address and memory checkers notice a cursor that
 * leads to what is gone.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "crew.h"
#include "flavor_thread.h"
#include "ground.h"
#include "run.h"
#include "seen.h"
#include "successor.h"
#include "unmix.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"

#define KINDS 2
#define KEPT 300
#define IDS 4000 /* all ids of a tally are below */

/* ---- The fixture: one map of the kind that the loop's turn says ---------- */

static struct nb_table *last_table(void)
{
	return successor_last(subject_core(&subject));
}

/* A migration, or one more behind those under way. */
static void migrate(void)
{
	ck_assert_int_eq(nb_migrate_start(subject_core(&subject), last_table()), 0);
}

static void finish_migrations(void)
{
	struct nb_table *top;

	ck_assert_int_eq(nb_migrate_finish(subject_core(&subject), &top), 0);
}

/* ---- Cycles and tallies ------------------------------------------------- */

struct tally {
	unsigned char seen[IDS];
	struct nbmap_cursor cursor;
	uint64_t cycle; /* the cursor's, at its beginning */
};

static void tally_begin(struct tally *tally)
{
	memset(tally, 0, sizeof(*tally));
}

/* One call; false if it ended the cycle.  No key may come twice. */
static bool tally_step(struct tally *tally, size_t n)
{
	uint64_t ids[SUBJECT_SCAN_MAX];
	uint32_t numbers[SUBJECT_SCAN_MAX];
	long found = subject_scan(&subject, &tally->cursor, ids, numbers, n);

	crew_check(found >= 0);
	for (long i = 0; i < found; i++) {
		crew_check(ids[i] < IDS);
		crew_check(!tally->seen[ids[i]]++);
		crew_check(ids[i] >= KEPT || numbers[i] == ids[i] + 1);
	}
	crew_check(tally->cursor.cycle - tally->cycle <= 1);
	return tally->cursor.cycle == tally->cycle;
}

/* To the end of the cycle, each call in a section of its own. */
static void tally_finish(struct tally *tally, size_t n)
{
	while (tally_step(tally, n))
		subject_settle(&subject);
}

static void assert_kept_seen(const struct tally *tally)
{
	seen_all(tally->seen, KEPT);
}

static unsigned others_seen(const struct tally *tally)
{
	return seen_from(tally->seen, KEPT, IDS);
}

/* ---- At rest ------------------------------------------------------------ */

static const size_t rooms[] = {1, 2, 3, 5, 16, 33, 512};

#define ROOMS (sizeof(rooms) / sizeof(*rooms))

START_TEST(test_scan_of_an_empty_map)
{
	struct tally tally;

	begin(_i);
	tally_begin(&tally);
	tally_finish(&tally, 16);
	ck_assert_uint_eq(others_seen(&tally), 0);
	put(1, 2);
	ck_assert_int_eq(subject_del(&subject, 1), 0);
	tally_begin(&tally);
	tally_finish(&tally, 1);
	ck_assert_uint_eq(tally.seen[1], 0);
	finish();
}
END_TEST

START_TEST(test_cycle_returns_every_entry_once)
{
	struct tally tally;

	begin(_i % KINDS);
	subject_put_range(&subject, 0, IDS);
	for (uint64_t id = KEPT; id < IDS; id += 2)
		crew_check(!subject_del(&subject, id));
	tally_begin(&tally);
	tally_finish(&tally, rooms[_i / KINDS]);
	assert_kept_seen(&tally);
	ck_assert_uint_eq(others_seen(&tally), (IDS - KEPT) / 2);
	for (uint64_t id = KEPT; id < IDS; id += 2)
		ck_assert_uint_eq(tally.seen[id], 0);
	finish();
}
END_TEST

START_TEST(test_cycles_follow_one_another)
{
	struct tally tally;

	begin(_i);
	subject_put_range(&subject, 0, KEPT + 100);
	tally_begin(&tally);
	for (uint64_t cycle = 0; cycle < 5; cycle++) {
		memset(tally.seen, 0, sizeof(tally.seen));
		tally.cycle = cycle;
		tally_finish(&tally, 7 + 20 * cycle);
		ck_assert_uint_eq(tally.cursor.cycle, cycle + 1);
		assert_kept_seen(&tally);
		ck_assert_uint_eq(others_seen(&tally), 100);
	}
	finish();
}
END_TEST

/* A copy goes on by itself, from where it was taken. */
START_TEST(test_a_copied_cursor_goes_on_by_itself)
{
	struct tally one, two;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&one);
	for (unsigned step = 0; step < KEPT / 16; step++)
		ck_assert(tally_step(&one, 8));
	two = one;
	tally_finish(&one, 8);
	tally_finish(&two, 11);
	assert_kept_seen(&one);
	assert_kept_seen(&two);
	finish();
}
END_TEST

static void step_elsewhere(void *arg)
{
	struct tally *tally = arg;

	subject_enter(&subject);
	(void)tally_step(tally, 9);
	subject_leave(&subject);
}

/* Each call in another thread. */
START_TEST(test_a_cursor_is_handed_from_thread_to_thread)
{
	struct tally tally;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	subject_leave(&subject);
	while (!tally.cursor.cycle)
		elsewhere(step_elsewhere, &tally);
	subject_enter(&subject);
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* The bytes of all tables, one after the other. */
static unsigned char *picture(size_t *size)
{
	unsigned char *bytes = NULL;

	*size = 0;
	for (struct nb_table *table = nb_load_acquire(&subject_core(&subject)->top); table;
	     table = nb_load_acquire(&table->next)) {
		bytes = realloc(bytes, *size + table->bytes);
		ck_assert_ptr_nonnull(bytes);
		memcpy(bytes + *size, table, table->bytes);
		*size += table->bytes;
	}
	return bytes;
}

START_TEST(test_scan_of_moved_slots_writes_nothing)
{
	unsigned char *before, *after;
	struct nb_table *table;
	struct tally tally;
	size_t size;

	begin(_i);
	subject_put_range(&subject, 0, IDS);
	finish_migrations();
	table = last_table();
	migrate();
	migrate();
	/* A word of flags is full, and the next one is not. */
	ck_assert_uint_gt(table->blocks, 65);
	for (size_t block = 0; block < 65; block++)
		ck_assert(nb_migrate_sweep(subject_core(&subject), table, block, &(int){0}));
	before = picture(&size);
	tally_begin(&tally);
	while (tally_step(&tally, 10))
		continue;
	after = picture(&size);
	ck_assert(memcmp(before, after, size) == 0);
	assert_kept_seen(&tally);
	free(before);
	free(after);
	finish();
}
END_TEST

START_TEST(test_scan_writes_nothing)
{
	struct tally tally;
	uint64_t made;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	migrate();
	subject_put_range(&subject, KEPT, KEPT + 5);
	made = count_made(ground_count, COUNT_ALL);
	count_fail_from(ground_count, COUNT_ALL, 1);
	tally_begin(&tally);
	while (tally_step(&tally, 10))
		continue;
	ck_assert_uint_eq(count_fail_stop(ground_count), 0);
	ck_assert_uint_eq(count_made(ground_count, COUNT_ALL), made);
	/* It has not helped the migration either. */
	ck_assert_uint_gt(stats().tables, 1);
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* What a call reads is bounded, also where there is nothing to return. */
START_TEST(test_a_call_reads_a_part_of_a_large_empty_table)
{
	const size_t n = 4;
	struct tally tally;
	unsigned calls = 1;
	size_t lines;

	begin_with(_i, (struct nbmap_config){.capacity = 40000});
	lines = stats().capacity / NB_LINE_SLOTS;
	tally_begin(&tally);
	for (; tally_step(&tally, n); calls++)
		continue;
	/* Each reads what the header says, and at most a stretch and a line more. */
	ck_assert_uint_ge(calls, lines / (2 * n + 8 + 9));
	finish();
}
END_TEST

/* ---- Errors ------------------------------------------------------------- */

START_TEST(test_no_room_and_no_cursor)
{
	struct nbmap_cursor cursor = {0}, before;
	uint32_t number;
	uint64_t id;

	begin(_i);
	put(1, 1);
	ck_assert_int_eq(subject_scan(&subject, &cursor, &id, &number, 0), -EINVAL);
	ck_assert_int_eq(subject_scan(&subject, NULL, &id, &number, 1), -EINVAL);
	memset(&cursor, 0xff, sizeof(cursor));
	before = cursor;
	ck_assert_int_eq(subject_scan(&subject, &cursor, &id, &number, 1), -EINVAL);
	ck_assert_mem_eq(&cursor, &before, sizeof(cursor));
	finish();
}
END_TEST

/* ---- Crowds ------------------------------------------------------------- */

#define CROWD 40u

/* A key whose hash is `hash`. */
static void put_hashed(uint64_t id, uint64_t hash)
{
	struct count_key key = count_key_hashed(id, unmix64(hash) ^ subject_core(&subject)->keys.seed);

	ck_assert_int_eq(nbmap_put(subject.objects, &key, count_value(ground_count, id << 32 | (id + 1)), NULL), 0);
}

/* Keys of one hash come all with one call, or, if there is no room, -E2BIG. */
START_TEST(test_keys_of_one_hash_come_together)
{
	static const uint64_t hashes[] = {0, 1, UINT64_C(0x123456789abcdef0), UINT64_MAX};
	uint64_t ids[SUBJECT_SCAN_MAX], seen[CROWD] = {0};
	uint32_t numbers[SUBJECT_SCAN_MAX];
	struct nbmap_cursor cursor = {0}, before;
	long found;

	begin(0);
	for (unsigned id = 0; id < CROWD; id++)
		put_hashed(id, hashes[_i]);
	while ((found = subject_scan(&subject, &cursor, ids, numbers, CROWD - 1)) == 0)
		ck_assert_uint_eq(cursor.cycle, 0);
	ck_assert_int_eq(found, -E2BIG);
	/* Nothing moves. */
	before = cursor;
	ck_assert_int_eq(subject_scan(&subject, &cursor, ids, numbers, CROWD - 1), -E2BIG);
	ck_assert_mem_eq(&cursor, &before, sizeof(cursor));
	while (!cursor.cycle) {
		found = subject_scan(&subject, &cursor, ids, numbers, CROWD);
		ck_assert_int_ge(found, 0);
		for (long i = 0; i < found; i++)
			seen[ids[i]]++;
	}
	for (unsigned id = 0; id < CROWD; id++)
		ck_assert_uint_eq(seen[id], 1);
	finish();
}
END_TEST

/* Hashes that differ in their lowest bits only: one home line, and yet one by one. */
START_TEST(test_keys_of_neighbouring_hashes_come_one_by_one)
{
	static const uint64_t hashes[] = {0, UINT64_C(0x8000000000000000) - CROWD / 2, UINT64_MAX - CROWD + 1};
	struct tally tally;

	begin(0);
	for (unsigned id = 0; id < CROWD; id++)
		put_hashed(id, hashes[_i] + id);
	tally_begin(&tally);
	tally_finish(&tally, 1);
	for (unsigned id = 0; id < CROWD; id++)
		ck_assert_uint_eq(tally.seen[id], 1);
	finish();
}
END_TEST

/* All are at home in the last line: what has no room there stands from line 0 on. */
START_TEST(test_keys_that_stand_around_the_end)
{
	struct tally tally;
	struct nb_table *top;
	unsigned around = 0;

	begin(0);
	for (unsigned id = 0; id < CROWD; id++)
		put_hashed(id, UINT64_MAX - (uint64_t)id * 1000);
	finish_migrations();
	top = last_table();
	for (unsigned i = 0; i < NB_LINE_SLOTS; i++)
		around += nb_load_relaxed(&top->line[0].key[i]) > NB_KEY_CLOSED;
	ck_assert_uint_gt(around, 0);
	tally_begin(&tally);
	tally_finish(&tally, rooms[_i]);
	for (unsigned id = 0; id < CROWD; id++)
		ck_assert_uint_eq(tally.seen[id], 1);
	finish();
}
END_TEST

/* The two integers that have no slot are at home at hashes 0 and 1. */
START_TEST(test_keys_that_have_no_slot)
{
	const struct nb_keys *keys;
	uint64_t aside[2], seen[3] = {0};

	begin(1);
	keys = &subject_core(&subject)->keys;
	for (unsigned i = 0; i < 2; i++) {
		aside[i] = nb_integer_of_word(keys, i);
		ck_assert_int_eq(nbmap_u64_put(subject.integers, aside[i], count_value(ground_count, i), NULL), 0);
	}
	/* And their neighbour, which has one. */
	ck_assert_int_eq(
		nbmap_u64_put(subject.integers, nb_integer_of_word(keys, 2), count_value(ground_count, 2), NULL), 0);
	for (unsigned cycle = 0; cycle < 2; cycle++) {
		struct nbmap_cursor cursor = {0};
		struct nbmap_u64_entry entry;

		while (!cursor.cycle)
			if (nbmap_u64_scan(subject.integers, &cursor, &entry, 1)) {
				ck_assert_uint_eq(entry.key, nb_integer_of_word(keys, count_number(entry.value)));
				seen[count_number(entry.value)]++;
			}
		ck_assert_uint_eq(seen[0], 1);
		ck_assert_uint_eq(seen[1], 1 + cycle);
		ck_assert_uint_eq(seen[2], 1 + cycle);
		/* Removed: not returned any more. */
		(void)nbmap_u64_del(subject.integers, aside[0], NULL);
	}
	finish();
}
END_TEST

/* ---- Migrations and clears between the calls ----------------------------- */

/* Keys that went straight to the second table, or the third. */
START_TEST(test_scan_of_nested_migrations_under_way)
{
	struct tally tally;

	begin(_i);
	subject_put_range(&subject, 0, KEPT - 20);
	for (uint64_t id = KEPT - 20; id < KEPT; id++) {
		if (id % 5 == 0)
			migrate();
		put(id, (uint32_t)id + 1);
	}
	ck_assert_uint_gt(stats().tables, 1);
	for (unsigned room = 0; room < ROOMS; room++) {
		tally_begin(&tally);
		while (tally_step(&tally, rooms[room]))
			continue;
		assert_kept_seen(&tally);
	}
	finish();
}
END_TEST

/* Up and down, whole migrations and halves, a clear aside: whatever there is
 * between two calls. */
START_TEST(test_scan_across_growth_and_shrinking)
{
	const uint64_t most = test_rounds(IDS, 1200);
	uint64_t random = test_random_stream(2 + (uint64_t)_i), migrations, others = KEPT;
	struct tally tally;

	begin(_i % KINDS);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	migrations = stats().migrations;
	while (tally_step(&tally, rooms[_i / KINDS])) {
		uint64_t r = test_random(&random);

		if (r % 8 == 0)
			migrate();
		if (r % 8 == 1)
			finish_migrations();
		if (r % 8 == 2) /* up */
			for (uint64_t end = others + (r >> 8) % (most - others); others < end; others++)
				put(others, 1);
		if (r % 8 == 3) /* and down */
			for (uint64_t end = others - (r >> 8) % (others - KEPT + 1); others > end; others--)
				(void)subject_del(&subject, others - 1);
		if (r % 8 == 4)
			subject_settle(&subject);
	}
	assert_kept_seen(&tally);
	if (rooms[_i / KINDS] < 10)
		ck_assert_uint_gt(stats().migrations, migrations + 2);
	finish();
}
END_TEST

/* Every state a slot can be left in by a copier that stopped, by hand. */
START_TEST(test_scan_over_frozen_slots)
{
	struct nb_map *core;
	struct nb_table *table;
	struct tally tally;

	begin(_i % KINDS);
	core = subject_core(&subject);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	ck_assert(tally_step(&tally, 16));
	finish_migrations();
	table = last_table();
	migrate();
	for (size_t slot = 0; slot < nb_table_capacity(table); slot++) {
		struct nb_place place = nb_place_at(table, slot);

		if (nb_load_relaxed(nb_place_key(place)) <= NB_KEY_CLOSED)
			continue;
		if (slot % 3 == 0)
			nb_value_freeze(nb_place_value(place)); /* and not moved */
		else if (slot % 3 == 1)
			ck_assert_int_eq(nb_migrate_copy(core, table, place), 0);
		if (slot == nb_table_capacity(table) / 2)
			migrate();
	}
	while (tally_step(&tally, rooms[_i / KINDS]))
		continue;
	assert_kept_seen(&tally);
	finish();
}
END_TEST

START_TEST(test_scan_across_a_clear)
{
	struct tally tally;

	begin(_i);
	subject_put_range(&subject, KEPT, KEPT + 200);
	tally_begin(&tally);
	ck_assert(tally_step(&tally, 20));
	migrate();
	ck_assert_int_eq(subject_clear(&subject), 0);
	subject_settle(&subject);
	/* The same keys once more, and others: none may come twice. */
	subject_put_range(&subject, KEPT, KEPT + 100);
	tally_finish(&tally, 20);
	/* What was put back and had not come yet has come, of the others nothing. */
	for (uint64_t id = KEPT + 100; id < KEPT + 200; id++)
		ck_assert_int_eq(subject_get(&subject, id), 0);
	tally_begin(&tally);
	tally_finish(&tally, 20);
	ck_assert_uint_eq(others_seen(&tally), 100);
	finish();
}
END_TEST

/* ---- Keys that come and go ---------------------------------------------- */

/* Removed and added again, over and over: at most once (tally_step() checks). */
START_TEST(test_keys_that_come_and_go_are_returned_at_most_once)
{
	uint64_t random = test_random_stream(1);
	struct tally tally;

	begin(_i % KINDS);
	subject_put_range(&subject, 0, KEPT + 50);
	tally_begin(&tally);
	do {
		for (unsigned i = 0; i < 20; i++) {
			uint64_t id = KEPT + test_random(&random) % 50;

			if (test_random(&random) % 2)
				put(id, 1);
			else
				(void)subject_del(&subject, id);
		}
		if (test_random(&random) % 16 == 0)
			migrate();
	} while (tally_step(&tally, rooms[_i / KINDS]));
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* The value is the one that the key has then. */
START_TEST(test_overwritten_keys_are_returned_with_their_present_value)
{
	uint32_t numbers[SUBJECT_SCAN_MAX], round = 1;
	uint64_t ids[SUBJECT_SCAN_MAX];
	struct nbmap_cursor cursor = {0};
	unsigned seen = 0;

	begin(_i);
	while (!cursor.cycle) {
		long found;

		for (uint64_t id = 0; id < 200; id++)
			put(id, round);
		if (round % 5 == 0)
			migrate();
		found = subject_scan(&subject, &cursor, ids, numbers, 6);
		ck_assert_int_ge(found, 0);
		for (long i = 0; i < found; i++, seen++)
			ck_assert_uint_eq(numbers[i], round);
		round++;
	}
	ck_assert_uint_eq(seen, 200);
	finish();
}
END_TEST

/* ---- Removal on the way ------------------------------------------------- */

START_TEST(test_scan_that_removes_what_it_returns)
{
	uint32_t numbers[SUBJECT_SCAN_MAX];
	uint64_t ids[SUBJECT_SCAN_MAX];
	struct nbmap_cursor cursor = {0};
	unsigned seen = 0;

	begin(_i);
	subject_put_range(&subject, 0, 3000);
	while (!cursor.cycle) {
		long found = subject_scan(&subject, &cursor, ids, numbers, 50);

		ck_assert_int_ge(found, 0);
		for (long i = 0; i < found; i++, seen++)
			crew_check(!subject_del(&subject, ids[i]));
		subject_settle(&subject);
	}
	ck_assert_uint_eq(seen, 3000);
	ck_assert_uint_eq(subject_size(&subject), 0);
	finish();
}
END_TEST

/* The lines that a probe for a key that is not there reads, on average of all
 * homes: one more than the full lines from there on. */
static double lines_of_a_miss(void)
{
	struct nb_table *table;
	uint64_t sum = 0, run = 0;

	finish_migrations();
	table = last_table();
	/* Twice around, backwards: the first time is for what lies around the end. */
	for (size_t n = 2 * table->lines; n--;) {
		bool full = nb_load_relaxed(&table->line[n % table->lines].key[NB_LINE_SLOTS - 1]) > NB_KEY_CLOSED;

		run = full ? run + 1 : 0;
		if (n < table->lines)
			sum += run + 1;
	}
	return (double)sum / (double)table->lines;
}

/* Remove all but one of `keep` parts of the `all` keys, in the order of the cursor. */
static void remove_most(struct nbmap_cursor *cursor, uint64_t all, unsigned keep, double most)
{
	uint32_t numbers[SUBJECT_SCAN_MAX];
	uint64_t ids[SUBJECT_SCAN_MAX], left = all;

	while (left > all / keep) {
		long found = subject_scan(&subject, cursor, ids, numbers, 100);

		ck_assert_uint_eq(cursor->cycle, 0);
		for (long i = 0; i < found; i++, left--)
			crew_check(!subject_del(&subject, ids[i]));
		if (left % 8 == 0)
			subject_settle(&subject);
	}
	ck_assert_double_lt(lines_of_a_miss(), most);
}

/* An evenly used table has 3.8 at its limit; in the order of the hash thousands
 * are read. */
START_TEST(test_removal_on_the_way_leaves_the_rest_spread)
{
	const uint64_t all = test_rounds(100000, 5000);
	struct nbmap_cursor cursor = {0};

	begin(_i);
	subject_put_range(&subject, 0, all);
	remove_most(&cursor, all, 16, 8);
	finish();
}
END_TEST

/* Also in a cycle that began when the map was small.  (What has come since to the
 * hashes that it had passed then is not returned, and stays where it is: here less
 * than a thousandth.) */
START_TEST(test_removal_by_a_cursor_from_a_small_map_leaves_the_rest_spread)
{
	const uint64_t all = test_rounds(100000, 5000);
	struct nbmap_cursor cursor = {0};
	uint32_t number;
	uint64_t id;

	begin(_i);
	subject_put_range(&subject, 0, 2000);
	ck_assert_int_ge(subject_scan(&subject, &cursor, &id, &number, 1), 0);
	subject_put_range(&subject, 2000, all);
	remove_most(&cursor, all, 16, 8);
	finish();
}
END_TEST

/* ---- Samples ------------------------------------------------------------ */

static unsigned chosen[KEPT];

/* Of a new map, under a seed of its own; returns how many came. */
static unsigned take_samples(int kind, uint64_t rounds, uint64_t *random)
{
	unsigned samples = 0;

	begin(kind);
	subject_put_range(&subject, 0, KEPT);
	for (uint64_t round = 0; round < rounds; round++) {
		struct nbmap_cursor cursor = nbmap_cursor_at(test_random(random));
		uint32_t numbers[32];
		uint64_t ids[32];
		long found = subject_scan(&subject, &cursor, ids, numbers, 32);

		ck_assert_int_ge(found, 0);
		for (long i = 0; i < found; i++)
			chosen[ids[i]]++;
		samples += (unsigned)found;
	}
	finish();
	return samples;
}

/* Each key is about as likely as any other: none comes less than a third as often as
 * the average, or more than three times.  Over several maps: in one, a key with many
 * others close before it may come less often. */
START_TEST(test_samples_have_all_keys_alike)
{
	const unsigned maps = 25;
	const uint64_t rounds = test_rounds(50000, 5000) / maps;
	uint64_t random = test_random_stream(3);
	unsigned samples = 0;

	memset(chosen, 0, sizeof(chosen));
	for (unsigned map = 0; map < maps; map++)
		samples += take_samples(_i, rounds, &random);
	for (uint64_t id = 0; id < KEPT; id++) {
		ck_assert_uint_gt(chosen[id], samples / KEPT / 3);
		ck_assert_uint_lt(chosen[id], samples / KEPT * 3);
	}
}
END_TEST

/* A cycle from a random position is whole. */
START_TEST(test_a_cycle_may_begin_anywhere)
{
	uint64_t random = test_random_stream(4);

	begin(_i % KINDS);
	subject_put_range(&subject, 0, KEPT + 50);
	for (unsigned round = 0; round < 30; round++) {
		struct tally tally;

		tally_begin(&tally);
		tally.cursor = nbmap_cursor_at(test_random(&random));
		if (tally_step(&tally, rooms[_i / KINDS])) {
			if (round % 2)
				migrate();
			tally_finish(&tally, rooms[_i / KINDS]);
		}
		assert_kept_seen(&tally);
		ck_assert_uint_eq(others_seen(&tally), 50);
	}
	finish();
}
END_TEST

/* ---- Beside other threads ------------------------------------------------ */

#define CYCLES 12

static void scan_and_check(struct crew_member *member)
{
	struct tally *tally = malloc(sizeof(*tally));

	crew_check(tally != NULL);
	tally_begin(tally);
	for (unsigned i = 0; i < CYCLES; i++) {
		bool more = true;

		memset(tally->seen, 0, sizeof(tally->seen));
		tally->cycle = i;
		while (more) {
			subject_enter(&subject);
			more = tally_step(tally, 1 + test_random(&member->random) % 64);
			subject_leave(&subject);
		}
		for (uint64_t id = 0; id < KEPT; id++)
			crew_check(tally->seen[id] == 1);
	}
	free(tally);
}

/* Of every flavour and kind. */
START_TEST(test_scans_beside_writers)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / KINDS);
	struct nbmap_config base = {.flavor = flavor};

	flavor_register(flavor);
	ck_assert_int_eq(subject_open(&subject, _i % KINDS, ground_count, &base), 0);
	subject_enter(&subject);
	subject_put_range(&subject, 0, KEPT);
	subject_leave(&subject);
	beside_run(&(struct beside){&subject, KEPT, .lookers = 3, .writers = 5, .look = scan_and_check});
	ck_assert_int_eq(subject_close(&subject), 0);
	flavor_unregister(flavor);
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

static void add_alone(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_scan_of_an_empty_map, 0, KINDS);
	tcase_add_loop_test(tcase, test_cycle_returns_every_entry_once, 0, KINDS * ROOMS);
	tcase_add_loop_test(tcase, test_cycles_follow_one_another, 0, KINDS);
	tcase_add_loop_test(tcase, test_a_copied_cursor_goes_on_by_itself, 0, KINDS);
	tcase_add_loop_test(tcase, test_a_cursor_is_handed_from_thread_to_thread, 0, KINDS);
	tcase_add_loop_test(tcase, test_scan_writes_nothing, 0, KINDS);
	tcase_add_loop_test(tcase, test_scan_of_moved_slots_writes_nothing, 0, KINDS);
	tcase_add_loop_test(tcase, test_a_call_reads_a_part_of_a_large_empty_table, 0, KINDS);
	tcase_add_loop_test(tcase, test_no_room_and_no_cursor, 0, KINDS);
	tcase_add_loop_test(tcase, test_keys_of_one_hash_come_together, 0, 4);
	tcase_add_loop_test(tcase, test_keys_of_neighbouring_hashes_come_one_by_one, 0, 3);
	tcase_add_loop_test(tcase, test_keys_that_stand_around_the_end, 0, ROOMS);
	tcase_add_test(tcase, test_keys_that_have_no_slot);
}

static void add_beside(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_scan_of_nested_migrations_under_way, 0, KINDS);
	tcase_add_loop_test(tcase, test_scan_across_growth_and_shrinking, 0, KINDS * ROOMS);
	tcase_add_loop_test(tcase, test_scan_over_frozen_slots, 0, KINDS * ROOMS);
	tcase_add_loop_test(tcase, test_scan_across_a_clear, 0, KINDS);
	tcase_add_loop_test(tcase, test_keys_that_come_and_go_are_returned_at_most_once, 0, KINDS * ROOMS);
	tcase_add_loop_test(tcase, test_overwritten_keys_are_returned_with_their_present_value, 0, KINDS);
	tcase_add_loop_test(tcase, test_scan_that_removes_what_it_returns, 0, KINDS);
	tcase_add_loop_test(tcase, test_removal_on_the_way_leaves_the_rest_spread, 0, KINDS);
	tcase_add_loop_test(tcase, test_removal_by_a_cursor_from_a_small_map_leaves_the_rest_spread, 0, KINDS);
	tcase_add_loop_test(tcase, test_samples_have_all_keys_alike, 0, KINDS);
	tcase_add_loop_test(tcase, test_a_cycle_may_begin_anywhere, 0, KINDS * ROOMS);
	tcase_add_loop_test(tcase, test_scans_beside_writers, 0, KINDS * FLAVORS);
}

int main(void)
{
	Suite *suite = suite_create("scan");
	TCase *tcase = tcase_create("scan");

	tcase_add_checked_fixture(tcase, ground_setup, ground_teardown);
	tcase_set_timeout(tcase, 120);
	add_alone(tcase);
	add_beside(tcase);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
