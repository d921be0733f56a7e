/*
 * scan: look at a line's four keys at once, without a branch.
 *
 * Why: whether a key is in a slot is as good as random to the processor.  At a
 * hit rate of a half every branch on it is mispredicted half the time, and a
 * mispredicted branch hides the next miss of the cache.
 *
 * Half of each word is compared: the low one of an integer key, and of an object
 * the high one, in which its tag is.  That spares a third of a get's
 * instructions, and the fewer they are, the more gets a core has under way
 * while it waits for memory.
 *
 * What it says is a hint.  The keys are read as plain memory, in no order;
 * whoever acts on a bit first loads that slot atomically.  What the hint may be
 * trusted with is its zeros: a half is read whole, and one that is neither
 * EMPTY's nor the wanted one's is of a key that is foreign, or CLOSED, for ever.
 * A one can be wrong without a race, too: other keys have the same half, or half
 * of EMPTY.
 *
 * What is asked of the machine.  Two words are loaded at once that others load and
 * write by atomics of 8 bytes each: for C11 that is a race, so the loads are
 * volatile, and the rest is the processor's.  It must give two things:
 *
 *   1. A half that is read is half of a value that its word has had.  Arm says so of
 *      each aligned quadword of a vector load; Intel and AMD of all 16 bytes, aligned,
 *      where there is AVX, and processors without split loads at quadwords.
 *   2. Coherence between accesses of two sizes: an atomic load that stands after the
 *      scan does not see an older value of the word than the scan has.  x86 does not
 *      reorder loads; Arm's coherence is of bytes, whatever the accesses that meet
 *      there.
 *
 * Without 1 a zero could lie.  Without 2 a probe could find its key by the scan, read
 * EMPTY where it confirms that, pass by, and claim a second slot.  That the scan
 * itself is old does no harm: it says EMPTY of a slot that has got a key, and the
 * load that is to confirm EMPTY does not.
 *
 * Builds with NB_PLAIN (ThreadSanitizer, machines with neither SSE2 nor a
 * little-endian NEON) have no scan and load one key after the other.  Builds with
 * NB_SCAN_WORDS scan by four relaxed loads, which give what 1 and 2 ask for and no
 * more: for model checkers, so that they see the probes and the get that act on a
 * hint.
 */
#ifndef NB_SCAN_H
#define NB_SCAN_H

#include "slot.h"

#if defined(NB_PLAIN) || defined(NB_SCAN_WORDS)
/* asked for */
#elif defined(__SANITIZE_THREAD__) || !(defined(__SSE2__) || (defined(__AARCH64EL__) && defined(__ARM_NEON)))
#define NB_PLAIN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NB_PLAIN
#endif
#endif

#ifndef NB_PLAIN

/* One bit a slot. */
struct nb_scan {
	unsigned match; /* agrees with the wanted half */
	unsigned empty;
};

#ifdef NB_SCAN_WORDS

/* `match` where all bits of `mask` agree, `empty` where those of `half` are 0. */
static inline struct nb_scan nb_scan_words(struct nb_line *line, uint64_t word, uint64_t mask, uint64_t half)
{
	struct nb_scan scan = {0, 0};

	for (unsigned i = 0; i < NB_LINE_SLOTS; i++) {
		/* Relaxed: a vector load promises no more. */
		uint64_t seen = nb_load_relaxed(&line->key[i]);

		scan.match |= (unsigned)!((seen ^ word) & mask) << i;
		scan.empty |= (unsigned)!(seen & half) << i;
	}
	return scan;
}

static inline struct nb_scan nb_scan_integers(struct nb_line *line, uint64_t word)
{
	return nb_scan_words(line, word, UINT32_MAX, UINT32_MAX);
}

static inline struct nb_scan nb_scan_objects(struct nb_line *line, uint64_t word, uint64_t mask)
{
	return nb_scan_words(line, word, mask & ~(uint64_t)UINT32_MAX, ~(uint64_t)UINT32_MAX);
}

/* The lowest bit that is set, of at least one. */
static inline unsigned nb_scan_first(unsigned bits)
{
	unsigned bit = 0;

	while (!(bits >> bit & 1))
		bit++;
	return bit;
}

#else

#ifdef __SSE2__

#include <emmintrin.h>

typedef __m128i nb_halves;

static inline unsigned nb_scan_equal(nb_halves a, nb_halves b)
{
	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(a, b)));
}

#define nb_scan_all(half) _mm_set1_epi32((int)(half))
#define nb_scan_and _mm_and_si128
#define nb_scan_low(a, b) _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), 0x88))
#define nb_scan_high(a, b) _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), 0xdd))

#else

#include <arm_neon.h>

typedef uint32x4_t nb_halves __attribute__((may_alias));

static inline unsigned nb_scan_equal(nb_halves a, nb_halves b)
{
	static const uint32_t bit[NB_LINE_SLOTS] = {1, 2, 4, 8};

	return vaddvq_u32(vandq_u32(vceqq_u32(a, b), vld1q_u32(bit)));
}

#define nb_scan_all(half) vdupq_n_u32(half)
#define nb_scan_and vandq_u32
#define nb_scan_low vuzp1q_u32
#define nb_scan_high vuzp2q_u32

#endif

/* Two keys.  volatile: they are read once.  A compiler that read them again for
 * `empty` could report a slot as neither ours nor EMPTY that is ours. */
#define nb_scan_pair(line, first)                                                                                      \
	(NB_POINT(&(line)->key[first]), ((const volatile nb_halves *)(uintptr_t)(line)->key)[(first) / 2])

/* The low halves. */
static inline struct nb_scan nb_scan_integers(struct nb_line *line, uint64_t word)
{
	nb_halves first = nb_scan_pair(line, 0), second = nb_scan_pair(line, 2);
	nb_halves low = nb_scan_low(first, second);

	return (struct nb_scan){
		.match = nb_scan_equal(low, nb_scan_all((uint32_t)word)),
		.empty = nb_scan_equal(low, nb_scan_all(0)),
	};
}

/* The high halves, and of those the bits of `mask`. */
static inline struct nb_scan nb_scan_objects(struct nb_line *line, uint64_t word, uint64_t mask)
{
	nb_halves first = nb_scan_pair(line, 0), second = nb_scan_pair(line, 2);
	nb_halves high = nb_scan_high(first, second);

	return (struct nb_scan){
		.match = nb_scan_equal(nb_scan_and(high, nb_scan_all((uint32_t)(mask >> 32))),
				       nb_scan_all((uint32_t)((word & mask) >> 32))),
		.empty = nb_scan_equal(high, nb_scan_all(0)),
	};
}

/* The lowest bit that is set, of at least one. */
static inline unsigned nb_scan_first(unsigned bits)
{
	return (unsigned)__builtin_ctz(bits);
}

#endif

#endif

#endif
