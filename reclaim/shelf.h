/*
 * shelf: where nodes wait: tables, chains, and batches that found no stripe.
 *
 *   queue    pushed by anybody, newest first, never waits
 *   waiting  taken from the queue, oldest first
 *   ripe     may be freed, a slice at a time
 *
 * Whoever holds the shelf moves nodes on; holding is a try, and lasts a few
 * steps, in which no callback is called.  A node that is not done after its
 * slice is pushed again, with the stamp it has, and so comes behind the others.
 *
 * Why the queue is not liburcu's wfcqueue: there an enqueuer that is stopped
 * between its two steps makes the one dequeuer wait, and the queue is made of
 * inline assembly that ThreadSanitizer cannot read.  A stack of which the
 * consumer always takes all needs one word, and has no ABA problem, for no node
 * is ever popped by itself.
 */
#ifndef NBR_SHELF_H
#define NBR_SHELF_H

#include "account.h"
#include "clock.h"

/* WAITING, or RIPE once more: the node's fields but `next` are set. */
void nbr_shelf_push(struct nbr_domain *domain, struct nbr_node *node);

/* RIPE once more: a node that was taken, and is not done.  Wakes the freer. */
void nbr_shelf_put_back(struct nbr_domain *domain, struct nbr_node *node);

/* A node whose stamp is at most `ended`, or NULL if there seems to be none. */
struct nbr_node *nbr_shelf_take(struct nbr_domain *domain, uint64_t ended);

/* The same, and NULL only if there was none.  [outside] */
struct nbr_node *nbr_shelf_take_patiently(struct nbr_domain *domain, uint64_t ended);

/* Whether something is on it, ripe or not. */
static inline bool nbr_shelf_is_used(struct nbr_domain *domain)
{
	/* seq_cst: the look of sleeper.h; else a hint. */
	return atomic_load_explicit(&domain->shelf.nodes, memory_order_seq_cst) != 0;
}

/* Whether one was put back since the freer last forgot that. */
static inline bool nbr_shelf_got_back(struct nbr_domain *domain)
{
	/* seq_cst: the look of sleeper.h. */
	return atomic_load_explicit(&domain->shelf.again, memory_order_seq_cst);
}

static inline void nbr_shelf_forget_back(struct nbr_domain *domain)
{
	/* seq_cst: before the freer's next look at the queue. */
	atomic_store_explicit(&domain->shelf.again, false, memory_order_seq_cst);
}

#endif
