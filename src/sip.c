/*
 * sip: see sip.h.
 */
#include "sip.h"

#include "bytes.h"
#include "mix.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate_left(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate_left(s->v1, 13) ^ s->v0;
	s->v3 = rotate_left(s->v3, 16) ^ s->v2;
	s->v0 = rotate_left(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = rotate_left(s->v3, 21) ^ s->v0;
	s->v1 = rotate_left(s->v1, 17) ^ s->v2;
	s->v2 = rotate_left(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

/*
 * The last size % 8 bytes.  Out of the last eight where there are so many: a
 * loop over the bytes that are left would end elsewhere for each key, and no
 * processor can tell where.
 */
static inline uint64_t read_tail(const unsigned char *data, size_t size)
{
	size_t left = size % 8;
	uint64_t word = 0;

	if (size >= 8)
		return nb_read_word(data + size - 8) >> (8 * (7 - left)) >> 8;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)data[i] << (8 * i);
	return word;
}

uint64_t nb_sip(const void *data, size_t size, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t k0 = seed, k1 = nb_mix64(seed + UINT64_C(0x9e3779b97f4a7c15));
	struct sip s = {
		k0 ^ UINT64_C(0x736f6d6570736575),
		k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261),
		k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t left = size;

	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, nb_read_word(p));
	sip_word(&s, read_tail(data, size) | (uint64_t)size << 56);
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
