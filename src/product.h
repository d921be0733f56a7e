/*
 * product: the upper half of a product of two 64-bit words, floor(a * b / 2^64).
 */
#ifndef NB_PRODUCT_H
#define NB_PRODUCT_H

#include <stdint.h>

static inline uint64_t nb_multiply_high(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 wide;
	return (uint64_t)(((wide)a * b) >> 64);
#else
	/* In halves: C11 has no wider integer. */
	uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
	uint64_t mid1 = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
	uint64_t mid2 = (a & UINT32_MAX) * (b >> 32) + (mid1 & UINT32_MAX);
	return (a >> 32) * (b >> 32) + (mid1 >> 32) + (mid2 >> 32);
#endif
}

#endif
