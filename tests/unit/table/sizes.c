/*
 * sizes: sizes that no table can have.
 */
#include "host.h"
#include "suite.h"

#include <errno.h>

START_TEST(sizes_that_wrap_are_refused)
{
	static const size_t sizes[] = {
		0,
		SIZE_MAX / 8 / sizeof(struct nb_line) + 1,
		SIZE_MAX / 64,
		SIZE_MAX / 64 + 1,
		SIZE_MAX / 2,
		SIZE_MAX / 2 + 1,
		SIZE_MAX,
	};
	size_t largest = SIZE_MAX / 8 / sizeof(struct nb_line);
	struct core core;
	struct nb_chain *chain;
	uint64_t made;

	core_open(&core, NB_INTEGER, false);
	chain = nb_load_relaxed(&core.map->top)->chain;
	made = count_made(core.count, COUNT_MEMORY);
	count_fail_nth(core.count, COUNT_MEMORY, UINT64_MAX);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		ck_assert_ptr_null(nb_table_new(core.map, chain, (struct nb_size){.lines = sizes[i]}, 2));
	ck_assert_msg(!count_attempts(core.count), "memory was asked for");
	/* The largest that is not refused outright: its size is what it should be, and nobody has that much. */
	ck_assert_uint_gt(nb_table_size(largest), largest * sizeof(struct nb_line));
	ck_assert_uint_lt(nb_table_size(largest), SIZE_MAX / 4);
	ck_assert_ptr_null(nb_table_new(core.map, chain, (struct nb_size){.lines = largest}, 2));
	ck_assert_uint_eq(count_attempts(core.count), 1);
	ck_assert_uint_eq(count_made(core.count, COUNT_MEMORY), made);
	core_close(&core);
}
END_TEST

/* More entries than fit any memory: an error, and the table has no successor. */
START_TEST(start_refuses_what_cannot_be)
{
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	table = nb_load_relaxed(&core.map->top);
	for (int shift = 50; shift < 64; shift++) {
		core_live(&core, INT64_C(1) << (shift == 63 ? 62 : shift));
		ck_assert_int_eq(nb_migrate_start(core.map, table), -ENOMEM);
		ck_assert_ptr_null(nb_load_relaxed(&table->next));
		core_live(&core, -(INT64_C(1) << (shift == 63 ? 62 : shift)));
	}
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 0);
	core_close(&core);
}
END_TEST

START_TEST(capacities_that_wrap_are_refused)
{
	static const size_t sizes[] = {SIZE_MAX,     SIZE_MAX - 1,     SIZE_MAX / 2,
				       SIZE_MAX / 5, SIZE_MAX / 5 + 1, SIZE_MAX / 64};
	struct count *count = count_new();
	struct nbmap_allocator allocator = count_allocator(count);
	struct nb_map *map;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct nbmap_config config = {.flags = NBMAP_NO_THREAD, .capacity = sizes[i], .allocator = &allocator};

		ck_assert_int_eq(nb_map_new(&map, NB_INTEGER, &config), -ENOMEM);
		config.capacity = 0;
		config.min_capacity = sizes[i];
		ck_assert_int_eq(nb_map_new(&map, NB_INTEGER, &config), -ENOMEM);
	}
	ck_assert(count_end(count));
}
END_TEST

void add_sizes(TCase *tcase)
{
	tcase_add_test(tcase, sizes_that_wrap_are_refused);
	tcase_add_test(tcase, start_refuses_what_cannot_be);
	tcase_add_test(tcase, capacities_that_wrap_are_refused);
}
