/*
 * free: from RIPE to FREED.
 *
 * Two kinds of threads free.  Who retires does so in his section, a bounded
 * amount a call, mostly his own (nbr_assist()).  A guest (callback.h), which has
 * the freer's seat, frees what those have left (nbr_free_round()), or all of it
 * (nbr_free_all()).
 *
 *   what a thread has IN HAND is freed by it within its section, or before it
 *   leaves the seat
 *
 * so a grace period, and the seat, wait for all hands.  Only a node that is not
 * done goes back; while somebody in a barrier is `patient`, those who retire
 * leave nodes alone.
 */
#ifndef NBR_FREE_H
#define NBR_FREE_H

#include "stripe.h"

/* Batches that a thread frees for the one that it fills: where there is little
 * garbage, and where there is much. */
#define NBR_ASSIST_BATCHES 2

/* Slices of nodes for the node that it retires, where there is much. */
#define NBR_ASSIST_SLICES 4

/*
 * For who holds no stripe and begins a batch: free what is IN HAND, the list
 * `own`; none of it there, and much waits: somebody else's; and a slice of a node
 * where much waits.  Returns the emptied batches.  Wait-free but for its
 * callbacks.
 */
struct nbr_node *nbr_assist(struct nbr_domain *domain, struct nbr_node *own);

/*
 * For who has retired a node, in a section: where much waits, slices of ripe ones,
 * NBR_ASSIST_SLICES at most.
 */
void nbr_assist_nodes(struct nbr_domain *domain);

/* How many batches to take in hand. */
static inline unsigned nbr_assist_share(const struct nbr_domain *domain)
{
	return nbr_pressed(domain) ? NBR_ASSIST_BATCHES : 1;
}

/* For a guest: a part of what is ripe by `ended`.  Adds to *objects what that
 * was; false if there was nothing to do. */
bool nbr_free_round(struct nbr_domain *domain, uint64_t ended, uint64_t *objects);

/* For a guest, which has not been in a section since `ended` was reached: all of
 * it but what others have IN HAND.  Returns the objects freed. */
uint64_t nbr_free_all(struct nbr_domain *domain, uint64_t ended);

/* For a guest: give back spare batches that were not needed since the last time; */
void nbr_free_spares(struct nbr_domain *domain);

/* all but a few, if nothing waits. */
void nbr_free_idle_spares(struct nbr_domain *domain);

/* All of them, at the domain's end. */
void nbr_free_all_spares(struct nbr_domain *domain);

#endif
