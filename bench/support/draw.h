/*
 * draw: random numbers for the operation loops.  Xorshift (Marsaglia), one
 * step an operation; a range is taken from the high bits by a multiplication,
 * a decision from the low sixteen.
 */
#ifndef SUPPORT_DRAW_H
#define SUPPORT_DRAW_H

#include <stdint.h>

static inline uint64_t draw_next(uint64_t x)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^ x << 17;
}

/* From 0 to below - 1, for `below` up to 2^32. */
static inline uint64_t draw_below(uint64_t x, uint64_t below)
{
	return (x >> 32) * below >> 32;
}

/* From 0 to 2^16 - 1. */
static inline uint32_t draw_decision(uint64_t x)
{
	return (uint32_t)(x & 0xffff);
}

/* The finalizer of splitmix64 (Steele, Lea, Flood): a bijection. */
static inline uint64_t draw_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* A start value for thread `thread`, never 0. */
static inline uint64_t draw_seed(uint64_t seed, unsigned thread)
{
	return draw_mix(seed + (thread + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15)) | 1;
}

#endif
