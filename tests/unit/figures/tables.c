/*
 * tables: ways to keys, tombstones, a migration, bytes.
 */
#include "fixture.h"

/* ---- Probes ------------------------------------------------------------- */

START_TEST(test_probes_of_an_empty_map)
{
	struct nbmap_stats now;

	open_exact(_i, false);
	now = stats();
	ck_assert_uint_eq(now.sampled, now.capacity);
	ck_assert_uint_eq(sum(&now), 0);
	ck_assert_uint_eq(now.longest_probe, 0);
	ck_assert_uint_eq(now.tombstones, 0);
	close_map();
}
END_TEST

/* The second half of the lines and, round the end, some of the first hold keys of one home. */
START_TEST(test_probes_of_keys_that_crowd)
{
	uint64_t expected[NBMAP_PROBES] = {0};
	size_t filled = LINES * 5 / 8, home = LINES / 2;
	struct nbmap_stats now;

	open_exact(_i, false);
	for (size_t n = 0; n < filled * NB_LINE_SLOTS; n++) {
		crew_check(!put(hash_at(home, n)));
		expected[class_of(n / NB_LINE_SLOTS + 1)]++;
		if (n % 7 && n + 1 < filled * NB_LINE_SLOTS)
			continue;
		now = stats();
		ck_assert(!memcmp(now.probes, expected, sizeof(expected)));
		ck_assert_uint_eq(now.longest_probe, n / NB_LINE_SLOTS + 1);
	}
	ck_assert_uint_eq(now.tables, 1);
	/* Tombstones have no part in it. */
	del(hash_at(home, 0));
	del(hash_at(home, filled * NB_LINE_SLOTS - 1));
	expected[0]--;
	expected[class_of(filled)]--;
	now = stats();
	ck_assert(!memcmp(now.probes, expected, sizeof(expected)));
	ck_assert_uint_eq(now.tombstones, 2);
	close_map();
}
END_TEST

/* Larger than a sample: one key in each line of the second half, and one line in four is looked at. */
START_TEST(test_a_sample_is_spread)
{
	struct nbmap_stats now;

	open_with(_i, capacity_of(4 * NB_SAMPLE_LINES), false, QUIET);
	put_one_a_line(top()->lines / 2);
	now = stats();
	ck_assert_uint_eq(now.entries, 2 * NB_SAMPLE_LINES);
	ck_assert_uint_eq(now.sampled, NB_SAMPLE_LINES * NB_LINE_SLOTS);
	ck_assert_uint_eq(now.probes[0], NB_SAMPLE_LINES / 2);
	ck_assert_uint_eq(sum(&now), NB_SAMPLE_LINES / 2);
	close_map();
}
END_TEST

/* ---- Tombstones, and a migration half-way ------------------------------- */

START_TEST(test_tombstones_are_counted)
{
	size_t removed = LINES / 4;
	struct nbmap_stats now;

	open_exact(_i, false);
	put_aside();
	put_one_a_line(0);
	for (size_t i = 0; i < removed; i++) {
		del(hash_at(i, 0));
		ck_assert_uint_eq(stats().tombstones, i + 1);
	}
	if (integer)
		del(0);
	now = stats();
	ck_assert_uint_eq(now.tables, 1);
	ck_assert_uint_eq(now.tombstones, removed);
	ck_assert_uint_eq(now.used, LINES);
	ck_assert_uint_eq(now.entries, LINES - removed + integer);
	close_map();
}
END_TEST

static void finish_migration(void)
{
	struct nb_table *last;

	ck_assert_int_eq(nb_migrate_finish(core, &last), 0);
}

START_TEST(test_a_migration_stopped_half_way)
{
	size_t removed = LINES / 4, blocks;
	uint64_t value_bytes, key_bytes;
	struct nbmap_stats now;

	open_exact(_i, true);
	put_aside();
	put_one_a_line(0);
	value_bytes = count_sizes(count, COUNT_VALUES);
	key_bytes = count_sizes(count, COUNT_KEYS);
	for (size_t i = 0; i < removed; i++) {
		del(hash_at(2 * i, 0));
		value_bytes -= COUNT_VALUE_SIZE(hash_at(2 * i, 0));
	}
	now = stats();
	ck_assert_uint_eq(now.migration_blocks, 0);
	ck_assert_uint_eq(now.migration_done, 0);
	ck_assert_int_eq(nb_migrate_start(core, top()), 0);
	blocks = top()->blocks;
	for (size_t done = 0; done < blocks; done++) {
		now = stats();
		ck_assert_uint_eq(now.tables, 2);
		ck_assert_uint_eq(now.migrations, 1);
		ck_assert_uint_eq(now.migration_blocks, blocks);
		ck_assert_uint_eq(now.migration_done, done);
		/* Of the table that is left, whatever has been moved out of it. */
		ck_assert_uint_eq(now.tombstones, removed);
		ck_assert_uint_eq(now.probes[0], LINES - removed);
		ck_assert_uint_eq(sum(&now), LINES - removed);
		/* Of both tables. */
		ck_assert_uint_eq(now.value_bytes, value_bytes);
		ck_assert_uint_eq(now.key_bytes, key_bytes);
		sweep(done, done + 1);
	}
	finish_migration();
	now = stats();
	ck_assert_uint_eq(now.tables, 1);
	ck_assert_uint_eq(now.migration_blocks, 0);
	ck_assert_uint_eq(now.migration_done, 0);
	ck_assert_uint_eq(now.tombstones, 0);
	close_map();
}
END_TEST

/* More flags than a sample has words: with large blocks that is a large table. */
START_TEST(test_progress_of_a_large_table)
{
	size_t blocks;

	if (NB_BLOCK_SLOTS > 1)
		return;
	open_with(_i, capacity_of((size_t)NB_SAMPLE_LINES * 64 * 2 / NB_LINE_SLOTS), false, QUIET);
	ck_assert_int_eq(nb_migrate_start(core, top()), 0);
	blocks = top()->blocks;
	ck_assert_uint_eq(blocks, (size_t)NB_SAMPLE_LINES * 64 * 2);
	sweep(0, blocks / 2);
	ck_assert_uint_eq(stats().migration_blocks, blocks);
	ck_assert_uint_eq(stats().migration_done, blocks / 2);
	sweep(blocks / 2, blocks);
	close_map();
}
END_TEST

/* ---- Bytes -------------------------------------------------------------- */

START_TEST(test_bytes_of_keys_and_values)
{
	struct nbmap_stats now;

	open_exact(_i, true);
	ck_assert_uint_eq(stats().value_bytes, 0);
	ck_assert_uint_eq(stats().key_bytes, 0);
	put_aside();
	put_one_a_line(0);
	now = stats();
	ck_assert_uint_gt(now.value_bytes, 0);
	ck_assert_uint_eq(now.value_bytes, count_sizes(count, COUNT_VALUES));
	ck_assert_uint_eq(now.key_bytes, count_sizes(count, COUNT_KEYS));
	ck_assert_uint_eq(now.key_bytes == 0, integer);
	/* Another value; none: the key's copy stays, its value waits. */
	crew_check(!put(hash_at(1, 0)));
	del(hash_at(2, 0));
	WHOLE(leave);
	flavor_quiescent(flavor);
	flavor_offline(flavor);
	ck_assert_int_eq(WHOLE(barrier), 0);
	flavor_online(flavor);
	WHOLE(enter);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), now.entries - 1);
	ck_assert_uint_eq(stats().value_bytes, count_sizes(count, COUNT_VALUES));
	ck_assert_uint_eq(stats().key_bytes, now.key_bytes);
	ck_assert_int_eq(WHOLE(clear), 0);
	ck_assert_uint_eq(stats().value_bytes, 0);
	ck_assert_uint_eq(stats().key_bytes, 0);
	close_map();
}
END_TEST

START_TEST(test_bytes_of_a_type_without_sizes)
{
	open_exact(_i, false);
	put_one_a_line(0);
	ck_assert_uint_eq(stats().value_bytes, 0);
	ck_assert_uint_eq(stats().key_bytes, 0);
	close_map();
}
END_TEST

/* ---- In the end of a map ------------------------------------------------ */

static unsigned looks;

/* Keys may be gone by now: nothing asks for their hash, or prints them. */
static void look_and_free(void *value, void *arg)
{
	FILE *out = fopen("/dev/null", "w");

	crew_check(out != NULL);
	if (core->dismantled) {
		looks++;
		WHOLE(enter);
		crew_check(stats().sampled == 0);
		crew_check(!CALL(dump, out));
		WHOLE(leave);
	}
	fclose(out);
	count_value_free(value, arg);
}

START_TEST(test_a_map_that_is_being_destroyed)
{
	looks = 0;
	open_exact(_i, false);
	put_one_a_line(0);
	core->value_free = look_and_free;
	close_map();
	ck_assert_uint_eq(looks, LINES);
}
END_TEST

void add_tables(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_probes_of_an_empty_map, 0, CASES);
	tcase_add_loop_test(tcase, test_probes_of_keys_that_crowd, 0, CASES);
	tcase_add_loop_test(tcase, test_a_sample_is_spread, 0, CASES);
	tcase_add_loop_test(tcase, test_tombstones_are_counted, 0, CASES);
	tcase_add_loop_test(tcase, test_a_migration_stopped_half_way, 0, CASES);
	tcase_add_loop_test(tcase, test_progress_of_a_large_table, 0, CASES);
	tcase_add_loop_test(tcase, test_bytes_of_keys_and_values, 0, CASES);
	tcase_add_loop_test(tcase, test_bytes_of_a_type_without_sizes, 0, CASES);
	tcase_add_loop_test(tcase, test_a_map_that_is_being_destroyed, 0, CASES);
}
