/*
 * start: a migration begins: one table is linked, whoever else tries.
 */
#include "host.h"
#include "suite.h"

#include <errno.h>

START_TEST(start_once)
{
	struct core core;
	struct nb_table *table, *next;
	uint64_t made;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	next = nb_load_relaxed(&table->next);
	ck_assert_ptr_nonnull(next);
	ck_assert_uint_eq(next->number, table->number + 1);
	ck_assert_ptr_eq(next->chain, table->chain);
	ck_assert_uint_eq(nb_load_relaxed(&table->chain->newest), next->number);
	made = count_made(core.count, COUNT_MEMORY);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_ptr_eq(nb_load_relaxed(&table->next), next);
	ck_assert_uint_eq(count_made(core.count, COUNT_MEMORY), made);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 1);
	ck_assert_ptr_eq(nb_load_relaxed(&core.map->top), table);
	core_close(&core);
}
END_TEST

/* Another thread starts the same migration. */
static void start_too(struct core *core)
{
	ck_assert_int_eq(nb_migrate_start(core->map, core->hook_table), 0);
}

/* It does so while we allocate: its table stays, ours is freed at once. */
START_TEST(start_loses)
{
	struct core core;
	struct nb_table *table, *next;
	uint64_t alive;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	alive = count_alive(core.count, COUNT_MEMORY);
	core.hook = start_too;
	core.hook_table = table;
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert(!core.hook);
	next = nb_load_relaxed(&table->next);
	ck_assert_ptr_nonnull(next);
	ck_assert_uint_eq(next->number, 2);
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive + 1);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 1);
	ck_assert_uint_eq(nb_load_relaxed(&table->chain->newest), 2);
	core_close(&core);
}
END_TEST

/* It even finishes, and starts the next one: `newest` must not fall back. */
static void start_and_go_on(struct core *core)
{
	struct nb_table *top;

	ck_assert_int_eq(nb_migrate_start(core->map, core->hook_table), 0);
	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	ck_assert_int_eq(nb_migrate_start(core->map, top), 0);
}

START_TEST(start_loses_twice)
{
	struct core core;
	struct nb_table *table;
	uint64_t alive;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	alive = count_alive(core.count, COUNT_MEMORY);
	core.hook = start_and_go_on;
	core.hook_table = table;
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive + 2);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 2);
	ck_assert_uint_eq(nb_load_relaxed(&table->chain->newest), 3);
	core_close(&core);
}
END_TEST

/* When memory is short nothing has changed, and later it works. */
START_TEST(start_without_memory)
{
	struct core core;
	struct nb_table *table;
	uint64_t alive;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	alive = count_alive(core.count, COUNT_MEMORY);
	count_fail_from(core.count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nb_migrate_start(core.map, table), -ENOMEM);
	ck_assert_uint_gt(count_fail_stop(core.count), 0);
	ck_assert_ptr_null(nb_load_relaxed(&table->next));
	ck_assert_uint_eq(nb_load_relaxed(&table->chain->newest), 1);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 0);
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	core_close(&core);
}
END_TEST

/* As many entries as a table of `slots` slots is made for. */
static int64_t entries_for(size_t slots)
{
	return (int64_t)(slots * NB_LOOSE_ROOM_DEN / NB_LOOSE_ROOM_NUM);
}

/* A large successor brings counter stripes; the count stays what it was.  Two that bring them: one set is freed. */
START_TEST(start_widens_the_count)
{
	struct core core;
	struct nb_table *table, *next;
	int64_t entries = entries_for(NB_STRIPE_SLOTS);
	uint64_t alive;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	ck_assert_uint_eq(table->used.threads, 0);
	core_live(&core, entries);
	alive = count_alive(core.count, COUNT_MEMORY);
	if (_i) {
		core.hook = start_too;
		core.hook_table = table;
		core.hook_size = nb_host_block_size(nb_stripes_size(nb_count_stripes(NB_STRIPE_SLOTS)));
	}
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert(!core.hook);
	next = nb_load_relaxed(&table->next);
	ck_assert_uint_eq((uintptr_t)next % 64, 0);
	ck_assert_uint_eq((uintptr_t)next->line % 64, 0);
	ck_assert_uint_gt(next->used.threads, 0);
	ck_assert_uint_eq((uintptr_t)next->used.shared % 64, 0);
	ck_assert_ptr_nonnull(nb_load_relaxed(&table->chain->live.wide));
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive + 2);
	ck_assert_uint_eq(nb_count_sum(&next->chain->live), (uint64_t)entries);
	core_live(&core, 7);
	ck_assert_uint_eq(nb_count_sum(&next->chain->live), (uint64_t)entries + 7);
	core_live(&core, -entries - 7);
	ck_assert_uint_eq(nb_count_sum(&next->chain->live), 0);
	core_close(&core);
}
END_TEST

/* The stripes are for speed: without memory for them the migration starts all the same. */
START_TEST(start_without_stripes)
{
	struct core core;
	struct nb_table *table;
	int64_t entries = entries_for(NB_STRIPE_SLOTS);

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	core_live(&core, entries);
	count_fail_nth(core.count, COUNT_MEMORY, 2);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	count_fail_stop(core.count);
	ck_assert_ptr_nonnull(nb_load_relaxed(&table->next));
	ck_assert_ptr_null(nb_load_relaxed(&table->chain->live.wide));
	core_live(&core, 3);
	ck_assert_uint_eq(nb_count_sum(&table->chain->live), (uint64_t)entries + 3);
	core_live(&core, -entries - 3);
	core_close(&core);
}
END_TEST

/* Nor does a chain that begins with a large table count in one place. */
START_TEST(a_large_first_table_widens_the_count)
{
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, NB_STRIPE_SLOTS / NB_LINE_SLOTS);
	ck_assert_ptr_nonnull(nb_load_relaxed(&table->chain->live.wide));
	core_close(&core);
}
END_TEST

void add_start(TCase *tcase)
{
	tcase_add_loop_test(tcase, start_once, 0, KINDS);
	tcase_add_loop_test(tcase, start_loses, 0, KINDS);
	tcase_add_loop_test(tcase, start_loses_twice, 0, KINDS);
	tcase_add_loop_test(tcase, start_without_memory, 0, KINDS);
	tcase_add_loop_test(tcase, start_widens_the_count, 0, 2);
	tcase_add_test(tcase, start_without_stripes);
	tcase_add_test(tcase, a_large_first_table_widens_the_count);
}
