/*
 * zipf: a ring of indices drawn with Zipf's distribution, exponent 0.99, so
 * that drawing costs the loops one sequential read.  Quickly generated after
 * Gray et al., "Quickly generating billion-record synthetic databases", 1994.
 *
 * Rank r stands for index r * m modulo the range, with m prime to it and
 * near the golden section, so that of the hot keys half are below the middle
 * of the range, like of all.
 */
#ifndef SUPPORT_ZIPF_H
#define SUPPORT_ZIPF_H

#include <stdint.h>

#define ZIPF_RING (1u << 22)

/* A malloc'ed ring of ZIPF_RING indices from 0 to range - 1, or NULL.  `range` is from 2 to 2^31. */
uint32_t *zipf_ring(uint64_t range, uint64_t seed);

#endif
