/*
 * pages: large blocks from the system (pages.h), and the maps that use them.
 *
 * What the kernel was asked for is read back from /proc/self/smaps: the line
 * VmFlags of a mapping has "hg" after madvise(MADV_HUGEPAGE).  Where the kernel
 * has no huge pages the tests that need the flag say so and pass.  What was
 * given back is seen by mincore(), which fails with ENOMEM for a page that is
 * not mapped.  Nobody else maps anything meanwhile but valgrind, which takes its
 * own memory from wherever some is free: not tested there.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "beneath.h"
#include "chain.h"
#include "host.h"
#include "map.h"
#include "nbmap.h"
#include "pages.h"

#define MIB ((size_t)1 << 20)
#define HUGE_PAGE (2 * MIB)

static const size_t sizes[] = {
	NB_PAGES_MIN,	   NB_PAGES_MIN + 1,  HUGE_PAGE - 1,	HUGE_PAGE,	   HUGE_PAGE + 1,
	HUGE_PAGE + 4096, HUGE_PAGE + 12345, 2 * HUGE_PAGE - 1, 2 * HUGE_PAGE, 5 * MIB + 64,
};
#define SIZES (int)(sizeof(sizes) / sizeof(*sizes))

/* ---- What the system says ----------------------------------------------- */

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t size)
{
	return (size + page_size() - 1) / page_size() * page_size();
}

/* Whether the page at `address` is mapped. */
static bool mapped(const char *address)
{
	unsigned char resident;

	if (!mincore((void *)(uintptr_t)address, 1, &resident))
		return true;
	ck_assert_int_eq(errno, ENOMEM);
	return false;
}

/* Pages mapped from `address` on, of `size` bytes. */
static size_t mapped_bytes(const char *address, size_t size)
{
	size_t bytes = 0;

	for (size_t offset = 0; offset < size; offset += page_size())
		bytes += mapped(address + offset) ? page_size() : 0;
	return bytes;
}

/* The VmFlags of the mapping that holds `address`, in `flags`; false if it has none. */
static bool flags_of(const void *address, char *flags, size_t size)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	bool inside = false, found = false;
	char line[1024];

	if (!smaps)
		return false;
	while (!found && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= (uintptr_t)address && (uintptr_t)address < to;
		found = inside && strncmp(line, "VmFlags:", 8) == 0;
	}
	fclose(smaps);
	if (found)
		snprintf(flags, size, "%s", line + 8);
	return found;
}

/* Whether huge pages were asked for there. */
static bool asked_for_huge(const void *address)
{
	char flags[1024];

	return flags_of(address, flags, sizeof(flags)) && strstr(flags, " hg") != NULL;
}

/* Whether the kernel knows huge pages, and says who asked for them (an emulator of another machine may not). */
static bool has_huge(void)
{
	void *asking = mmap(NULL, HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool has;

	ck_assert_ptr_ne(asking, MAP_FAILED);
	has = !madvise(asking, HUGE_PAGE, MADV_HUGEPAGE) && asked_for_huge(asking);
	munmap(asking, HUGE_PAGE);
	if (!has)
		printf("pages_test: no sign of transparent huge pages: not tested whether they are asked for\n");
	return has;
}

/* Whether nobody else maps what is given back. */
static bool alone_in_memory(void)
{
	if (!RUNNING_ON_VALGRIND)
		return true;
	printf("pages_test: valgrind maps memory of its own: not tested whether blocks are given back\n");
	return false;
}

/* ---- Blocks ------------------------------------------------------------- */

static bool all_zero(const unsigned char *block, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (block[i])
			return false;
	return true;
}

START_TEST(test_a_block_is_zero_aligned_and_ours)
{
	const size_t size = sizes[_i / 2];
	const bool huge = _i % 2;
	unsigned char *block = nb_pages_map(size, huge);

	ck_assert_ptr_nonnull(block);
	ck_assert_uint_eq((uintptr_t)block % page_size(), 0);
	if (huge && size >= HUGE_PAGE)
		ck_assert_uint_eq((uintptr_t)block % HUGE_PAGE, 0);
	ck_assert(all_zero(block, size));
	/* To the last byte. */
	memset(block, 0xff, size);
	nb_pages_unmap(block, size);
}
END_TEST

/* Neither the block nor what was mapped to align it stays. */
START_TEST(test_a_block_is_given_back_whole)
{
	const size_t size = sizes[_i / 2];
	/* A window in which the block is: what is mapped around it is counted, too. */
	const size_t room = 4 * HUGE_PAGE + whole_pages(size);
	const bool huge = _i % 2;
	char *block, *from;
	size_t during;

	if (!alone_in_memory())
		return;
	block = nb_pages_map(size, huge);
	ck_assert_ptr_nonnull(block);
	from = (char *)((uintptr_t)block & ~(page_size() - 1)) - 2 * HUGE_PAGE;
	during = mapped_bytes(from, room);
	ck_assert_uint_eq(mapped_bytes(block, size), whole_pages(size));
	nb_pages_unmap(block, size);
	ck_assert_uint_eq(mapped_bytes(block, size), 0);
	ck_assert_uint_eq(mapped_bytes(from, room), during - whole_pages(size));
}
END_TEST

/* The address space in use, in bytes. */
static size_t address_space(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	ck_assert_ptr_nonnull(statm);
	ck_assert_int_eq(fscanf(statm, "%lu", &pages), 1);
	fclose(statm);
	return pages * page_size();
}

/* The surplus of an aligned block goes back at once.  Many blocks, as others may map something meanwhile: a sanitizer. */
START_TEST(test_no_address_space_is_lost)
{
	enum { BLOCKS = 64 };
	const size_t size = HUGE_PAGE + 12345, others = 16 * HUGE_PAGE;
	const size_t before = address_space();
	void *block[BLOCKS];
	size_t during;

	for (unsigned i = 0; i < BLOCKS; i++) {
		block[i] = nb_pages_map(size, true);
		ck_assert_ptr_nonnull(block[i]);
	}
	during = address_space();
	ck_assert_uint_ge(during, before + BLOCKS * whole_pages(size));
	ck_assert_uint_le(during, before + BLOCKS * whole_pages(size) + others);
	for (unsigned i = 0; i < BLOCKS; i++)
		nb_pages_unmap(block[i], size);
	ck_assert_uint_le(address_space(), before + others);
}
END_TEST

/* Whole pieces are left, until nothing is. */
START_TEST(test_a_block_is_given_back_in_pieces)
{
	const size_t size = sizes[_i / 2];
	unsigned char *block = nb_pages_map(size, _i % 2);

	ck_assert_ptr_nonnull(block);
	memset(block, 1, size);
	for (size_t now = size, left; now; now = left) {
		left = nb_pages_left(now);
		ck_assert_uint_lt(left, now);
		ck_assert_uint_le(now - left, NB_PAGES_PIECE);
		ck_assert_uint_eq(left % NB_PAGES_PIECE, 0);
		nb_pages_unmap_end(block, now, left);
		for (size_t i = 0; i < left; i++)
			if (block[i] != 1)
				ck_abort_msg("byte %zu of %zu that are left", i, left);
		if (alone_in_memory())
			ck_assert_uint_eq(mapped_bytes((char *)block, size), left);
	}
	ck_assert_uint_eq(nb_pages_left(0), 0);
}
END_TEST

START_TEST(test_blocks_beside_each_other)
{
	enum { BLOCKS = 16 };
	const size_t size = HUGE_PAGE + 12345;
	unsigned char *block[BLOCKS];

	for (unsigned i = 0; i < BLOCKS; i++) {
		block[i] = nb_pages_map(size, i % 2);
		ck_assert_ptr_nonnull(block[i]);
		memset(block[i], (int)i + 1, size);
	}
	for (unsigned i = 0; i < BLOCKS; i += 2)
		nb_pages_unmap(block[i], size);
	for (unsigned i = 1; i < BLOCKS; i += 2) {
		ck_assert_uint_eq(block[i][0], i + 1);
		ck_assert(!memcmp(block[i], block[i] + 1, size - 1));
		nb_pages_unmap(block[i], size);
	}
}
END_TEST

START_TEST(test_more_than_there_is)
{
	for (unsigned shift = 0; shift < 3; shift++)
		for (unsigned huge = 0; huge < 2; huge++)
			ck_assert_ptr_null(nb_pages_map((SIZE_MAX / 2) >> shift, huge));
}
END_TEST

/* Of blocks of 2 MiB and more, unless it is not wanted. */
START_TEST(test_huge_pages_are_asked_for)
{
	const size_t size = sizes[_i];
	void *small = nb_pages_map(size, false), *huge = nb_pages_map(size, true);

	ck_assert_ptr_nonnull(small);
	ck_assert_ptr_nonnull(huge);
	if (has_huge()) {
		ck_assert(!asked_for_huge(small));
		ck_assert(asked_for_huge(huge) == (size >= HUGE_PAGE));
	}
	nb_pages_unmap(small, size);
	nb_pages_unmap(huge, size);
}
END_TEST

/* ---- Maps --------------------------------------------------------------- */

#define ENTRIES ((size_t)120000)

/* The newest table: the top may still be a smaller one. */
static const struct nb_table *last_of(struct nb_map *map)
{
	const struct nb_table *table = nb_load_acquire(&map->top), *next;

	while ((next = nb_load_acquire(&table->next)))
		table = next;
	return table;
}

static void check_pages(struct nb_map *map, unsigned flags)
{
	const struct nb_table *table = last_of(map);

	ck_assert_uint_ge(table->bytes, HUGE_PAGE);
	if (has_huge())
		ck_assert(asked_for_huge(table) == !(flags & NBMAP_SMALL_PAGES));
}

START_TEST(test_a_large_map_of_integers)
{
	const unsigned flags = _i % 2 ? NBMAP_SMALL_PAGES : 0;
	struct nbmap_config config = {.flags = flags | NBMAP_NO_THREAD, .capacity = _i / 2 ? ENTRIES : 0};
	struct nbmap_u64 *map;

	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	nbmap_u64_enter(map);
	for (uint64_t i = 0; i < ENTRIES; i++)
		if (nbmap_u64_put(map, i, nbmap_int(i), NULL))
			ck_abort_msg("put %llu", (unsigned long long)i);
	for (uint64_t i = 0; i < ENTRIES; i++)
		if (nbmap_u64_get(map, i) != nbmap_int(i))
			ck_abort_msg("get %llu", (unsigned long long)i);
	ck_assert_uint_eq(nbmap_u64_count(map), ENTRIES);
	check_pages(&map->map, flags);
	nbmap_u64_leave(map);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
}
END_TEST

START_TEST(test_a_large_map_of_objects)
{
	const unsigned flags = _i % 2 ? NBMAP_SMALL_PAGES : 0;
	struct nbmap_config config = {
		.type = nbmap_type_pointer(), .flags = flags | NBMAP_NO_THREAD, .capacity = _i / 2 ? ENTRIES : 0};
	struct nbmap *map;

	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	for (uintptr_t i = 1; i <= ENTRIES; i++)
		if (nbmap_put(map, (const void *)i, nbmap_int(i), NULL))
			ck_abort_msg("put %llu", (unsigned long long)i);
	for (uintptr_t i = 1; i <= ENTRIES; i++)
		if (nbmap_get(map, (const void *)i) != nbmap_int(i))
			ck_abort_msg("get %llu", (unsigned long long)i);
	ck_assert_uint_eq(nbmap_count(map), ENTRIES);
	check_pages(&map->map, flags);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
END_TEST

/* When it is destroyed its table is given back. */
START_TEST(test_a_large_map_leaves_nothing_mapped)
{
	struct nbmap_config config = {.flags = _i ? NBMAP_SMALL_PAGES | NBMAP_NO_THREAD : NBMAP_NO_THREAD};
	struct nbmap_u64 *map;
	const char *table;
	size_t bytes;

	config.capacity = 10 * ENTRIES;
	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	table = (const char *)last_of(&map->map);
	bytes = last_of(&map->map)->bytes;
	table -= (uintptr_t)table % page_size(); /* its header is before it */
	ck_assert_uint_ge(mapped_bytes(table, bytes), bytes);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	if (alone_in_memory())
		ck_assert_uint_eq(mapped_bytes(table, bytes), 0);
}
END_TEST

/* A piece a slice, and all in the end; what waits for it falls by what is freed. */
START_TEST(test_a_large_table_is_given_back_in_pieces)
{
	struct nbmap_config config = {.flags = _i ? NBMAP_SMALL_PAGES | NBMAP_NO_THREAD : NBMAP_NO_THREAD};
	const size_t lines = 5 * HUGE_PAGE / sizeof(struct nb_line);
	struct nb_dismantling done = {0};
	struct nbmap_u64 *map;
	const char *block;
	size_t size, bytes, slices = 0;
	bool last;

	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	done.table = nb_table_new(&map->map, nb_load_relaxed(&map->map.top)->chain,
				  (struct nb_size){.lines = lines}, 2);
	ck_assert_ptr_nonnull(done.table);
	bytes = size = done.table->bytes;
	block = (const char *)done.table - (uintptr_t)done.table % page_size(); /* its header is before it */
	do {
		size_t bytes_before = bytes, mapped_before = mapped_bytes(block, size);

		last = nb_table_free_slice(&map->map, &done, 1, &bytes);
		ck_assert_uint_le(bytes_before - bytes, HUGE_PAGE);
		if (alone_in_memory()) {
			ck_assert_uint_le(mapped_before - mapped_bytes(block, size), HUGE_PAGE);
			ck_assert_uint_le(mapped_bytes(block, size), whole_pages(bytes + page_size()));
		}
		slices++;
	} while (!last);
	ck_assert_uint_eq(bytes, 0);
	ck_assert_uint_eq(slices, 6);
	if (alone_in_memory())
		ck_assert_uint_eq(mapped_bytes(block, size), 0);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
}
END_TEST

START_TEST(test_a_capacity_that_cannot_be_had)
{
	const unsigned flags = NBMAP_NO_THREAD | (_i ? NBMAP_SMALL_PAGES : 0);
	struct nbmap_config config = {.type = nbmap_type_pointer(), .flags = flags};
	struct nbmap_config integers = {.flags = flags};
	struct nbmap *map = NULL;
	struct nbmap_u64 *map_u64 = NULL;

	for (unsigned shift = 0; shift < 8; shift++) {
		config.capacity = integers.capacity = SIZE_MAX >> shift;
		ck_assert_int_eq(nbmap_new(&map, &config), -ENOMEM);
		ck_assert_int_eq(nbmap_u64_new(&map_u64, &integers), -ENOMEM);
	}
	ck_assert_ptr_null(map);
	ck_assert_ptr_null(map_u64);
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

int main(void)
{
	Suite *suite = suite_create("pages");
	TCase *blocks = tcase_create("blocks");
	TCase *maps = tcase_create("maps");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(blocks, test_a_block_is_zero_aligned_and_ours, 0, 2 * SIZES);
	tcase_add_loop_test(blocks, test_a_block_is_given_back_whole, 0, 2 * SIZES);
	tcase_add_loop_test(blocks, test_a_block_is_given_back_in_pieces, 0, 2 * SIZES);
	tcase_add_test(blocks, test_no_address_space_is_lost);
	tcase_add_test(blocks, test_blocks_beside_each_other);
	tcase_add_test(blocks, test_more_than_there_is);
	tcase_add_loop_test(blocks, test_huge_pages_are_asked_for, 0, SIZES);
	suite_add_tcase(suite, blocks);
	tcase_add_loop_test(maps, test_a_large_map_of_integers, 0, 4);
	tcase_add_loop_test(maps, test_a_large_map_of_objects, 0, 4);
	tcase_add_loop_test(maps, test_a_large_map_leaves_nothing_mapped, 0, 2);
	tcase_add_loop_test(maps, test_a_large_table_is_given_back_in_pieces, 0, 2);
	tcase_add_loop_test(maps, test_a_capacity_that_cannot_be_had, 0, 2);
	tcase_set_timeout(maps, 120);
	suite_add_tcase(suite, maps);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
