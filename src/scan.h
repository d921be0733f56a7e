/*
 * scan: look at a line's four keys at once, without a branch.
 *
 * Why: whether a key is in a slot is as good as random to the processor.  At a
 * hit rate of a half every branch on it is mispredicted half the time, and a
 * mispredicted branch hides the next miss of the cache.
 *
 * What it says is a hint.  The keys are read as plain memory, in no order;
 * whoever acts on a bit first loads that slot atomically.  What the hint may be
 * trusted with is its zeros: a lane is read whole, and a key that is neither
 * EMPTY nor the wanted one is foreign or CLOSED for ever.
 *
 * Builds with NB_PLAIN (outside model checkers, ThreadSanitizer, machines
 * without SSE2) have no scan and load one key after the other.
 */
#ifndef NB_SCAN_H
#define NB_SCAN_H

#include "slot.h"

#if defined(NB_PLAIN)
/* asked for */
#elif defined(__SANITIZE_THREAD__) || !defined(__SSE2__)
#define NB_PLAIN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NB_PLAIN
#endif
#endif

#ifndef NB_PLAIN

#include <emmintrin.h>

/* One bit a slot. */
struct nb_scan {
	unsigned match; /* agrees with the wanted word under the mask */
	unsigned empty;
};

/* Which of two 64-bit lanes are zero.  SSE2 compares 32 bits: both halves of a
 * lane must be. */
static inline unsigned nb_scan_zero(__m128i lanes)
{
	__m128i halves = _mm_cmpeq_epi32(lanes, _mm_setzero_si128());

	return (unsigned)_mm_movemask_pd(_mm_castsi128_pd(_mm_and_si128(halves, _mm_shuffle_epi32(halves, 0xb1))));
}

static inline struct nb_scan nb_scan_line(struct nb_line *line, uint64_t word, uint64_t mask)
{
	/* volatile: each half is read once.  A compiler that reads it again for
	 * `empty` could report a slot as neither ours nor EMPTY that is ours. */
	const volatile __m128i *halves = (const volatile __m128i *)(uintptr_t)line->key;
	__m128i low = (NB_POINT(&line->key[0]), halves[0]);
	__m128i high = (NB_POINT(&line->key[2]), halves[1]);
	__m128i wanted = _mm_set1_epi64x((long long)word);
	__m128i bits = _mm_set1_epi64x((long long)mask);

	return (struct nb_scan){
		.match = nb_scan_zero(_mm_and_si128(_mm_xor_si128(low, wanted), bits)) |
			 nb_scan_zero(_mm_and_si128(_mm_xor_si128(high, wanted), bits)) << 2,
		.empty = nb_scan_zero(low) | nb_scan_zero(high) << 2,
	};
}

/* The lowest bit that is set, of at least one. */
static inline unsigned nb_scan_first(unsigned bits)
{
	return (unsigned)__builtin_ctz(bits);
}

#endif

#endif
