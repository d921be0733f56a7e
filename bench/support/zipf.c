/* zipf: see zipf.h. */
#include "zipf.h"

#include <math.h>
#include <stdlib.h>

#include "draw.h"

#define EXPONENT 0.99

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static uint64_t scatter_factor(uint64_t range)
{
	uint64_t factor = (uint64_t)((double)range * 0.6180339887498949) | 1;

	while (common_divisor(factor, range) != 1)
		factor += 2;
	return factor;
}

static double zeta(uint64_t range, double exponent)
{
	double sum = 0;

	for (uint64_t rank = 1; rank <= range; rank++)
		sum += pow((double)rank, -exponent);
	return sum;
}

void zipf_begin(struct zipf *zipf, uint64_t range, double exponent)
{
	zipf->range = range;
	zipf->total = zeta(range, exponent);
	zipf->second = 1 + pow(0.5, exponent);
	zipf->alpha = 1 / (1 - exponent);
	zipf->eta = (1 - pow(2 / (double)range, 1 - exponent)) / (1 - zipf->second / zipf->total);
}

uint64_t zipf_rank(const struct zipf *zipf, double u)
{
	uint64_t rank = 0;

	if (u * zipf->total >= zipf->second)
		rank = (uint64_t)((double)zipf->range * pow(zipf->eta * u - zipf->eta + 1, zipf->alpha));
	else if (u * zipf->total >= 1)
		rank = 1;
	return rank < zipf->range ? rank : zipf->range - 1;
}

uint32_t *zipf_ring(uint64_t range, uint64_t seed)
{
	uint32_t *ring = malloc(ZIPF_RING * sizeof(*ring));
	uint64_t x = draw_seed(seed, 0), factor = scatter_factor(range);
	struct zipf zipf;

	if (!ring)
		return NULL;
	zipf_begin(&zipf, range, EXPONENT);
	for (uint32_t i = 0; i < ZIPF_RING; i++) {
		x = draw_next(x);
		ring[i] = (uint32_t)(zipf_rank(&zipf, (double)(x >> 11) * 0x1p-53) * factor % range);
	}
	return ring;
}
