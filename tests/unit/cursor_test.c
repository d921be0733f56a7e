/*
 * cursor: the arithmetic of positions.
 *
 *   rank      reverses the bits of an interval's number, and has an inverse
 *   a cycle   its ranges, less what was not to come, have each hash once: for
 *             every number of lines, also when that changes in the midst
 *
 * What a hash is worth is asked of samples: random ones, and the first and last of
 * intervals of every grain.  A range counts for those that lie in it and are
 * wanted.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "run.h"
#include "table.h"
#include "tuning.h"

/* ---- Samples ------------------------------------------------------------ */

#define SAMPLES 3000

static uint64_t sample[SAMPLES];
static unsigned times[SAMPLES]; /* how often it came in the cycle */

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void draw_samples(uint64_t *random)
{
	unsigned n = 0;

	sample[n++] = 0;
	sample[n++] = UINT64_MAX;
	for (unsigned grain = 1; grain < 20; grain++)
		for (unsigned i = 0; i < 40; i++) {
			uint64_t first = test_random(random) >> (64 - grain) << (64 - grain);

			sample[n++] = first;
			sample[n++] = first - 1;
		}
	while (n < SAMPLES)
		sample[n++] = test_random(random);
	qsort(sample, SAMPLES, sizeof(*sample), by_value);
	memset(times, 0, sizeof(times));
}

static void count_range(const struct nb_cursor *cursor, struct nb_hashes range)
{
	size_t low = 0, high = SAMPLES;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sample[middle] < range.first)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < SAMPLES && sample[low] <= range.last; low++)
		times[low] += nb_cursor_wants(cursor, sample[low]);
}

/* Of equal samples each came once, too. */
static void assert_each_once(void)
{
	for (unsigned i = 0; i < SAMPLES; i++)
		ck_assert_msg(times[i] == 1, "hash %llx came %u times", (unsigned long long)sample[i], times[i]);
}

/* ---- Cycles ------------------------------------------------------------- */

/* Hashes of so many lines. */
static uint64_t hashes_of(uint64_t stretch, uint64_t lines)
{
	return stretch < lines ? (UINT64_MAX / lines + 1) * stretch : UINT64_MAX;
}

/* One range, or the half of it where `random` says so. */
static struct nb_hashes take(struct nb_cursor *cursor, uint64_t lines, uint64_t random)
{
	uint64_t most = hashes_of(1 + random % NB_STRETCH_LINES, lines);
	struct nb_hashes range;

	nb_cursor_fit(cursor, lines);
	ck_assert(nb_cursor_valid(cursor));
	range = nb_cursor_next(cursor, most);
	ck_assert_uint_le(range.first, range.last);
	ck_assert_uint_lt(range.last - range.first, most);
	if (random >> 32 & 1)
		range.last = range.first + (range.last - range.first) / 2;
	count_range(cursor, range);
	nb_cursor_pass(cursor, range);
	ck_assert(nb_cursor_valid(cursor));
	return range;
}

/* To the end of the cycle, at one size.  Returns how many ranges that were. */
static unsigned finish(struct nb_cursor *cursor, uint64_t lines, uint64_t *random)
{
	uint64_t cycle = cursor->cycle;
	unsigned ranges = 0;

	while (cursor->cycle == cycle) {
		(void)take(cursor, lines, random ? test_random(random) : NB_STRETCH_LINES - 1);
		ranges++;
	}
	/* The next one begins with nothing known. */
	ck_assert_uint_eq(cursor->cycle, cycle + 1);
	ck_assert_uint_eq(cursor->stages, 0);
	ck_assert_uint_eq(cursor->origin, 0);
	ck_assert(nb_cursor_valid(cursor));
	return ranges;
}

/* ---- Ranks, grains ------------------------------------------------------ */

START_TEST(test_rank_reverses_an_intervals_number)
{
	static const unsigned order[8] = {0, 4, 2, 6, 1, 5, 3, 7};

	for (unsigned i = 0; i < 8; i++) {
		ck_assert_uint_eq(nb_cursor_rank(0, 3, (uint64_t)i << 61), (uint64_t)order[i] << 61);
		ck_assert_uint_eq(nb_cursor_rank(0, 3, (uint64_t)i << 61 | 12345), (uint64_t)order[i] << 61 | 12345);
	}
	ck_assert_uint_eq(nb_cursor_rank(0, 0, 12345), 12345);
	ck_assert_uint_eq(nb_cursor_rank(0, 1, UINT64_C(1) << 63), UINT64_C(1) << 63);
}
END_TEST

START_TEST(test_ranks_and_hashes_are_inverse)
{
	uint64_t random = test_random_stream(1);

	for (unsigned i = 0; i < test_rounds(1000, 20); i++)
		for (unsigned grain = 0; grain <= NB_GRAIN_MAX; grain++) {
			uint64_t hash = test_random(&random), origin = i % 2 ? test_random(&random) : 0;
			uint64_t rank = nb_cursor_rank(origin, grain, hash);

			ck_assert_uint_eq(nb_cursor_hash(origin, grain, rank), hash);
			ck_assert_uint_eq(nb_cursor_rank(origin, grain, origin), 0);
		}
}
END_TEST

START_TEST(test_intervals_are_a_stretch_or_half_of_one)
{
	for (uint64_t lines = 1; lines < test_rounds(100000, 2000); lines++) {
		uint64_t stretches = (uint64_t)NB_STRETCH_LINES << nb_cursor_grain(lines);

		ck_assert_uint_ge(stretches, lines);
		if (nb_cursor_grain(lines))
			ck_assert_uint_lt(stretches, 2 * lines);
	}
	ck_assert_uint_le(nb_cursor_grain(UINT64_MAX), NB_GRAIN_MAX);
}
END_TEST

/* ---- One size ----------------------------------------------------------- */

START_TEST(test_a_cycle_has_each_hash_once_at_every_size)
{
	uint64_t random = test_random_stream(2);

	for (uint64_t lines = 1; lines < test_rounds(5000, 300); lines += 1 + lines / 8) {
		struct nb_cursor cursor = {.cycle = 0};

		draw_samples(&random);
		(void)finish(&cursor, lines, &random);
		assert_each_once();
	}
}
END_TEST

/* Not only the samples: at one size the ranges themselves lie side by side. */
START_TEST(test_the_ranges_of_a_cycle_lie_side_by_side)
{
	static struct nb_hashes range[5000];

	for (uint64_t lines = 1; lines < test_rounds(2000, 200); lines += 1 + lines / 7) {
		struct nb_cursor cursor = {.cycle = 0};
		unsigned n = 0;

		while (!cursor.cycle)
			range[n++] = take(&cursor, lines, NB_STRETCH_LINES - 1);
		/* Their first member decides. */
		qsort(range, n, sizeof(*range), by_value);
		ck_assert_uint_eq(range[0].first, 0);
		for (unsigned i = 1; i < n; i++)
			ck_assert_uint_eq(range[i].first, range[i - 1].last + 1);
		ck_assert_uint_eq(range[n - 1].last, UINT64_MAX);
	}
}
END_TEST

/* Any half of a cycle's ranges is half of each part of the table. */
START_TEST(test_half_a_cycle_is_spread)
{
	const uint64_t lines = 4096 * NB_STRETCH_LINES;
	struct nb_cursor cursor = {.cycle = 0};
	unsigned passed[16] = {0};

	for (unsigned i = 0; i < 2048; i++)
		passed[take(&cursor, lines, NB_STRETCH_LINES - 1).first >> 60]++;
	for (unsigned part = 0; part < 16; part++)
		ck_assert_uint_eq(passed[part], 128);
}
END_TEST

/* ---- Sizes that change -------------------------------------------------- */

START_TEST(test_a_cycle_has_each_hash_once_however_sizes_change)
{
	uint64_t random = test_random_stream(3);

	for (unsigned round = 0; round < test_rounds(300, 20); round++) {
		struct nb_cursor cursor = {.cycle = round, .origin = round % 2 ? test_random(&random) : 0};

		draw_samples(&random);
		for (unsigned change = 0; change < 12 && cursor.cycle == round; change++) {
			uint64_t r = test_random(&random), lines = 1 + (r >> 8) % (UINT64_C(1) << r % 14);

			for (unsigned i = (unsigned)(r >> 40) % 60; i && cursor.cycle == round; i--)
				(void)take(&cursor, lines, test_random(&random));
		}
		if (cursor.cycle == round)
			(void)finish(&cursor, 1 + test_random(&random) % 3000, &random);
		assert_each_once();
	}
}
END_TEST

/* More changes than there are stages. */
START_TEST(test_a_cycle_that_has_used_all_stages)
{
	uint64_t random = test_random_stream(4);
	struct nb_cursor cursor = {.cycle = 0};

	draw_samples(&random);
	for (unsigned change = 0; change < 4 * NB_CURSOR_STAGES; change++)
		for (unsigned i = 0; i < 3; i++)
			(void)take(&cursor, change % 2 ? 4000 : 40 * NB_STRETCH_LINES, test_random(&random));
	ck_assert_uint_eq(cursor.cycle, 0);
	ck_assert_uint_eq(cursor.stages, NB_CURSOR_STAGES);
	(void)finish(&cursor, 1, &random);
	assert_each_once();
}
END_TEST

/* To tens of millions of entries within one cycle. */
START_TEST(test_stages_are_enough_for_a_map_that_grows_far)
{
	struct nb_cursor cursor = {.cycle = 0};

	if (NB_REGRAIN == 1)
		return; /* so small a step is for tests alone */
	for (unsigned bits = 3; bits < 24; bits++) {
		(void)take(&cursor, UINT64_C(1) << bits, 0);
		ck_assert_uint_lt(nb_cursor_grain(UINT64_C(1) << bits) - cursor.grain[cursor.stages - 1], NB_REGRAIN);
	}
}
END_TEST

/* A stage in which nothing was passed takes another grain, and none is used up. */
START_TEST(test_a_stage_that_passed_nothing_is_used_again)
{
	struct nb_cursor cursor = {.cycle = 0};

	for (unsigned passed = 0; passed < 2; passed++) {
		for (unsigned bits = 0; bits < 24; bits++) {
			nb_cursor_fit(&cursor, (uint64_t)NB_STRETCH_LINES << bits);
			ck_assert(nb_cursor_valid(&cursor));
			ck_assert_uint_eq(cursor.stages, 1 + passed);
			ck_assert_uint_lt(bits - cursor.grain[passed], NB_REGRAIN);
		}
		(void)take(&cursor, UINT64_C(1) << 27, 0);
		nb_cursor_fit(&cursor, 1);
	}
	ck_assert_uint_eq(cursor.stages, 3);
}
END_TEST

/* What an earlier stage is past is skipped, not walked. */
START_TEST(test_what_was_passed_is_skipped)
{
	const uint64_t small = 512 * NB_STRETCH_LINES, large = 64 * small;
	struct nb_cursor cursor = {.cycle = 0};

	for (unsigned i = 0; i < 500; i++)
		(void)take(&cursor, small, NB_STRETCH_LINES - 1);
	/* 12 intervals of 512 are left, of 64 stretches each. */
	ck_assert_uint_eq(finish(&cursor, large, NULL), 12 * 64);
}
END_TEST

/* ---- Placed, and broken, cursors ----------------------------------------- */

START_TEST(test_a_placed_cursor_goes_around)
{
	uint64_t random = test_random_stream(5);

	for (unsigned round = 0; round < test_rounds(50, 5); round++) {
		uint64_t position = test_random(&random), lines = 1 + test_random(&random) % 3000;
		struct nbmap_cursor shell = nbmap_cursor_at(position);
		struct nb_cursor cursor = nb_cursor_load(&shell);

		ck_assert(nb_cursor_valid(&cursor));
		draw_samples(&random);
		ck_assert_uint_eq(take(&cursor, lines, 0).first, position);
		(void)finish(&cursor, lines, &random);
		assert_each_once();
	}
}
END_TEST

START_TEST(test_position_0_is_where_cycles_begin)
{
	struct nbmap_cursor zero = {0}, placed = nbmap_cursor_at(0);

	ck_assert_mem_eq(&zero, &placed, sizeof(zero));
}
END_TEST

START_TEST(test_what_is_no_cursor)
{
	struct nb_cursor cursor = {.stages = NB_CURSOR_STAGES + 1};

	ck_assert(!nb_cursor_valid(&cursor));
	cursor = (struct nb_cursor){.stages = 1, .grain = {NB_GRAIN_MAX + 1}};
	ck_assert(!nb_cursor_valid(&cursor));
	cursor = (struct nb_cursor){.stages = 1, .grain = {3, 3}};
	ck_assert(!nb_cursor_valid(&cursor));
	cursor = (struct nb_cursor){.stages = 1, .at = {0, 1}};
	ck_assert(!nb_cursor_valid(&cursor));
	cursor = (struct nb_cursor){.at = {1}};
	ck_assert(!nb_cursor_valid(&cursor));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cursor");
	TCase *tcase = tcase_create("cursor");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_rank_reverses_an_intervals_number);
	tcase_add_test(tcase, test_ranks_and_hashes_are_inverse);
	tcase_add_test(tcase, test_intervals_are_a_stretch_or_half_of_one);
	tcase_add_test(tcase, test_a_cycle_has_each_hash_once_at_every_size);
	tcase_add_test(tcase, test_the_ranges_of_a_cycle_lie_side_by_side);
	tcase_add_test(tcase, test_half_a_cycle_is_spread);
	tcase_add_test(tcase, test_a_cycle_has_each_hash_once_however_sizes_change);
	tcase_add_test(tcase, test_a_cycle_that_has_used_all_stages);
	tcase_add_test(tcase, test_stages_are_enough_for_a_map_that_grows_far);
	tcase_add_test(tcase, test_a_stage_that_passed_nothing_is_used_again);
	tcase_add_test(tcase, test_what_was_passed_is_skipped);
	tcase_add_test(tcase, test_a_placed_cursor_goes_around);
	tcase_add_test(tcase, test_position_0_is_where_cycles_begin);
	tcase_add_test(tcase, test_what_is_no_cursor);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
