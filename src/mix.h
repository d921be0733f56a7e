/*
 * mix: the arithmetic that hashes are made of.
 */
#ifndef NB_MIX_H
#define NB_MIX_H

#include <stdint.h>

/* floor(a * b / 2^64). */
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

/* The 64-bit finalizer of MurmurHash3: every bit of x moves every bit. */
static inline uint64_t nb_mix64(uint64_t x)
{
	x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ (x >> 33);
}

#endif
