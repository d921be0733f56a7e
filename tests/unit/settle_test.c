/*
 * settle: a migration that writers leave is finished by whoever reclaims.
 *
 * Nothing here waits for the reclaimer's clock: a barrier runs what it would
 * run.  In every flavour, with both kinds of key, with and without a reclaimer:
 *
 *   large     when writers stop amid a migration, barriers end it; each has
 *             NB_SETTLE_BLOCKS to do, and no key is lost
 *   small     is left to writers
 *   again     the next migration is finished, too
 *   writers   while they do as much as a round would, rounds do nothing
 *   the end   a map is destroyed or cleared amid it, and nothing is left
 *   beside    readers and writers are at work
 */
#include <check.h>
#include <errno.h>

#include "alone.h"
#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "life.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "reclaim.h"
#include "run.h"
#include "subject.h"
#include "tuning.h"

#define KINDS 2
#define DOMAINS 2 /* with a reclaimer, without */
#define CASES (FLAVORS * KINDS * DOMAINS)
#define WRITERS 3

static struct count *count;
static struct subject subject;
static bool no_thread;

/* A map that always has room for `capacity` entries. */
static void begin_with(int turn, size_t capacity)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(turn / KINDS % FLAVORS);
	struct nbmap_config base = {.flavor = flavor, .min_capacity = capacity};

	no_thread = turn / KINDS / FLAVORS;
	base.flags = no_thread ? NBMAP_NO_THREAD : 0;
	count = count_new();
	ck_assert_ptr_nonnull(count);
	flavor_register(flavor);
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
}

static void begin(int turn)
{
	begin_with(turn, 0);
}

static void end(void)
{
	ck_assert_int_eq(subject_close(&subject), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

static bool migrating(void)
{
	struct nbmap_stats stats;

	subject_stats(&subject, &stats);
	return stats.tables > 1;
}

/* With a reclaimer nothing can be said: it may be at work, or done. */
static bool due(void)
{
	return nb_load_seq_cst(&subject_core(&subject)->settling.due);
}

/* Put keys from `id` on until the map has just begun to leave a table of `blocks` blocks or more; the next key. */
static uint64_t grow(uint64_t id, size_t blocks)
{
	for (;; id++) {
		subject_enter(&subject);
		ck_assert_int_eq(subject_put(&subject, id, (uint32_t)id + 1), 0);
		if (migrating() && nb_load_seq_cst(&subject_core(&subject)->top)->blocks >= blocks)
			return id + 1; /* inside the section: nothing is run meanwhile */
		subject_leave(&subject);
	}
}

/* Barriers until one table is left; how many that took. */
static unsigned settle(void)
{
	for (unsigned barriers = 1;; barriers++) {
		bool done;

		ck_assert_int_eq(subject_barrier(&subject), 0);
		subject_enter(&subject);
		done = !migrating();
		subject_leave(&subject);
		if (done)
			return barriers;
		ck_assert_uint_lt(barriers, 64);
	}
}

static void check_keys(uint64_t ids)
{
	subject_enter(&subject);
	ck_assert_uint_eq(subject_size(&subject), ids);
	for (uint64_t id = 0; id < ids; id++)
		ck_assert_uint_eq(subject_get(&subject, id), id + 1);
	subject_leave(&subject);
	ck_assert(nb_map_valid(subject_core(&subject)));
}

START_TEST(test_a_large_migration_is_finished_without_writers)
{
	uint64_t ids = 0;

	begin(_i);
	for (size_t blocks = NB_SETTLE_MIN; blocks <= 4 * NB_SETTLE_MIN; blocks *= 2) {
		ids = grow(ids, blocks);
		ck_assert(due() || !no_thread);
		subject_leave(&subject);
		/* One round sweeps all that is here; one more may be under way, and one to find that it is done. */
		ck_assert_uint_le(settle(), 3 + 4 * blocks / NB_SETTLE_BLOCKS);
		check_keys(ids);
	}
	end();
}
END_TEST

START_TEST(test_a_small_one_is_left_to_writers)
{
	uint64_t ids;

	begin(_i);
	ids = grow(0, 2);
	ck_assert_uint_lt(nb_load_seq_cst(&subject_core(&subject)->top)->blocks, NB_SETTLE_MIN);
	ck_assert(!due());
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	subject_enter(&subject);
	ck_assert(migrating());
	subject_leave(&subject);
	check_keys(ids);
	end();
}
END_TEST

/* Blocks of the top table that were handed out. */
static uint64_t handed_out(void)
{
	return nb_migrate_handed_out(nb_load_seq_cst(&subject_core(&subject)->top));
}

START_TEST(test_it_is_left_to_writers_at_work)
{
	const size_t blocks = 4 * NB_SETTLE_BLOCKS;
	uint64_t ids = 0, before;
	struct nb_table *top;

	/* No reclaimer: rounds are ours to run.  Nearly empty: to fill so many blocks would take long. */
	begin_with(KINDS * FLAVORS + _i, blocks * NB_BLOCK_SLOTS / NB_LOOSE_USED_DEN * NB_LOOSE_USED_NUM);
	subject_enter(&subject);
	top = nb_load_seq_cst(&subject_core(&subject)->top);
	ck_assert_uint_ge(top->blocks, blocks - 1);
	ck_assert_int_eq(nb_migrate_start(subject_core(&subject), top), 0);
	ck_assert(migrating());
	for (unsigned rounds = 0; rounds < 2; rounds++) {
		for (unsigned i = 0; i < NB_SETTLE_BLOCKS; i++, ids++)
			ck_assert_int_eq(subject_put(&subject, ids, (uint32_t)ids + 1), 0);
		before = handed_out();
		ck_assert_uint_ge(before, (rounds + 1) * NB_SETTLE_BLOCKS);
		subject_leave(&subject);
		ck_assert_int_ge(nbr_reclaim(subject_core(&subject)->domain), 0);
		subject_enter(&subject);
		ck_assert(migrating());
		ck_assert_uint_eq(handed_out(), before);
	}
	/* One less is too few. */
	for (unsigned i = 1; i < NB_SETTLE_BLOCKS; i++, ids++)
		ck_assert_int_eq(subject_put(&subject, ids, (uint32_t)ids + 1), 0);
	subject_leave(&subject);
	ck_assert_uint_le(settle(), 3);
	check_keys(ids);
	end();
}
END_TEST

/* count_end() says whether anything was left, or freed twice. */
START_TEST(test_a_map_is_destroyed_amid_it)
{
	begin(_i);
	(void)grow(0, NB_SETTLE_MIN);
	ck_assert(due() || !no_thread);
	subject_leave(&subject);
	end();
}
END_TEST

START_TEST(test_a_map_is_cleared_amid_it)
{
	begin(_i);
	(void)grow(0, NB_SETTLE_MIN);
	ck_assert_int_eq(subject_clear(&subject), 0);
	subject_leave(&subject);
	ck_assert_uint_le(settle(), 3);
	check_keys(0);
	end();
}
END_TEST

/* A refused destroy leaves a map whose migrations are finished as before. */
START_TEST(test_a_refused_destroy_changes_nothing)
{
	uint64_t ids;

	begin(_i);
	ids = grow(0, NB_SETTLE_MIN);
	if (subject.flavor != NBMAP_QSBR)
		ck_assert_int_eq(subject_close(&subject), -EDEADLK);
	subject_leave(&subject);
	ck_assert_uint_le(settle(), 3 + 4 * NB_SETTLE_MIN / NB_SETTLE_BLOCKS);
	check_keys(ids);
	end();
}
END_TEST

static void work(struct crew_member *member)
{
	uint64_t turns = test_rounds(4000, 1000);

	for (uint64_t i = 0; i < turns; i++) {
		subject_enter(&subject);
		subject_random(&subject, &member->random, 2 * NB_SETTLE_MIN * NB_BLOCK_SLOTS, true);
		subject_leave(&subject);
		if (i % 64 == 0)
			crew_check(!subject_barrier(&subject));
	}
}

START_TEST(test_beside_readers_and_writers)
{
	begin(_i);
	crew_run(subject.flavor, WRITERS, work, NULL);
	for (unsigned barriers = 0; due(); barriers++) {
		ck_assert_uint_lt(barriers, 64);
		ck_assert_int_eq(subject_barrier(&subject), 0);
	}
	ck_assert(alone_valid(subject_core(&subject)));
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settle");
	TCase *tests = tcase_create("settle");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, test_a_large_migration_is_finished_without_writers, 0, CASES);
	tcase_add_loop_test(tests, test_a_small_one_is_left_to_writers, 0, CASES);
	tcase_add_loop_test(tests, test_it_is_left_to_writers_at_work, 0, KINDS * FLAVORS);
	tcase_add_loop_test(tests, test_a_map_is_destroyed_amid_it, 0, CASES);
	tcase_add_loop_test(tests, test_a_map_is_cleared_amid_it, 0, CASES);
	tcase_add_loop_test(tests, test_a_refused_destroy_changes_nothing, 0, CASES);
	tcase_add_loop_test(tests, test_beside_readers_and_writers, 0, CASES);
	suite_add_tcase(suite, tests);
	return test_run(suite);
}
