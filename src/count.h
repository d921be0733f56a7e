/*
 * count: a number that many threads change and few read.
 *
 *   sum = first + stripe[0] + ... + stripe[mask]      (modulo 2^64)
 *
 * A count begins as one word.  When its table grows past NB_STRIPE_SLOTS it
 * is given stripes, a cache line each; a thread always adds to the same one.
 * All relaxed: a sum steers the size policy and answers nbmap_count(), and
 * neither needs more than that each addition is counted once.
 */
#ifndef NB_COUNT_H
#define NB_COUNT_H

#include "atomic.h"

struct nb_stripe {
	_Alignas(64) nb_word sum;
};

struct nb_stripes {
	_Alignas(64) size_t mask; /* stripes - 1 */
	struct nb_stripe stripe[];
};

struct nb_count {
	nb_word first;
	_Atomic(struct nb_stripes *) wide; /* NULL, or set once */
};

/* This thread's number, given on first use: picks its stripe. */
unsigned nb_thread_number(void);

/* How many stripes suit `slots`: 1 (no stripes), or a power of two. */
size_t nb_count_stripes(size_t slots);

static inline size_t nb_stripes_size(size_t stripes)
{
	return sizeof(struct nb_stripes) + stripes * sizeof(struct nb_stripe);
}

/* Adds `n` and returns what this thread's stripe then holds. */
static inline uint64_t nb_count_add(struct nb_count *count, uint64_t n)
{
	/* acquire: pairs with the release that installed the stripes, cleared. */
	struct nb_stripes *wide = nb_load_acquire(&count->wide);
	nb_word *sum = wide ? &wide->stripe[nb_thread_number() & wide->mask].sum : &count->first;

	return nb_fetch_add_relaxed(sum, n) + n;
}

uint64_t nb_count_sum(struct nb_count *count);

#endif
