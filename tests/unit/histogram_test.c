/*
 * histogram_test: what the bench's latency histogram reports, beside the
 * sorted values themselves.
 */
#include "histogram.h"

#include <check.h>
#include <stdlib.h>

#include "run.h"

#define VALUES 20000

static struct histogram histogram, other;

static void setup(void)
{
	histogram = other = (struct histogram){0};
}

/* What may be reported for `value`: itself, or at most 1/128 more. */
static void assert_reports(uint64_t reported, uint64_t value)
{
	ck_assert_uint_ge(reported, value);
	ck_assert_uint_le(reported - value, value / HISTOGRAM_SPLIT);
}

/* Any order of magnitude is as likely as any other. */
static uint64_t random_value(uint64_t *state)
{
	uint64_t value = test_random(state);

	return value >> test_random(state) % 64;
}

static int ascending(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

START_TEST(empty)
{
	ck_assert_uint_eq(histogram_count(&histogram), 0);
	ck_assert_uint_eq(histogram_max(&histogram), 0);
	ck_assert_uint_eq(histogram_at(&histogram, 0), 0);
	ck_assert_uint_eq(histogram_at(&histogram, 50), 0);
	ck_assert_uint_eq(histogram_at(&histogram, 100), 0);
}
END_TEST

START_TEST(extremes)
{
	histogram_record(&histogram, 0);
	histogram_record(&histogram, UINT64_MAX);
	ck_assert_uint_eq(histogram_count(&histogram), 2);
	ck_assert_uint_eq(histogram_max(&histogram), UINT64_MAX);
	ck_assert_uint_eq(histogram_at(&histogram, 0), 0);
	ck_assert_uint_eq(histogram_at(&histogram, 50), 0);
	ck_assert_uint_eq(histogram_at(&histogram, 51), UINT64_MAX);
	ck_assert_uint_eq(histogram_at(&histogram, 100), UINT64_MAX);
	ck_assert_uint_eq(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}
END_TEST

/* Buckets follow each other without a gap, around every power of two. */
START_TEST(buckets_ascend)
{
	for (uint64_t value = 0; value < 2 * HISTOGRAM_SPLIT; value++)
		ck_assert_uint_eq(histogram_bucket(value), value);
	for (unsigned bit = HISTOGRAM_SPLIT_BITS + 1; bit < 64; bit++) {
		uint64_t power = UINT64_C(1) << bit, step = power >> HISTOGRAM_SPLIT_BITS;

		ck_assert_uint_eq(histogram_bucket(power), histogram_bucket(power - 1) + 1);
		ck_assert_uint_eq(histogram_bucket(power), histogram_bucket(power + step - 1));
		ck_assert_uint_eq(histogram_bucket(power) + 1, histogram_bucket(power + step));
	}
}
END_TEST

/* One value by itself is known only by its bucket: the second keeps the maximum from telling it. */
START_TEST(single_values)
{
	uint64_t state = test_random_stream(1);

	for (int i = 0; i < 2000; i++) {
		struct histogram *fresh = calloc(1, sizeof(*fresh));
		uint64_t value = random_value(&state);

		ck_assert_ptr_nonnull(fresh);
		histogram_record(fresh, value);
		histogram_record(fresh, UINT64_MAX);
		assert_reports(histogram_at(fresh, 50), value);
		free(fresh);
	}
}
END_TEST

START_TEST(percentiles)
{
	static const double asked[] = {0.01, 1, 25, 50, 90, 99, 99.9, 99.99};
	static uint64_t values[VALUES];
	uint64_t state = test_random_stream(2);

	for (unsigned i = 0; i < VALUES; i++) {
		values[i] = random_value(&state);
		histogram_record(i % 2 ? &histogram : &other, values[i]);
	}
	histogram_add(&histogram, &other);
	qsort(values, VALUES, sizeof(values[0]), ascending);
	ck_assert_uint_eq(histogram_count(&histogram), VALUES);
	ck_assert_uint_eq(histogram_max(&histogram), values[VALUES - 1]);
	for (unsigned i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		unsigned rank = (unsigned)(VALUES * asked[i] / 100 + 0.5);

		assert_reports(histogram_at(&histogram, asked[i]), values[rank - 1]);
	}
	ck_assert_uint_eq(histogram_at(&histogram, 100), values[VALUES - 1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("histogram");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, empty);
	tcase_add_test(all, extremes);
	tcase_add_test(all, buckets_ascend);
	tcase_add_test(all, single_values);
	tcase_add_test(all, percentiles);
	suite_add_tcase(suite, all);
	return test_run(suite);
}
