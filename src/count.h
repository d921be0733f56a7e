/*
 * count: a number that many threads change and few read.
 *
 *   sum = all that was added - all that was removed
 *
 * A count begins as one tally that all threads share.  With a table of
 * NB_STRIPE_SLOTS or more it is given stripes, a cache line each, as many as there
 * are threads if the table is large enough beside them; and more when there are more
 * threads.  The stripe whose index is a thread's number has a tally of that thread's
 * own, changed without a locked instruction; threads with higher numbers share a
 * second one beside it.  Older stripes stay, as a thread may be about to count there.
 *
 * Invariant: sum >= what was added and not removed throughout the summing.
 *   A tally is two words and not one: in a single word, a summer that has
 *   passed the stripe of an addition and then meets the stripe of its removal
 *   would count the removal alone.  It reads all `removed` first.  If it counts
 *   a removal, its acquire pairs with that removal's release (or that of a
 *   later one in the same word, which comes after it); the addition came
 *   before that, and is counted too: also if it was made in stripes that were
 *   not yet there when the summing began, for it looks for them again.
 *
 * Sums read all stripes, so a thread that wants one now and then must not want it
 * often, see nb_count_spacing(); nor all threads at once, so that those which remove look
 * at it in turn: own tallies do not begin with 0, see nb_stripe_start().  Of removals that
 * any threads have made, one in a spacing is followed by a look, about.
 *
 * Builds with NB_UNCOUNTED count nothing: all sums are 0, and no table is left
 * unless it is full or somebody asks.  They are for model checkers, to which the
 * tallies are most of a write's steps.  What counts say chooses sizes and moments,
 * never a result, so a checker that leaves them out loses no other race.
 */
#ifndef NB_COUNT_H
#define NB_COUNT_H

#include "atomic.h"
#include "number.h"

struct nb_tally {
	nb_word added;   /* relaxed: see nb_count_remove() */
	nb_word removed;
};

struct nb_stripe {
	_Alignas(64) struct nb_tally own; /* of the thread with this number */
	struct nb_tally shared;
};

struct nb_stripes {
	_Alignas(64) size_t mask; /* stripes - 1 */
	struct nb_stripes *older; /* or NULL */
	struct nb_stripe stripe[];
};

struct nb_count {
	struct nb_tally first;
	_Atomic(struct nb_stripes *) wide; /* the newest, or NULL */
};

/* How many stripes suit a table of `slots`: 1 (no stripes), or a power of two. */
size_t nb_count_stripes(size_t slots);

/* Whether there may be more than so many threads. */
bool nb_count_expects(size_t threads);

static inline size_t nb_stripes_size(size_t stripes)
{
	return sizeof(struct nb_stripes) + stripes * sizeof(struct nb_stripe);
}

/* Where a thread's own tallies begin, added and removed.  The factor is odd: in any row of
 * numbers the products' low bits are spread. */
static inline uint64_t nb_stripe_start(size_t number)
{
	return number * UINT64_C(0x9e3779b9);
}

/* `wide` is cleared, and nobody else knows it. */
static inline void nb_stripes_begin(struct nb_stripes *wide, size_t stripes, struct nb_stripes *older)
{
	wide->mask = stripes - 1;
	wide->older = older;
	for (size_t i = 0; i < stripes; i++) {
		/* Relaxed: published after. */
		nb_store_relaxed(&wide->stripe[i].own.added, nb_stripe_start(i));
		nb_store_relaxed(&wide->stripe[i].own.removed, nb_stripe_start(i));
	}
}

#ifdef NB_UNCOUNTED

static inline uint64_t nb_count_add(struct nb_count *count, uint64_t n)
{
	(void)count;
	return n;
}

static inline uint64_t nb_count_remove(struct nb_count *count, uint64_t n)
{
	(void)count;
	return n;
}

static inline uint64_t nb_count_sum(struct nb_count *count)
{
	(void)count;
	return 0;
}

static inline uint64_t nb_count_spacing(struct nb_count *count)
{
	(void)count;
	return 0;
}

#else

/* Where this thread counts, and whether nobody else does. */
static inline struct nb_tally *nb_count_tally(struct nb_count *count, bool *own)
{
	/* acquire: pairs with the release that installed the stripes, cleared. */
	struct nb_stripes *wide = nb_load_acquire(&count->wide);
	size_t number;

	*own = false;
	if (!wide)
		return &count->first;
	number = nb_number();
	*own = number <= wide->mask;
	if (*own)
		return &wide->stripe[number].own;
	return &wide->stripe[number & wide->mask].shared;
}

/* Adds `n` and returns what this thread's tally has added in all. */
static inline uint64_t nb_count_add(struct nb_count *count, uint64_t n)
{
	bool own;
	struct nb_tally *tally = nb_count_tally(count, &own);
	uint64_t added;

	if (!own)
		return nb_fetch_add_relaxed(&tally->added, n) + n;
	/* Relaxed: no other thread stores here. */
	added = nb_load_relaxed(&tally->added) + n;
	nb_store_relaxed(&tally->added, added);
	return added;
}

/* Likewise.  release: whoever counts this also counts the addition, which came
 * before, be it by way of the slot that both threads changed. */
static inline uint64_t nb_count_remove(struct nb_count *count, uint64_t n)
{
	bool own;
	struct nb_tally *tally = nb_count_tally(count, &own);
	uint64_t removed;

	if (!own)
		return nb_fetch_add_release(&tally->removed, n) + n;
	removed = nb_load_relaxed(&tally->removed) + n;
	nb_store_release(&tally->removed, removed);
	return removed;
}

/* A mask: who sums each time that its removals have these bits 0 reads one word for each
 * removal, or less. */
static inline uint64_t nb_count_spacing(struct nb_count *count)
{
	struct nb_stripes *wide = nb_load_acquire(&count->wide); /* as nb_count_tally() */

	return wide ? 4 * wide->mask + 3 : 0;
}

uint64_t nb_count_sum(struct nb_count *count);

#endif

#endif
