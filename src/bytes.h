/*
 * bytes: words read from memory, little-endian on every machine, so that a fixed seed
 * means a fixed hash.
 */
#ifndef NB_BYTES_H
#define NB_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint64_t nb_read_word(const unsigned char *p)
{
	uint64_t word = 0;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&word, p, 8);
#else
	for (unsigned i = 0; i < 8; i++)
		word |= (uint64_t)p[i] << (8 * i);
#endif
	return word;
}

static inline uint64_t nb_read_half(const unsigned char *p)
{
	uint32_t half = 0;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&half, p, 4);
#else
	for (unsigned i = 0; i < 4; i++)
		half |= (uint32_t)p[i] << (8 * i);
#endif
	return half;
}

#endif
