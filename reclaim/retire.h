/*
 * retire: sealing what is OPEN; the rest of retire.c is the interface of
 * reclaim.h.
 */
#ifndef NBR_RETIRE_H
#define NBR_RETIRE_H

#include "stripe.h"

/*
 * OPEN -> WAITING in every stripe.  For the clock, which has its seat: stripes
 * that are held are left, and not counted as covered by the grace period that
 * follows.
 */
void nbr_seal_for_clock(struct nbr_domain *domain);

/* The same for who waits: holders are waited for.  [outside] */
void nbr_seal_patiently(struct nbr_domain *domain);

/* The same for who must not wait: what others hold is left, and all of it where another
 * is patient. */
void nbr_seal_at_once(struct nbr_domain *domain);

/* Whether anything was retired that no grace period has begun for; for the
 * clock. */
bool nbr_uncovered(struct nbr_domain *domain);

#endif
