/*
 * count: a number that many threads change and few read.
 *
 *   sum = all that was added - all that was removed
 *
 * A count begins as one pair of words.  When its table grows past
 * NB_STRIPE_SLOTS it is given stripes, a cache line each; a thread always uses
 * the same one.
 *
 * Invariant: sum >= what was added and not removed throughout the summing.
 *   Two words and not one: in a single word, a summer that has passed the
 *   stripe of an addition and then meets the stripe of its removal would count
 *   the removal alone.  It reads all `removed` first.  If it counts a removal,
 *   its acquire pairs with that removal's release; the addition came before
 *   that, and is counted too.
 */
#ifndef NB_COUNT_H
#define NB_COUNT_H

#include "atomic.h"

struct nb_tally {
	nb_word added;   /* relaxed: see nb_count_remove() */
	nb_word removed;
};

struct nb_stripe {
	_Alignas(64) struct nb_tally tally;
};

struct nb_stripes {
	_Alignas(64) size_t mask; /* stripes - 1 */
	struct nb_stripe stripe[];
};

struct nb_count {
	struct nb_tally first;
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

static inline struct nb_tally *nb_count_tally(struct nb_count *count)
{
	/* acquire: pairs with the release that installed the stripes, cleared. */
	struct nb_stripes *wide = nb_load_acquire(&count->wide);

	return wide ? &wide->stripe[nb_thread_number() & wide->mask].tally : &count->first;
}

/* Adds `n` and returns what this thread's stripe has added in all. */
static inline uint64_t nb_count_add(struct nb_count *count, uint64_t n)
{
	return nb_fetch_add_relaxed(&nb_count_tally(count)->added, n) + n;
}

/* Likewise.  release: whoever counts this also counts the addition, which came
 * before, be it by way of the slot that both threads changed. */
static inline uint64_t nb_count_remove(struct nb_count *count, uint64_t n)
{
	return nb_fetch_add_release(&nb_count_tally(count)->removed, n) + n;
}

uint64_t nb_count_sum(struct nb_count *count);

#endif
