/*
 * claims: the slow half of claims.h.
 */
#include "claims.h"

#include "count.h"
#include "tuning.h"

size_t nb_claims_sharers(size_t slots)
{
	size_t sharers = 1;

	if (slots < NB_STRIPE_SLOTS)
		return 1;
	/* Checks * sharers^2 <= slots: between two checks of the load a shared tally
	 * takes as many claims as the check then reads words. */
	while (sharers < NB_MAX_STRIPES && nb_count_expects(sharers) && NB_CHECKS * 4 * sharers * sharers <= slots)
		sharers *= 2;
	return sharers;
}

size_t nb_claims_threads(size_t slots, size_t sharers)
{
	size_t threads = sharers;

	if (sharers == 1)
		return 0;
	/* Two claims at least are passed on together. */
	while (threads < NB_MAX_TALLIES && nb_count_expects(threads) && NB_CHECKS * 4 * threads <= slots)
		threads *= 2;
	return threads;
}

#ifndef NB_UNCOUNTED

static uint64_t sum_of(const struct nb_claims_tally *tally, size_t number)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < number; i++)
		sum += nb_load_relaxed(&tally[i].n);
	return sum;
}

static uint64_t passed_on(const struct nb_claims *claims)
{
	return claims->threads ? sum_of(claims->shared, (size_t)claims->share_mask + 1) : nb_load_relaxed(&claims->few);
}

uint64_t nb_claims_sum(const struct nb_claims *claims)
{
	return passed_on(claims) + (claims->threads ? sum_of(nb_claims_own(claims), claims->threads) : 0);
}

uint64_t nb_claims_seen(const struct nb_claims *claims)
{
	return claims->threads > claims->share_mask + 1 ? passed_on(claims) : nb_claims_sum(claims);
}

#endif
