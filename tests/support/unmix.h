/*
 * unmix: nb_mix64() backwards, for keys whose place in a table a test chooses.
 *
 * The map mixes what a type's `hash` answers, with its seed, before the high
 * bits choose the home line.  An adversary who knew the seed could undo that:
 *
 *   hash = unmix64(wanted) ^ seed   =>   mixed hash = wanted
 */
#ifndef TEST_UNMIX_H
#define TEST_UNMIX_H

#include <stdint.h>

static inline uint64_t unmix64(uint64_t x)
{
	/* x ^= x >> 33 undoes itself; the factors are the inverses, modulo
	 * 2^64, of nb_mix64()'s two. */
	x = (x ^ (x >> 33)) * UINT64_C(0x9cb4b2f8129337db);
	x = (x ^ (x >> 33)) * UINT64_C(0x4f74430c22a54005);
	return x ^ (x >> 33);
}

#endif
