/*
 * zipf: ranks drawn with Zipf's distribution, rank r with 1 / (r + 1)^exponent.  After
 * Gray et al., "Quickly generating billion-record synthetic databases", 1994: the two
 * that come most often are told apart, the others follow a power that is close to the sum.
 *
 * And a ring of indices, drawn so with exponent 0.99, so that drawing costs the loops one
 * sequential read.  Rank r stands for index r * m modulo the range, with m prime to it and
 * near the golden section, so that of the hot keys half are below the middle
 * of the range, like of all.
 */
#ifndef SUPPORT_ZIPF_H
#define SUPPORT_ZIPF_H

#include <stdint.h>

struct zipf {
	uint64_t range;
	double total, second, alpha, eta;
};

/* Of ranks 0 to range - 1, 0 < exponent < 1.  Takes time in the order of `range`. */
void zipf_begin(struct zipf *zipf, uint64_t range, double exponent);
/* `u` is a random number, 0 <= u < 1. */
uint64_t zipf_rank(const struct zipf *zipf, double u);

#define ZIPF_RING (1u << 22)

/* A malloc'ed ring of ZIPF_RING indices from 0 to range - 1, or NULL.  `range` is from 2 to 2^31. */
uint32_t *zipf_ring(uint64_t range, uint64_t seed);

#endif
