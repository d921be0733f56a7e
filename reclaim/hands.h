/*
 * hands: who frees outside of its section, counted so that it can be waited for.
 *
 * A thread that retired pays as it leaves its section (debt.h).  No grace period
 * waits for it then, and no seat.  So each is counted, in the stripe that is its
 * home, from before it takes anything until it has let go of everything:
 *
 *   takes something from a stripe or the shelf  =>  counted, since before that
 *
 * Counted in one of two halves, named by `half`.  Who waits turns new hands to the
 * other half and waits until it has seen each counter of the old one at 0; then
 * once more, the other way round.  (SRCU's way, of Paul McKenney.)
 *
 * Whom it waits for.  Let the waiter have looked for x in every place, and have
 * found it nowhere.
 *
 *   1. If thread h has x IN HAND, it took it before that look: both held the
 *      stripe, or the shelf, by acquire and release.  So its count came before.
 *   2. A counter that is read as 0 after that is one from which h has gone: who
 *      came added 1 to it and takes 1 off the same one.
 *   3. h stands in one of both halves, whichever it thought was in use, and all
 *      counters of both are seen at 0.
 *
 * That it comes to an end: one waits at a time, by a seat; and after the turn only
 * those still come to the old half who read `half` before it, once each.
 */
#ifndef NBR_HANDS_H
#define NBR_HANDS_H

#include "stripe.h"

/* A thread's count, until it ends it. */
typedef _Atomic unsigned *nbr_hand;

static inline nbr_hand nbr_hand_begin(struct nbr_domain *domain)
{
	/* Relaxed: either half is waited for. */
	unsigned half = atomic_load_explicit(&domain->half, memory_order_relaxed);
	nbr_hand hand = &domain->stripes[nbr_stripe_home(domain)].hands[half];

	/* seq_cst: before what is then taken, see above; and before the look at
	 * `patient`, see free.c. */
	atomic_fetch_add_explicit(hand, 1, memory_order_seq_cst);
	return hand;
}

/* The domain may be gone after it. */
static inline void nbr_hand_end(nbr_hand hand)
{
	/* Release: pairs with nbr_hands_await(), who then sees what was freed. */
	atomic_fetch_sub_explicit(hand, 1, memory_order_release);
}

/* Wait until all that were counted before have ended.  [outside] */
void nbr_hands_await(struct nbr_domain *domain);

/* In the child of a fork, where those who were counted do not exist. */
void nbr_hands_forget(struct nbr_domain *domain);

#endif
