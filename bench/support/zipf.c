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

static double zeta(uint64_t range)
{
	double sum = 0;

	for (uint64_t rank = 1; rank <= range; rank++)
		sum += pow((double)rank, -EXPONENT);
	return sum;
}

uint32_t *zipf_ring(uint64_t range, uint64_t seed)
{
	uint32_t *ring = malloc(ZIPF_RING * sizeof(*ring));
	uint64_t x = draw_seed(seed, 0), factor = scatter_factor(range);

	if (!ring)
		return NULL;

	double total = zeta(range), second = 1 + pow(0.5, EXPONENT), alpha = 1 / (1 - EXPONENT);
	double eta = (1 - pow(2 / (double)range, 1 - EXPONENT)) / (1 - second / total);

	for (uint32_t i = 0; i < ZIPF_RING; i++) {
		x = draw_next(x);

		double u = (double)(x >> 11) * 0x1p-53;
		uint64_t rank = 0;

		if (u * total >= second)
			rank = (uint64_t)((double)range * pow(eta * u - eta + 1, alpha));
		else if (u * total >= 1)
			rank = 1;
		if (rank >= range)
			rank = range - 1;
		ring[i] = (uint32_t)(rank * factor % range);
	}
	return ring;
}
