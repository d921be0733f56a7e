/*
 * claims: how many of a table's slots have a key.
 *
 * It only grows, and is looked at to find out when the table is past its limit.  A
 * thread keeps its claims to itself and passes them on in batches:
 *
 *   sum  =  all own tallies + all shared tallies
 *   own tally  <=  keep  =  batch - 1
 *   shared tallies, of a table that is used by threads with own tallies, stand at
 *   a multiple of batch
 *
 * A thread whose number has no own tally adds to a shared one each time.  Tables of
 * less than NB_STRIPE_SLOTS have one shared tally, and that is all.
 *
 * A check of the load is due when a shared tally passes a multiple of a table's
 * calm_mask + 1.  Both are powers of two, and batch <= calm_mask + 1, so what a thread
 * passes on ends less than its claims beyond a multiple, or does not pass one: rounded
 * down to a batch, for the case that others have added single claims.  Together, when no
 * check has been made,
 *
 *   threads * keep + sharers * calm_mask  <=  2 * capacity / NB_CHECKS
 *
 * A copier counts a few claims together (migrate.c).  Where it stops before it has, a sum
 * is too low by those for as long: the table may then be found full before it is found
 * past its limit.
 *
 * Whoever passes a batch on lowers its own tally first: for that moment a sum is a batch
 * too low.  The other order would be too high; neither does harm, as sums choose moments
 * and sizes (and statistics show them).
 */
#ifndef NB_CLAIMS_H
#define NB_CLAIMS_H

#include "atomic.h"
#include "number.h"

struct nb_claims_tally {
	_Alignas(64) nb_word n;
};

struct nb_claims {
	uint32_t threads;    /* that have a tally of their own: numbers below that; 0, or a power of two */
	uint32_t share_mask; /* shared tallies - 1 */
	uint64_t keep;	     /* of own ones, what one keeps at most: a mask */
	union {
		struct nb_claims_tally *shared; /* and the own ones behind them */
		nb_word few; /* without own ones: the only tally */
	};
};

static inline struct nb_claims_tally *nb_claims_own(const struct nb_claims *claims)
{
	return claims->shared + claims->share_mask + 1;
}

/* How many shared tallies suit `slots`: 1, or a power of two. */
size_t nb_claims_sharers(size_t slots);

/* And how many own ones, if there are so many shared ones: 0, or a power of two. */
size_t nb_claims_threads(size_t slots, size_t sharers);

/* Bytes, beside the structure. */
static inline size_t nb_claims_size(size_t sharers, size_t threads)
{
	return threads ? (sharers + threads) * sizeof(struct nb_claims_tally) : 0;
}

/* Whether a check is due when `n` claims have brought a tally to `stands`, if one is made
 * every mask + 1: surely where a multiple was passed, and now and then when `n` > 1. */
static inline bool nb_claims_is_due(uint64_t stands, uint64_t mask, uint64_t n)
{
	return (stands & mask) < n;
}

#ifdef NB_UNCOUNTED /* see count.h */

static inline uint64_t nb_claims_add(struct nb_claims *claims, uint64_t n)
{
	(void)claims;
	return n;
}

static inline uint64_t nb_claims_sum(const struct nb_claims *claims)
{
	(void)claims;
	return 0;
}

static inline uint64_t nb_claims_seen(const struct nb_claims *claims)
{
	(void)claims;
	return 0;
}

#else

/* Adds `n` to a tally, and returns where it stands then. */
static inline uint64_t nb_claims_add(struct nb_claims *claims, uint64_t n)
{
	uint64_t keep = 0;
	size_t number;

	/* Relaxed, all of them: nothing hangs on when a sum shows it. */
	if (!claims->threads)
		return nb_fetch_add_relaxed(&claims->few, n) + n;
	number = nb_number();
	if (number < claims->threads) {
		/* No other thread stores here. */
		nb_word *own = &nb_claims_own(claims)[number].n;
		uint64_t kept = nb_load_relaxed(own) + n;

		keep = claims->keep;
		nb_store_relaxed(own, kept & keep);
		if (kept <= keep)
			return kept;
		n = kept & ~keep;
	}
	return (nb_fetch_add_relaxed(&claims->shared[number & claims->share_mask].n, n) + n) & ~keep;
}

/* All of them. */
uint64_t nb_claims_sum(const struct nb_claims *claims);

/* What a check looks at: all, or, where that were many words, what has been passed on. */
uint64_t nb_claims_seen(const struct nb_claims *claims);

#endif

#endif
