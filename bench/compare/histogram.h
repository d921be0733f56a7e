/*
 * histogram: latencies in nanoseconds, counted in buckets that are linear
 * within each power of two.
 *
 * A power of two from 2^7 on is split into 2^7 buckets, so that a bucket is
 * narrower than 1/128 of any value in it; values below 2^8 are exact.  What is
 * reported is a bucket's highest value and never less than what was recorded,
 * at most 0.79% more.  Memory is fixed, 58 KiB, of which a run touches little.
 * The idea is HdrHistogram's.  Its C library is not used: Debian has no package of it, and
 * its record call is not inlined into the timed loops, where it would be measured, too.
 *
 * One thread records; a thread's histogram is added to another's afterwards.
 */
#ifndef COMPARE_HISTOGRAM_H
#define COMPARE_HISTOGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HISTOGRAM_SPLIT_BITS 7
#define HISTOGRAM_SPLIT (1 << HISTOGRAM_SPLIT_BITS)
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_SPLIT_BITS + 1) * HISTOGRAM_SPLIT)

/* All zero is empty. */
struct histogram {
	uint64_t max;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* How far a value is shifted right until it is below 2 * HISTOGRAM_SPLIT; what is left counts on from its power. */
static inline unsigned histogram_bucket(uint64_t ns)
{
	unsigned shift = 63 - HISTOGRAM_SPLIT_BITS - (unsigned)__builtin_clzll(ns | HISTOGRAM_SPLIT);

	return shift * HISTOGRAM_SPLIT + (unsigned)(ns >> shift);
}

static inline void histogram_record(struct histogram *histogram, uint64_t ns)
{
	histogram->buckets[histogram_bucket(ns)]++;
	if (histogram->max < ns)
		histogram->max = ns;
}

/* Add all that is in `from`. */
void histogram_add(struct histogram *into, const struct histogram *from);

uint64_t histogram_count(const struct histogram *histogram);

/* The highest value recorded, exactly; 0 if there is none. */
uint64_t histogram_max(const struct histogram *histogram);

/* What `percentile` percent of the values do not exceed; 0 if there are none.  100 is the maximum. */
uint64_t histogram_at(const struct histogram *histogram, double percentile);

#ifdef __cplusplus
}
#endif

#endif
