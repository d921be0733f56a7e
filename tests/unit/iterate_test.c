/*
 * iterate: what a walk promises, under everything that may go on beside it.
 *
 *   a key that has a value from init to the end is seen exactly once
 *   a key that comes or goes meanwhile is seen at most once
 *   after a clear the walk goes on through what was cleared
 *
 * Keys below KEPT are never touched during a walk, those from KEPT on are
 * what the walk's surroundings play with.  A tally says how often each was
 * seen.  Every test is run for both kinds of key, within one section, so that
 * a walk may outlive the table it began in and address and memory checkers
 * notice if the section did not hold that table.
 */
#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "beside.h"
#include "crew.h"
#include "ground.h"
#include "run.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "seen.h"

#define KINDS 2
#define KEPT 300
#define IDS 4000 /* all ids are below */

/* ---- Walks and tallies -------------------------------------------------- */

struct tally {
	unsigned char seen[IDS];
	struct nbmap_iter iter;
};

static void tally_begin(struct tally *tally)
{
	memset(tally->seen, 0, sizeof(tally->seen));
	ck_assert_int_eq(subject_walk(&subject, &tally->iter), 0);
}

/* Take up to `steps` of the walk; false at its end.  No key may come twice. */
static bool tally_step(struct tally *tally, unsigned steps)
{
	uint64_t id;
	uint32_t number;

	while (steps--) {
		if (!subject_next(&subject, &tally->iter, &id, &number))
			return false;
		crew_check(id < IDS);
		crew_check(!tally->seen[id]++);
		crew_check(id >= KEPT || number == id + 1);
	}
	return true;
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

START_TEST(test_walk_of_an_empty_map)
{
	struct tally tally;

	begin(_i);
	tally_begin(&tally);
	ck_assert(!tally_step(&tally, 1));
	/* The end stays the end. */
	ck_assert(!tally_step(&tally, 1));
	put(1, 2);
	ck_assert_int_eq(subject_del(&subject, 1), 0);
	tally_begin(&tally);
	ck_assert(!tally_step(&tally, 1));
	finish();
}
END_TEST

START_TEST(test_walk_sees_every_entry_once)
{
	struct tally tally;

	begin(_i);
	subject_put_range(&subject, 0, IDS);
	for (uint64_t id = KEPT; id < IDS; id += 2)
		crew_check(!subject_del(&subject, id));
	tally_begin(&tally);
	ck_assert(!tally_step(&tally, IDS));
	assert_kept_seen(&tally);
	ck_assert_uint_eq(others_seen(&tally), (IDS - KEPT) / 2);
	for (uint64_t id = KEPT; id < IDS; id += 2)
		ck_assert_uint_eq(tally.seen[id], 0);
	finish();
}
END_TEST

START_TEST(test_walk_given_up_owes_nothing)
{
	struct tally tally;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	ck_assert(tally_step(&tally, 3));
	finish();
}
END_TEST

START_TEST(test_several_walks_at_once)
{
	struct tally one, two;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&one);
	ck_assert(tally_step(&one, KEPT / 2));
	tally_begin(&two);
	while (tally_step(&two, 1))
		(void)tally_step(&one, 2);
	(void)tally_step(&one, IDS);
	assert_kept_seen(&one);
	assert_kept_seen(&two);
	finish();
}
END_TEST

/* A copy of an iterator is a walk of its own. */
START_TEST(test_a_copied_walk_goes_on_by_itself)
{
	struct tally one, two;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&one);
	ck_assert(tally_step(&one, KEPT / 2));
	two = one;
	ck_assert(!tally_step(&one, IDS));
	ck_assert(!tally_step(&two, IDS));
	assert_kept_seen(&one);
	assert_kept_seen(&two);
	finish();
}
END_TEST

/* ---- Under migration ---------------------------------------------------- */

/* init finishes a migration under way: keys that went straight to the next
 * table would be missed otherwise. */
START_TEST(test_walk_begun_during_a_migration)
{
	struct nb_map *core;
	struct tally tally;

	begin(_i);
	core = subject_core(&subject);
	subject_put_range(&subject, 0, KEPT / 2);
	ck_assert_int_eq(nb_migrate_start(core, nb_load_acquire(&core->top)), 0);
	subject_put_range(&subject, KEPT / 2, KEPT / 2 + 4);
	ck_assert_uint_gt(stats().tables, 1);
	tally_begin(&tally);
	ck_assert_uint_eq(stats().tables, 1);
	(void)tally_step(&tally, IDS);
	for (uint64_t id = 0; id < KEPT / 2 + 4; id++)
		ck_assert_uint_eq(tally.seen[id], 1);
	finish();
}
END_TEST

/* Also one of several tables, each being left for the next. */
START_TEST(test_walk_begun_during_nested_migrations)
{
	struct nb_map *core;
	struct nb_table *last;
	struct tally tally;

	begin(_i);
	core = subject_core(&subject);
	subject_put_range(&subject, 0, KEPT - 20);
	last = nb_load_acquire(&core->top);
	for (uint64_t id = KEPT - 20; id < KEPT; id++) {
		while (nb_load_acquire(&last->next))
			last = nb_load_acquire(&last->next);
		if (id % 5 == 0)
			ck_assert_int_eq(nb_migrate_start(core, last), 0);
		put(id, (uint32_t)id + 1);
	}
	ck_assert_uint_gt(stats().tables, 1);
	tally_begin(&tally);
	ck_assert_uint_eq(stats().tables, 1);
	ck_assert(!tally_step(&tally, IDS));
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* The table walked is left, swept, promoted away and retired, and so is the
 * next, while the walk goes on. */
START_TEST(test_walk_across_migrations_and_promotions)
{
	struct tally tally;
	uint64_t id = KEPT, migrations;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	migrations = stats().migrations;
	while (tally_step(&tally, 1))
		for (unsigned i = 0; i < 10 && id < IDS; i++, id++)
			put(id, 1);
	ck_assert_uint_ge(stats().migrations - migrations, 2);
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* Every state a slot can be left in by a copier that stopped, by hand. */
START_TEST(test_walk_over_frozen_slots)
{
	struct nb_map *core;
	struct nb_table *table;
	struct tally tally;

	begin(_i);
	core = subject_core(&subject);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	ck_assert(tally_step(&tally, KEPT / 4));
	table = nb_load_acquire(&core->top);
	ck_assert_int_eq(nb_migrate_start(core, table), 0);
	for (size_t slot = 0; slot < nb_table_capacity(table); slot++) {
		struct nb_place place = {&table->line[slot / NB_LINE_SLOTS], (unsigned)(slot % NB_LINE_SLOTS)};

		if (nb_load_relaxed(nb_place_key(place)) <= NB_KEY_CLOSED)
			continue;
		if (slot % 3 == 0)
			nb_value_freeze(nb_place_value(place)); /* and not moved */
		else if (slot % 3 == 1)
			ck_assert_int_eq(nb_migrate_copy(core, table, place), 0);
	}
	(void)tally_step(&tally, IDS);
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* ---- Beside removals, insertions, overwriting ---------------------------- */

/* Removed before the walk comes to it: not seen.  Removed after: seen once. */
START_TEST(test_keys_removed_ahead_of_the_walk_are_not_seen)
{
	struct tally tally;
	unsigned removed = 0;

	begin(_i);
	subject_put_range(&subject, 0, IDS / 2);
	tally_begin(&tally);
	ck_assert(tally_step(&tally, IDS / 8));
	for (uint64_t id = KEPT; id < IDS / 2; id++) {
		removed += !tally.seen[id];
		crew_check(!subject_del(&subject, id));
	}
	ck_assert_uint_gt(removed, 0);
	ck_assert(!tally_step(&tally, IDS));
	assert_kept_seen(&tally);
	ck_assert_uint_eq(others_seen(&tally), IDS / 2 - KEPT - removed);
	finish();
}
END_TEST

/* Removed and added again, over and over: at most once (tally_step() checks). */
START_TEST(test_keys_that_come_and_go_are_seen_at_most_once)
{
	struct tally tally;
	uint64_t random = test_random_stream(1);

	begin(_i);
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
	} while (tally_step(&tally, 1));
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* A value seen is one the key had during the walk. */
START_TEST(test_overwritten_keys_are_seen_with_a_value_of_the_time)
{
	uint32_t latest[IDS] = {0}, number;
	unsigned seen = 0, round = 1;
	struct nbmap_iter iter;
	uint64_t id;

	begin(_i);
	for (id = 0; id < 200; id++)
		put(id, latest[id] = 1);
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	while (subject_next(&subject, &iter, &id, &number)) {
		/* Nobody writes between the step and this look. */
		ck_assert_uint_eq(number, latest[id]);
		seen++;
		round++;
		for (id = 0; id < 200; id++)
			put(id, latest[id] = round);
	}
	ck_assert_uint_eq(seen, 200);
	finish();
}
END_TEST

/* ---- A walk that changes the map it walks -------------------------------- */

START_TEST(test_walk_that_removes_what_it_sees)
{
	struct nbmap_iter iter;
	unsigned seen = 0;
	uint32_t number;
	uint64_t id;

	begin(_i);
	subject_put_range(&subject, 0, 1000);
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	for (; subject_next(&subject, &iter, &id, &number); seen++)
		crew_check(!subject_del(&subject, id));
	ck_assert_uint_eq(seen, 1000);
	ck_assert_uint_eq(subject_size(&subject), 0);
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	ck_assert(!subject_next(&subject, &iter, &id, &number));
	finish();
}
END_TEST

START_TEST(test_walk_that_adds_a_key_for_each_it_sees)
{
	struct tally tally;
	uint64_t id = KEPT;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	/* Ends, although each step adds: the walk is of one table. */
	while (tally_step(&tally, 1) && id < IDS)
		put(id++, 1);
	ck_assert_uint_lt(id, IDS);
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* ---- Beside a clear ----------------------------------------------------- */

START_TEST(test_walk_goes_on_through_what_was_cleared)
{
	struct tally tally;

	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	ck_assert(tally_step(&tally, KEPT / 3));
	ck_assert_int_eq(subject_clear(&subject), 0);
	subject_put_range(&subject, KEPT, KEPT + 100);
	ck_assert(!tally_step(&tally, IDS));
	assert_kept_seen(&tally);
	/* What came after the clear is in another chain of tables. */
	ck_assert_uint_eq(others_seen(&tally), 0);
	tally_begin(&tally);
	ck_assert(!tally_step(&tally, IDS));
	ck_assert_uint_eq(others_seen(&tally), 100);
	finish();
}
END_TEST

START_TEST(test_walk_through_a_clear_during_a_migration)
{
	struct nb_map *core;
	struct tally tally;

	begin(_i);
	core = subject_core(&subject);
	subject_put_range(&subject, 0, KEPT);
	tally_begin(&tally);
	ck_assert(tally_step(&tally, KEPT / 3));
	ck_assert_int_eq(nb_migrate_start(core, nb_load_acquire(&core->top)), 0);
	subject_put_range(&subject, KEPT, KEPT + 10);
	ck_assert_int_eq(subject_clear(&subject), 0);
	(void)tally_step(&tally, IDS);
	assert_kept_seen(&tally);
	finish();
}
END_TEST

/* ---- The keys aside ----------------------------------------------------- */

START_TEST(test_walk_sees_the_keys_that_have_no_slot)
{
	const struct nb_keys *keys;
	struct nbmap_u64 *map;
	struct nbmap_iter iter;
	uint64_t key, aside[2];
	void *value;

	begin(1);
	keys = &subject_core(&subject)->keys;
	map = subject.integers;
	for (unsigned i = 0; i < 2; i++) {
		aside[i] = nb_integer_of_word(keys, i);
		ck_assert_int_eq(nbmap_u64_put(map, aside[i], count_value(ground_count, i), NULL), 0);
	}
	ck_assert_int_eq(nbmap_u64_iter_init(map, &iter), 0);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert(nbmap_u64_iter_next(&iter, &key, &value));
		ck_assert_uint_eq(key, aside[count_number(value)]);
	}
	ck_assert(!nbmap_u64_iter_next(&iter, &key, &value));
	/* Removed: not seen any more. */
	ck_assert_int_eq(nbmap_u64_del(map, aside[0], NULL), 0);
	ck_assert_int_eq(nbmap_u64_iter_init(map, &iter), 0);
	ck_assert(nbmap_u64_iter_next(&iter, &key, &value));
	ck_assert_uint_eq(key, aside[1]);
	ck_assert(!nbmap_u64_iter_next(&iter, &key, &value));
	finish();
}
END_TEST

/* ---- Spelling ----------------------------------------------------------- */

static uint64_t hash_of_letters(const void *key, uint64_t seed, void *arg)
{
	uint64_t hash = seed;

	(void)arg;
	for (const char *c = key; *c; c++)
		hash = hash * 31 + (unsigned char)tolower((unsigned char)*c);
	return hash;
}

static bool same_letters(const void *a, const void *b, void *arg)
{
	(void)arg;
	return !strcasecmp(a, b);
}

static void assert_spelled(struct nbmap *map, const char *spelling, void *value)
{
	struct nbmap_iter iter;
	const void *key;
	void *seen;

	ck_assert_int_eq(nbmap_iter_init(map, &iter), 0);
	ck_assert(nbmap_iter_next(&iter, &key, &seen));
	ck_assert_str_eq(key, spelling);
	ck_assert_ptr_eq(seen, value);
	ck_assert(!nbmap_iter_next(&iter, &key, &seen));
}

/* A key that is put under another equal spelling is shown in the old one, with the new value. */
START_TEST(test_a_key_keeps_its_spelling)
{
	const struct nbmap_type type = {.hash = hash_of_letters, .equal = same_letters};
	const struct nbmap_config config = {.type = &type, .domain = ground_domain};
	struct nbmap *map;

	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "Key", nbmap_int(1), NULL), 0);
	ck_assert_int_eq(nbmap_put(map, "KEY", nbmap_int(2), NULL), 0);
	assert_spelled(map, "Key", nbmap_int(2));
	ck_assert_int_eq(nbmap_del(map, "key", NULL), 0);
	ck_assert_int_eq(nbmap_put(map, "kEY", nbmap_int(3), NULL), 0);
	assert_spelled(map, "Key", nbmap_int(3));
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
END_TEST

/* ---- Without memory ----------------------------------------------------- */

/*
 * A migration that cannot be finished: its successor is full, of keys that
 * are not the old table's, and there is no memory for a third table.
 */
START_TEST(test_init_without_memory)
{
	struct nb_map *core;
	struct nb_table *top, *next;
	struct tally tally;
	uint64_t id = 0;

	begin(_i);
	core = subject_core(&subject);
	top = nb_load_acquire(&core->top);
	ck_assert_int_eq(nb_migrate_start(core, top), 0);
	next = nb_load_acquire(&top->next);
	/* By hand, for writers would help: straight into the successor until it is full. */
	nb_store_relaxed(&core->top, next);
	count_fail_from(ground_count, COUNT_MEMORY, 1);
	for (; nb_claims_sum(&next->used) < nb_table_capacity(next); id++) {
		subject_put_range(&subject, id, id + 1);
		nb_store_relaxed(&next->crowded, 0); /* or the last eighth would be refused */
	}
	/* And one key into the old table, for which there is no room in the successor. */
	nb_store_relaxed(&core->top, top);
	nb_store_relaxed(&top->next, NULL);
	subject_put_range(&subject, id, id + 1);
	nb_store_relaxed(&top->next, next);
	ck_assert_int_eq(subject_walk(&subject, &tally.iter), -ENOMEM);
	/* Nothing is lost, and with memory the walk is possible. */
	ck_assert_uint_eq(subject_get(&subject, id), id + 1);
	count_fail_stop(ground_count);
	tally_begin(&tally);
	(void)tally_step(&tally, IDS);
	while (id)
		ck_assert_uint_eq(tally.seen[id--], 1);
	finish();
}
END_TEST

/* ---- Beside other threads ------------------------------------------------ */

#define WALKS 40

static void walk_and_check(struct crew_member *member)
{
	struct tally *tally = malloc(sizeof(*tally));

	(void)member;
	crew_check(tally != NULL);
	for (unsigned i = 0; i < WALKS; i++) {
		subject_enter(&subject);
		memset(tally->seen, 0, sizeof(tally->seen));
		crew_check(!subject_walk(&subject, &tally->iter));
		(void)tally_step(tally, UINT32_MAX);
		for (uint64_t id = 0; id < KEPT; id++)
			crew_check(tally->seen[id] == 1);
		subject_leave(&subject);
	}
	free(tally);
}

START_TEST(test_walks_beside_writers)
{
	begin(_i);
	subject_put_range(&subject, 0, KEPT);
	subject_leave(&subject);
	beside_run(&(struct beside){&subject, KEPT, .lookers = 2, .writers = 2, .look = walk_and_check});
	subject_enter(&subject);
	finish();
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

static void add_alone(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_walk_of_an_empty_map, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_sees_every_entry_once, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_given_up_owes_nothing, 0, KINDS);
	tcase_add_loop_test(tcase, test_several_walks_at_once, 0, KINDS);
	tcase_add_loop_test(tcase, test_a_copied_walk_goes_on_by_itself, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_begun_during_a_migration, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_begun_during_nested_migrations, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_across_migrations_and_promotions, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_over_frozen_slots, 0, KINDS);
}

static void add_beside(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_keys_removed_ahead_of_the_walk_are_not_seen, 0, KINDS);
	tcase_add_loop_test(tcase, test_keys_that_come_and_go_are_seen_at_most_once, 0, KINDS);
	tcase_add_loop_test(tcase, test_overwritten_keys_are_seen_with_a_value_of_the_time, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_that_removes_what_it_sees, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_that_adds_a_key_for_each_it_sees, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_goes_on_through_what_was_cleared, 0, KINDS);
	tcase_add_loop_test(tcase, test_walk_through_a_clear_during_a_migration, 0, KINDS);
	tcase_add_test(tcase, test_walk_sees_the_keys_that_have_no_slot);
	tcase_add_test(tcase, test_a_key_keeps_its_spelling);
	tcase_add_loop_test(tcase, test_init_without_memory, 0, KINDS);
	tcase_add_loop_test(tcase, test_walks_beside_writers, 0, KINDS);
}

int main(void)
{
	Suite *suite = suite_create("iterate");
	TCase *tcase = tcase_create("iterate");

	tcase_add_checked_fixture(tcase, ground_setup, ground_teardown);
	tcase_set_timeout(tcase, 120);
	add_alone(tcase);
	add_beside(tcase);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
