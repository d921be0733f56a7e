/* histogram: sums and percentiles.  See histogram.h. */
#include "histogram.h"

/* The highest value that falls into the bucket. */
static uint64_t highest(unsigned bucket)
{
	if (bucket < HISTOGRAM_SPLIT)
		return bucket;

	unsigned shift = bucket / HISTOGRAM_SPLIT - 1;
	uint64_t lowest = (uint64_t)(bucket % HISTOGRAM_SPLIT + HISTOGRAM_SPLIT) << shift;

	return lowest + ((UINT64_C(1) << shift) - 1);
}

void histogram_add(struct histogram *into, const struct histogram *from)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	if (into->max < from->max)
		into->max = from->max;
}

uint64_t histogram_count(const struct histogram *histogram)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		count += histogram->buckets[i];
	return count;
}

uint64_t histogram_max(const struct histogram *histogram)
{
	return histogram->max;
}

uint64_t histogram_at(const struct histogram *histogram, double percentile)
{
	double wanted = (double)histogram_count(histogram) * percentile / 100;
	uint64_t below = 0;

	if (percentile >= 100)
		return histogram->max;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		below += histogram->buckets[i];
		if (below > 0 && (double)below >= wanted)
			return highest(i) < histogram->max ? highest(i) : histogram->max;
	}
	return histogram->max;
}
