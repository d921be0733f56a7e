/*
 * multilinear: the hash of strings and byte ranges, in maps that have the ready-made
 * types.
 *
 * A key is a vector of words: m[0] is its size plus 1, the others are its bytes, eight
 * each; the last eight, which may overlap those before, come last, and are followed by
 * zeroes.  Two keys that differ have vectors that differ.  (Of one size, in some byte,
 * which is in some word; of two sizes, in m[0].)  Then
 *
 *   x    = sum of floor(a[i] * m[i] / 2^64) modulo 2^64     a[i] of 128 bits, secret
 *   hash = (x ^ x >> 32) * b modulo 2^64                    b odd, secret
 *
 * All these products are independent of one another, and so are under way at once.  That
 * is what SipHash cannot have, whose rounds wait for each other.
 *
 * Claim.  Two keys that were chosen without knowing the seed have one x with a
 * probability of 2^-63 at most, and one home in a table of `lines` lines with about
 * 2 / lines.
 *
 *   1. Let m and n be their vectors, d = m[i] - n[i] not 0, and all a but a[i] be fixed.
 *      One x means that the terms of i differ by a certain t, modulo 2^64.
 *   2. Then a[i] * d modulo 2^128 is within t * 2^64 - 2^64 and t * 2^64 + 2^64, as each
 *      floor takes less than 2^64 off.
 *   3. d = 2^k * odd with k < 64.  a[i] * odd takes all values alike, so a[i] * d takes
 *      those of all multiples of 2^k.  Of 2^128 / 2^k there are 2^65 / 2^k within 2.
 *      That is the 2^-63.
 *   4. Where the x differ, so do the x ^ x >> 32, and a product with a random odd number
 *      is universal (Dietzfelbinger, Hagerup, Katajainen, Penttonen 1997): 2 / lines.
 *
 * Why not x itself: it is all but linear in the key, so that names that count up would
 * have homes in equal steps, which with some seeds crowd; key.h tells of it.  What is
 * measured there is measured here, for families of names: tests/unit/spread_test.c.
 *
 * Longer keys go to SipHash-1-3: a secret is needed for each word.  The secrets, too,
 * are what SipHash makes of the seed and a number: who learns some learns no other.
 *
 * Against whom.  Who does not see the map's seed cannot choose keys that collide: that is
 * proven, where for SipHash it is believed.  SipHash is believed to do more, and this does
 * not: who could see many hashes, or time many calls to a part of a nanosecond, might
 * compute the secrets.  So hashes are not to be shown to strangers.
 *
 * Sources: Carter, Wegman 1979; Dietzfelbinger 1996, for the sum of products; Lemire,
 * Kaser 2014, that it is the fastest for strings.
 */
#ifndef NB_MULTILINEAR_H
#define NB_MULTILINEAR_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "mix.h"

/* Words of a key, the one for its size included. */
#define NB_MULTILINEAR_WORDS 16
/* The longest key. */
#define NB_MULTILINEAR_BYTES ((NB_MULTILINEAR_WORDS - 1) * 8)

struct nb_multilinear {
	struct {
		uint64_t low, high;
	} secret[NB_MULTILINEAR_WORDS];
	uint64_t last; /* odd */
};

/* The secrets that follow from a seed, of the first `words` words. */
void nb_multilinear_init(struct nb_multilinear *multilinear, uint64_t seed, unsigned words);

/* How many words a key of `size` bytes has. */
static inline unsigned nb_multilinear_words(size_t size)
{
	return size > 8 ? 1 + (unsigned)((size + 7) / 8) : 2;
}

/* floor(a[i] * word / 2^64), modulo 2^64. */
static inline uint64_t nb_multilinear_term(const struct nb_multilinear *multilinear, unsigned i, uint64_t word)
{
	return nb_multiply_high(multilinear->secret[i].low, word) + multilinear->secret[i].high * word;
}

/* Up to eight bytes; another word for each others of that size. */
static inline uint64_t nb_multilinear_word(const unsigned char *data, size_t size)
{
	if (size >= 4)
		return nb_read_half(data) | nb_read_half(data + size - 4) << 32;
	return size ? data[0] | (uint64_t)data[size / 2] << 8 | (uint64_t)data[size - 1] << 16 : 0;
}

/* The hash of `size` bytes, NB_MULTILINEAR_BYTES at most. */
static inline uint64_t nb_multilinear(const struct nb_multilinear *multilinear, const void *data, size_t size)
{
	const unsigned char *p = data;
	uint64_t x = nb_multilinear_term(multilinear, 0, size + 1);
	unsigned i = 1;

	if (size > 8) {
		const unsigned char *end = p + size - 8;

		do {
			x += nb_multilinear_term(multilinear, i++, nb_read_word(p));
			p += 8;
		} while (p < end);
		x += nb_multilinear_term(multilinear, i, nb_read_word(end));
	} else {
		x += nb_multilinear_term(multilinear, i, nb_multilinear_word(p, size));
	}
	return (x ^ x >> 32) * multilinear->last;
}

#endif
