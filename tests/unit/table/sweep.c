/*
 * sweep: blocks swept, tables closed and promoted.
 */
#include "suite.h"
#include "lanes.h"
#include "run.h"

#include <errno.h>
#include <string.h>

#define ENTRIES 40

/* A table of `lines` lines with ENTRIES entries in every state a writer leaves, and its successor. */
static struct nb_table *open_sweep(struct core *core, enum nb_kind kind, size_t lines, struct nb_key *key)
{
	struct nb_table *table;
	uint64_t state = test_seed();

	core_open(core, kind, true);
	table = core_top(core, lines);
	for (unsigned n = 0; n < ENTRIES; n++) {
		key[n] = core_key(core, test_random(&state) | 4);
		core_put(core, table, &key[n], n % 4 ? core_value(core, n) : n % 8 ? NB_TOMB : NB_EMPTY);
	}
	ck_assert_int_eq(nb_migrate_start(core->map, table), 0);
	return table;
}

/* Whatever was done to the tables, the entries are what they were. */
static void expect_entries(struct core *core, const struct nb_key *key)
{
	for (unsigned n = 0; n < ENTRIES; n++) {
		uint64_t got = core_get(core, &key[n]);

		if (n % 4)
			ck_assert_uint_eq(core_number(core, got), n);
		else
			ck_assert_uint_eq(got, NB_EMPTY);
	}
}

/* Block after block, each slot final or closed, and nothing lost on the way; swept when the last flag is set. */
START_TEST(sweep_block_by_block)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[ENTRIES];
	int error;

	table = open_sweep(&core, (enum nb_kind)(_i & 1), 15, key);
	for (size_t n = 0; n < table->blocks; n++) {
		/* From the front or from the back. */
		size_t block = _i & 2 ? table->blocks - 1 - n : n;
		size_t end = (block + 1) * NB_BLOCK_SLOTS;

		ck_assert(!nb_migrate_swept(table));
		ck_assert(nb_migrate_sweep(core.map, table, block, &error));
		for (size_t slot = block * NB_BLOCK_SLOTS; slot < end && slot < nb_table_capacity(table); slot++) {
			struct nb_place place = {&table->line[slot / NB_LINE_SLOTS], (unsigned)(slot % NB_LINE_SLOTS)};

			if (core_key_at(place) > NB_KEY_CLOSED)
				ck_assert(nb_is_final(core_value_at(place)));
			else
				ck_assert_int_ne(core_probe(&core, table, &key[0]), NB_VACANT);
		}
		expect_entries(&core, key);
		ck_assert(nb_map_valid(core.map));
	}
	ck_assert(nb_migrate_swept(table));
	/* One in four had no value to bring along. */
	ck_assert_uint_eq(nb_claims_sum(&nb_load_relaxed(&table->next)->used), ENTRIES * 3 / 4);
	ck_assert_uint_eq(core_pending(&core), 0);
	nb_migrate_promote(core.map, table);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), nb_load_relaxed(&table->next));
	ck_assert_uint_eq(core_pending(&core), 1);
	expect_entries(&core, key);
	core_breathe(&core);
	expect_entries(&core, key);
	core_close(&core);
}
END_TEST

/* Every line of a swept table is full or closed: nobody can claim there any more. */
START_TEST(swept_table_is_closed)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[ENTRIES], late;
	int error;

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	for (size_t block = 0; block < table->blocks; block++)
		ck_assert(nb_migrate_sweep(core.map, table, block, &error));
	for (size_t home = 0; home < table->lines; home++) {
		struct nb_place place;

		late = core_key(&core, core_hash(table->lines, home, 3));
		ck_assert_int_ne(nb_table_find(table, &core.map->keys, core.kind, &late, &place), NB_VACANT);
		ck_assert_int_ne(nb_table_find(table, &core.map->keys, core.kind, &late, &place), NB_FOUND);
	}
	core_close(&core);
}
END_TEST

/* Sweeping a line closes at the lowest EMPTY, also when the block begins further on. */
START_TEST(sweep_closes_the_lowest)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key;
	size_t block = (NB_LINE_SLOTS - 1) / NB_BLOCK_SLOTS;
	int error;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 1);
	key = core_key(&core, HASH);
	core_put(&core, table, &key, NB_TOMB);
	core_link(&core, table, 1);
	ck_assert(nb_migrate_sweep(core.map, table, block, &error));
	ck_assert_uint_eq(nb_load_relaxed(&table->line[0].key[1]), NB_KEY_CLOSED);
	ck_assert_uint_eq(nb_load_relaxed(&table->line[0].key[2]), NB_KEY_EMPTY);
	ck_assert_uint_eq(nb_load_relaxed(&table->line[0].key[3]), NB_KEY_EMPTY);
	ck_assert(nb_table_valid(table, &core.map->keys));
	core_close(&core);
}
END_TEST

/*
 * Blocking.  All blocks have been handed out to threads that never come back:
 * some before they swept, some after it but before they set the flag.  One
 * thread alone completes the migration, in as many calls as there are blocks.
 */
START_TEST(stalled_sweepers_delay_nobody)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[ENTRIES];
	size_t calls = 0;
	int error;

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	lanes_hand_out_all(table);
	for (size_t block = 0; block < table->blocks; block++) {
		if (block % 3)
			continue;
		ck_assert(nb_migrate_sweep(core.map, table, block, &error));
		nb_store_relaxed(&nb_table_swept(table)[block / 64],
				 nb_load_relaxed(&nb_table_swept(table)[block / 64]) & ~(UINT64_C(1) << block % 64));
	}
	while (nb_load_relaxed(&core.map->top) == table) {
		ck_assert_uint_lt(calls++, table->blocks);
		nb_migrate_help(core.map, table);
	}
	ck_assert_uint_eq(core_pending(&core), 1);
	expect_entries(&core, key);
	/* The stalled come back at last: nothing is left to do, and nothing happens. */
	for (size_t block = 0; block < table->blocks; block++)
		ck_assert(nb_migrate_sweep(core.map, table, block, &error));
	nb_migrate_promote(core.map, table);
	nb_migrate_help(core.map, table);
	ck_assert_uint_eq(core_pending(&core), 1);
	expect_entries(&core, key);
	core_close(&core);
}
END_TEST

/* Writers' helps alone bring a migration to its end, one block each. */
START_TEST(helpers_finish)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key[ENTRIES];

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	for (size_t block = 0; block < table->blocks; block++) {
		ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
		ck_assert(!nb_migrate_swept(table));
		nb_migrate_help(core.map, table);
		expect_entries(&core, key);
	}
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), nb_load_relaxed(&table->next));
	core_close(&core);
}
END_TEST

/* What the others do while a sweeper of the first block allocates: all other blocks. */
static void sweep_the_others(struct core *core)
{
	struct nb_table *table = core->hook_table;

	while (nb_migrate_handed_out(table) < table->blocks)
		nb_migrate_help(core->map, table);
	ck_assert(!nb_migrate_swept(table));
}

/* A lane's last block is done before another, that was handed out while there were more: who sets the last flag
 * promotes. */
START_TEST(the_last_flag_promotes)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key;
	size_t lines = 2 * ((NB_BLOCK_SLOTS + NB_LINE_SLOTS - 1) / NB_LINE_SLOTS);

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, lines);
	ck_assert_uint_gt(table->blocks, 1);
	key = core_key(&core, core_hash(lines, 0, 3));
	core_put(&core, table, &key, core_value(&core, 1));
	core_fill(&core, core_link(&core, table, 1));
	core.hook = sweep_the_others;
	core.hook_table = table;
	nb_migrate_help(core.map, table);
	ck_assert(!core.hook);
	ck_assert_ptr_ne(nb_load_relaxed(&core.map->top), table);
	ck_assert_uint_eq(core_get(&core, &key), core_value(&core, 1));
	core_close(&core);
}
END_TEST

/* Flags that are set; the number of the block whose flag was not in `old`, which is brought up to date. */
static size_t newly_swept(struct nb_table *table, uint64_t *old, unsigned *set)
{
	size_t found = table->blocks;

	*set = 0;
	for (size_t block = 0; block < table->blocks; block++) {
		uint64_t flag = UINT64_C(1) << block % 64;

		if (!(nb_load_relaxed(&nb_table_swept(table)[block / 64]) & flag))
			continue;
		++*set;
		if (!(old[block / 64] & flag))
			found = block;
		old[block / 64] |= flag;
	}
	return found;
}

/* Two threads by turns: each block is swept once, and each lane by one of them, where all are as long. */
START_TEST(lanes_keep_helpers_apart)
{
	static const unsigned pairs[][2] = {{0, 1}, {1, 2}, {0, 2}, {2, 5}, {7, 4}, {6, 7}};
	const unsigned *number = pairs[_i / 2];
	struct core core;
	struct nb_table *table;
	size_t block_lines = (NB_BLOCK_SLOTS + NB_LINE_SLOTS - 1) / NB_LINE_SLOTS;
	size_t lines = NB_STRIPE_SLOTS / NB_LINE_SLOTS + (_i & 1 ? block_lines : 0);
	uint64_t old[NB_STRIPE_SLOTS / 32] = {0};
	unsigned owner[NB_MAX_STRIPES] = {0}, set, known = nb_number() + 1;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, lines);
	ck_assert_uint_gt(table->lanes, 1);
	ck_assert(!(_i & 1) || NB_BLOCK_SLOTS < NB_LINE_SLOTS || table->blocks % table->lanes);
	core_link(&core, table, lines);
	for (unsigned turn = 0; turn < table->blocks; turn++) {
		unsigned mine = number[turn % 2];
		size_t block;

		ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
		ck_assert_uint_eq(nb_migrate_handed_out(table), turn);
		nb_number_known = mine + 1;
		nb_migrate_help(core.map, table);
		block = newly_swept(table, old, &set);
		ck_assert_uint_lt(block, table->blocks);
		ck_assert_uint_eq(set, turn + 1);
		if (_i & 1 || (number[0] - number[1]) % table->lanes == 0)
			continue;
		block /= table->blocks / table->lanes;
		ck_assert_msg(!owner[block] || owner[block] == mine + 1, "%u and %u meet in lane %zu of %u", number[0],
			      number[1], block, table->lanes);
		owner[block] = mine + 1;
		/* Neighbours have half of the table each. */
		if (number[0] / 2 == number[1] / 2)
			ck_assert_uint_eq(block / (table->lanes / 2), mine % 2);
	}
	nb_number_known = known;
	ck_assert_uint_eq(nb_migrate_handed_out(table), table->blocks);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), nb_load_relaxed(&table->next));
	core_close(&core);
}
END_TEST

/* One flag missing anywhere, at the edges of the flags' words above all, and the table is not swept. */
START_TEST(swept_needs_every_flag)
{
	static const size_t block_counts[] = {1, 2, 63, 64, 65, 127, 128, 129, 200};
	size_t lines = (block_counts[_i] * NB_BLOCK_SLOTS + NB_LINE_SLOTS - 1) / NB_LINE_SLOTS;
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, lines);
	core_link(&core, table, 1);
	ck_assert_uint_eq(table->blocks, (lines * NB_LINE_SLOTS + NB_BLOCK_SLOTS - 1) / NB_BLOCK_SLOTS);
	for (size_t missing = 0; missing < table->blocks; missing++) {
		for (size_t block = 0; block < table->blocks; block++)
			nb_fetch_or_relaxed(&nb_table_swept(table)[block / 64], UINT64_C(1) << block % 64);
		nb_store_relaxed(&nb_table_swept(table)[missing / 64],
				 nb_load_relaxed(&nb_table_swept(table)[missing / 64]) &
					 ~(UINT64_C(1) << missing % 64));
		nb_store_relaxed(&table->low, 0);
		ck_assert_msg(!nb_migrate_swept(table), "%zu of %zu", missing, table->blocks);
		nb_migrate_promote(core.map, table);
		ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
		/* And again with the hint that the first look has left. */
		ck_assert(!nb_migrate_swept(table));
		nb_fetch_or_relaxed(&nb_table_swept(table)[missing / 64], UINT64_C(1) << missing % 64);
		ck_assert(nb_migrate_swept(table));
	}
	core_close(&core);
}
END_TEST

/* A sweep that runs out of memory sets no flag; with memory it goes on where it was. */
START_TEST(sweep_without_memory)
{
	struct core core;
	struct nb_table *table, *full, *top;
	struct nb_key key;
	uint64_t value;
	int error = 0;

	core_open(&core, (enum nb_kind)_i, true);
	table = core_top(&core, 1);
	full = core_link(&core, table, 1);
	key = core_key(&core, HASH);
	value = core_value(&core, 1);
	core_put(&core, table, &key, value);
	core_fill(&core, full);
	count_fail_from(core.count, COUNT_MEMORY, 1);
	ck_assert(!nb_migrate_sweep(core.map, table, 0, &error));
	ck_assert_int_eq(error, -ENOMEM);
	ck_assert_int_eq(nb_migrate_finish(core.map, &top), -ENOMEM);
	lanes_hand_out_all(table);
	nb_migrate_help(core.map, table);
	ck_assert(!nb_migrate_swept(table));
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
	ck_assert_uint_eq(core_get(&core, &key), value);
	count_fail_stop(core.count);
	ck_assert_int_eq(nb_migrate_finish(core.map, &top), 0);
	ck_assert_uint_eq(core_get(&core, &key), value);
	core_close(&core);
}
END_TEST

/* Sweep all blocks of a table. */
static void sweep_all(struct core *core, struct nb_table *table)
{
	int error;

	for (size_t block = 0; block < table->blocks; block++)
		ck_assert(nb_migrate_sweep(core->map, table, block, &error));
}

/* A table that is swept before its predecessor waits for it; then both go, each retired once. */
START_TEST(promote_from_the_top_only)
{
	struct core core;
	struct nb_table *table[3];
	struct nb_key key[ENTRIES];

	table[0] = open_sweep(&core, (enum nb_kind)_i, 15, key);
	table[1] = nb_load_relaxed(&table[0]->next);
	ck_assert_int_eq(nb_migrate_start(core.map, table[1]), 0);
	table[2] = nb_load_relaxed(&table[1]->next);
	sweep_all(&core, table[1]);
	ck_assert(nb_migrate_swept(table[1]));
	nb_migrate_promote(core.map, table[1]);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table[0]);
	ck_assert_uint_eq(core_pending(&core), 0);
	nb_migrate_promote(core.map, table[0]);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table[0]);
	expect_entries(&core, key);
	sweep_all(&core, table[0]);
	nb_migrate_promote(core.map, table[0]);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table[2]);
	ck_assert_uint_eq(core_pending(&core), 2);
	/* Late promoters of what is gone. */
	nb_migrate_promote(core.map, table[0]);
	nb_migrate_promote(core.map, table[1]);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table[2]);
	ck_assert_uint_eq(core_pending(&core), 2);
	expect_entries(&core, key);
	core_breathe(&core);
	ck_assert_uint_eq(core_pending(&core), 0);
	expect_entries(&core, key);
	core_close(&core);
}
END_TEST

/* After a clear, the old chain's promotions concern nobody. */
START_TEST(promote_after_clear)
{
	struct core core;
	struct nb_table *table, *top;
	struct nb_key key[ENTRIES];

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	ck_assert_int_eq(nb_map_clear(core.map), 0);
	top = nb_load_relaxed(&core.map->top);
	ck_assert_uint_eq(core_pending(&core), 1);
	sweep_all(&core, table);
	nb_migrate_promote(core.map, table);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), top);
	ck_assert_uint_eq(core_pending(&core), 1);
	for (unsigned n = 0; n < ENTRIES; n++)
		ck_assert_uint_eq(core_get(&core, &key[n]), NB_EMPTY);
	core_close(&core);
}
END_TEST

/* Finishing goes through all tables there are, and says which is left. */
START_TEST(finish_leaves_one_table)
{
	struct core core;
	struct nb_table *table, *last, *top;
	struct nb_key key[ENTRIES];

	table = open_sweep(&core, (enum nb_kind)_i, 15, key);
	last = nb_load_relaxed(&table->next);
	for (int n = 0; n < 3; n++) {
		ck_assert_int_eq(nb_migrate_start(core.map, last), 0);
		last = nb_load_relaxed(&last->next);
	}
	ck_assert_int_eq(nb_migrate_finish(core.map, &top), 0);
	ck_assert_ptr_eq(top, last);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), last);
	ck_assert_uint_eq(core_pending(&core), 4);
	expect_entries(&core, key);
	core_close(&core);
}
END_TEST

void add_sweep(TCase *tcase)
{
	tcase_add_loop_test(tcase, sweep_block_by_block, 0, 2 * KINDS);
	tcase_add_loop_test(tcase, swept_table_is_closed, 0, KINDS);
	tcase_add_loop_test(tcase, sweep_closes_the_lowest, 0, KINDS);
	tcase_add_loop_test(tcase, stalled_sweepers_delay_nobody, 0, KINDS);
	tcase_add_loop_test(tcase, helpers_finish, 0, KINDS);
	tcase_add_loop_test(tcase, the_last_flag_promotes, 0, KINDS);
	tcase_add_loop_test(tcase, lanes_keep_helpers_apart, 0, 12);
	tcase_add_loop_test(tcase, swept_needs_every_flag, 0, 9);
	tcase_add_loop_test(tcase, sweep_without_memory, 0, KINDS);
	tcase_add_loop_test(tcase, promote_from_the_top_only, 0, KINDS);
	tcase_add_loop_test(tcase, promote_after_clear, 0, KINDS);
	tcase_add_loop_test(tcase, finish_leaves_one_table, 0, KINDS);
}
