/*
 * home: the home line of a hash, in tables of any size.
 */
#include "suite.h"
#include "run.h"
#include "unmix.h"

/* The upper half of a * b, bit by bit. */
static uint64_t high_product(uint64_t a, uint64_t b)
{
	uint64_t high = 0, low = 0;

	for (int bit = 63; bit >= 0; bit--) {
		high = high << 1 | low >> 63;
		low <<= 1;
		if (a >> bit & 1) {
			low += b;
			high += low < b;
		}
	}
	return high;
}

static const uint64_t line_counts[] = {
	1,
	2,
	3,
	5,
	64,
	1000,
	UINT64_C(1) << 31,
	(UINT64_C(1) << 32) - 1,
	UINT64_C(1) << 32,
	(UINT64_C(1) << 32) + 1,
	(UINT64_C(3) << 33) + 7,
	SIZE_MAX / 8 / sizeof(struct nb_line),
	SIZE_MAX,
};
#define LINE_COUNTS (sizeof(line_counts) / sizeof(*line_counts))

static size_t home_of(size_t lines, uint64_t hash)
{
	struct nb_table table = {.lines = lines};

	return nb_table_home(&table, hash);
}

START_TEST(home_of_any_size)
{
	static const uint64_t hashes[] = {
		0, 1, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX,
	};
	uint64_t state = test_seed(), lines = line_counts[_i];

	for (size_t i = 0; i < 1000; i++) {
		uint64_t hash = i < sizeof(hashes) / sizeof(*hashes) ? hashes[i] : test_random(&state);
		uint64_t home = high_product(hash, lines);

		ck_assert_uint_lt(home, lines);
		ck_assert_uint_eq(home_of(lines, hash), home);
		ck_assert_uint_eq(core_home_portable(lines, hash), home);
	}
	ck_assert_uint_eq(home_of(lines, 0), 0);
	ck_assert_uint_eq(home_of(lines, UINT64_MAX), lines - 1);
}
END_TEST

/* A larger hash has no smaller home, whatever the size; a line of a table becomes `times` neighbours of a larger. */
START_TEST(home_keeps_order)
{
	uint64_t state = test_seed(), lines = line_counts[_i];

	for (int i = 0; i < 1000; i++) {
		uint64_t a = test_random(&state), b = test_random(&state), times = 1 + test_random(&state) % 8;
		size_t home = home_of(lines, a);

		if (a > b)
			ck_assert_uint_ge(home, home_of(lines, b));
		else
			ck_assert_uint_le(home, home_of(lines, b));
		if (lines > SIZE_MAX / times)
			continue;
		ck_assert_uint_ge(home_of(lines * times, a), home * times);
		ck_assert_uint_lt(home_of(lines * times, a), (home + 1) * times);
	}
}
END_TEST

/* The tests' own inverses, on which all that follows stands. */
START_TEST(hashes_for_tests)
{
	uint64_t state = test_seed();

	for (int i = 0; i < 100; i++) {
		uint64_t x = test_random(&state);
		size_t lines = 1 + (size_t)(test_random(&state) % 1000), home = (size_t)(x % lines);

		ck_assert_uint_eq(nb_mix64(unmix64(x)), x);
		ck_assert_uint_eq(home_of(lines, core_hash(lines, home, 0)), home);
		ck_assert_uint_eq(home_of(lines, core_hash(lines, home, 1000000)), home);
		if (home)
			ck_assert_uint_eq(home_of(lines, core_hash(lines, home, 0) - 1), home - 1);
	}
}
END_TEST

void add_home(TCase *tcase)
{
	tcase_add_loop_test(tcase, home_of_any_size, 0, (int)LINE_COUNTS);
	tcase_add_loop_test(tcase, home_keeps_order, 0, (int)LINE_COUNTS);
	tcase_add_test(tcase, hashes_for_tests);
}
