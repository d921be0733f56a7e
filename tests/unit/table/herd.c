/*
 * herd: a map that grows beside threads that have stopped, and what one call does
 * for it.  By what the allocator sees alone.
 */
#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"

/* ---- Threads that stop in the allocator --------------------------------- */

#define STOPPED_MOST 6

/* Claims beyond a limit that go unnoticed: between two checks. */
#define UNNOTICED(capacity) (2 * (capacity) / NB_CHECKS + 2)

static uint64_t entries, stops;

static void insert(struct core *core)
{
	/* Not those that live aside. */
	struct nb_key key = nb_key_of_integer(&core->map->keys, entries++ + 1000);

	ck_assert_int_eq(core_write(core, NB_ADD, &key, core_value(core, entries)), 0);
}

/* The thread that allocates stops here, the others go on; and so on, `stops` deep. */
static void go_on_without_it(struct core *core)
{
	size_t capacity = nb_table_capacity(core->hook_table);
	uint64_t made = count_made(core->count, COUNT_MEMORY), first = entries;

	if (--stops) {
		core->hook = go_on_without_it;
		while (core->hook && entries < 4 * capacity)
			insert(core);
	}
	core->hook = NULL;
	/* The second makes one only when the table is a good deal fuller. */
	if (first < capacity * 5 / 6)
		while (entries < capacity * 11 / 12 - UNNOTICED(capacity)) {
			ck_assert_uint_eq(count_made(core->count, COUNT_MEMORY), made);
			insert(core);
		}
	while (entries < 2 * capacity)
		insert(core);
}

/* Any number of threads: only so many have allocated, and the map grows past them all. */
START_TEST(makers_that_stop)
{
	struct core core;
	uint64_t stopped = (uint64_t)_i + 1;

	core_open(&core, NB_INTEGER, false);
	entries = 0;
	stops = stopped;
	core.hook_table = core_top(&core, 2048);
	core.hook = go_on_without_it;
	while (core.hook)
		insert(&core);
	while (entries < 3 * nb_table_capacity(core.hook_table))
		insert(&core);
	for (uint64_t n = 0; n < entries; n++) {
		struct nb_key key = nb_key_of_integer(&core.map->keys, n + 1000);

		ck_assert_uint_eq(core_get(&core, &key), core_value(&core, n + 1));
	}
	core_close(&core);
}
END_TEST

/* ---- What one call clears ----------------------------------------------- */

/* The newest block that is large, as it comes: full of COUNT_FRESH. */
static struct {
	struct nbmap_allocator counting;
	unsigned char *block;
	size_t size, fresh; /* bytes; and lines that nobody has touched, of those looked at */
} newest;

/* Lines from one that is looked at to the next: a slice holds as many of each. */
#define STRIDE 16

static size_t fresh_lines(void)
{
	uint64_t fresh_word, word;
	size_t fresh = 0;

	memset(&fresh_word, COUNT_FRESH, sizeof(fresh_word));
	for (size_t at = 0; newest.block && at < newest.size; at += STRIDE * sizeof(struct nb_line)) {
		memcpy(&word, newest.block + at, sizeof(word));
		fresh += word == fresh_word;
	}
	return fresh;
}

static void *note_alloc(size_t size, size_t align, void *arg)
{
	unsigned char *block = newest.counting.alloc(size, align, arg);

	if (size > 4 * NB_CLEAR_BYTES) {
		newest.block = block;
		newest.size = size;
		newest.fresh = fresh_lines();
	}
	return block;
}

static void note_free(void *block, size_t size, void *arg)
{
	if (block == newest.block)
		newest.block = NULL;
	newest.counting.free(block, size, arg);
}

/* What a table has before its lines and is cleared when it is made: of the largest here. */
#define HEAD_BYTES ((size_t)16384)

/* After a call. */
static void check_cleared(size_t most)
{
	size_t fresh = newest.fresh ? fresh_lines() : 0;

	ck_assert_uint_le(fresh, newest.fresh);
	if (newest.block)
		ck_assert_uint_le((newest.fresh - fresh) * STRIDE * sizeof(struct nb_line), most);
	newest.fresh = fresh;
}

static struct nbmap_u64 *open_noting(struct count *count, size_t min_capacity)
{
	struct nbmap_allocator noting = {note_alloc, note_free, count};
	struct nbmap_config config = {.flags = NBMAP_NO_THREAD, .allocator = &noting, .min_capacity = min_capacity};
	struct nbmap_u64 *map;

	newest.block = NULL;
	newest.counting = count_allocator(count);
	newest.counting.arg = count;
	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	return map;
}

static void fill_noting(struct nbmap_u64 *map, uint64_t number)
{
	for (uint64_t n = 0; n < number; n++) {
		nbmap_u64_enter(map);
		ck_assert_int_eq(nbmap_u64_put(map, n, nbmap_int(n), NULL), 0);
		nbmap_u64_leave(map);
		check_cleared(NB_CLEAR_BYTES + HEAD_BYTES);
		if (n % 64 == 0)
			nbmap_u64_reclaim(map);
	}
	nbmap_u64_enter(map);
	for (uint64_t n = 0; n < number; n++)
		ck_assert_ptr_eq(nbmap_u64_get(map, n), nbmap_int(n));
	nbmap_u64_leave(map);
}

START_TEST(no_call_clears_a_table)
{
	struct count *count = count_new();
	struct nbmap_u64 *map = open_noting(count, 0);

	fill_noting(map, NB_CLEAR_BYTES / 2);
	ck_assert_uint_gt(nb_table_capacity(nb_load_relaxed(&map->map.top)) * 16, 6 * NB_CLEAR_BYTES);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	ck_assert(count_end(count));
}
END_TEST

/* Nor does a clear of a map with much room; and the room comes back. */
START_TEST(no_clear_clears_a_large_table)
{
	struct count *count = count_new();
	size_t room = NB_ALONE_BYTES / 4;
	struct nbmap_u64 *map = open_noting(count, room);
	uint64_t before;

	ck_assert_ptr_nonnull(newest.block);
	ck_assert_uint_gt(newest.size, NB_ALONE_BYTES + HEAD_BYTES);
	nbmap_u64_enter(map);
	before = count_bytes(count);
	ck_assert_int_eq(nbmap_u64_clear(map), 0);
	ck_assert_uint_le(count_bytes(count) - before, NB_ALONE_BYTES + HEAD_BYTES);
	nbmap_u64_leave(map);
	check_cleared(NB_ALONE_BYTES + HEAD_BYTES);
	fill_noting(map, room / 4);
	nbmap_u64_enter(map);
	for (uint64_t n = 0; n < room; n++)
		ck_assert_int_eq(nbmap_u64_put(map, n, nbmap_int(n), NULL), 0);
	nbmap_u64_leave(map);
	ck_assert_uint_ge(nb_table_capacity(nb_load_relaxed(&map->map.top)), room);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	ck_assert(count_end(count));
}
END_TEST

void add_herd(TCase *tcase)
{
	tcase_add_loop_test(tcase, makers_that_stop, 0, STOPPED_MOST);
	tcase_add_test(tcase, no_call_clears_a_table);
	tcase_add_test(tcase, no_clear_clears_a_large_table);
}
