/*
 * free: from RIPE to FREED.
 *
 * Two kinds of threads free.  Who retires frees a bounded amount at a time, mostly
 * his own (nbr_assist()).  A guest (callback.h), which has the freer's seat, frees
 * what those have left (nbr_free_round()), or all of it (nbr_free_all()).
 *
 *   what a thread has IN HAND is freed by it while it is counted (hands.h), or
 *   before it leaves the seat
 *
 * so that all hands can be waited for.  Only a node that is not done goes back;
 * while somebody in a barrier is `patient`, those who retire leave nodes alone.
 */
#ifndef NBR_FREE_H
#define NBR_FREE_H

#include "hands.h"

/* Batches that a thread frees for the one that it fills, where there is much
 * garbage; one where there is little. */
#define NBR_ASSIST_BATCHES 2

/* Slices of nodes for the node that it retires, where there is much. */
#define NBR_ASSIST_SLICES 4

/*
 * For who has a hand, and holds no stripe: free what a batch is to be paid with; none
 * of his own is there, and much waits: somebody else's; and a slice of a node where
 * much waits.  Returns whether there was anything.  Lock-free but for the callbacks.
 */
bool nbr_assist(struct nbr_domain *domain);

/* The same, of nodes: where much waits, so many slices at most. */
bool nbr_assist_nodes(struct nbr_domain *domain, unsigned slices);

/* For a guest: a part of what is ripe by `ended`.  Adds to *objects what that
 * was; false if there was nothing to do. */
bool nbr_free_round(struct nbr_domain *domain, uint64_t ended, uint64_t *objects);

/* For a guest that must not wait: of what is ripe by `ended`, and nobody else has in
 * hand, some, and all of it if that is done by the time `end_ns` of nbr_now_ns().
 * Returns the objects freed. */
uint64_t nbr_free_until(struct nbr_domain *domain, uint64_t ended, uint64_t end_ns);

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
