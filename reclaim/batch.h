/*
 * batch: thirty retired objects in one node of the queue, and the stripes in
 * which a batch stands while it fills.
 *
 * A stripe's word says who may touch the batch:
 *
 *   NULL   --reserve-->  BUSY     the reserver makes a batch
 *   batch  --reserve-->  BUSY     the reserver has it
 *   BUSY   --retire, cancel-->  batch, or NULL when the batch went to the queue
 *   batch  --collect-->  NULL     the collector has it
 *
 * Only the thread that made it BUSY ends that, so a plain store does: one
 * read-modify-write and one store for each retire, on a line that is mostly
 * this thread's own.  No ABA: the batch is not read before the CAS, and if the
 * CAS finds the same address it is the batch that stands there now.
 *
 * A thread that finds its stripe BUSY (one stopped in there, or it holds a
 * ticket already) tries a few others and then makes a batch for itself alone:
 * nobody waits.
 *
 * A batch whose entries are not all used may be stale: made before the last
 * barrier.  It is queued instead of being put back; see nbr_barrier().
 *
 * Reserve to retire or cancel lies within one section.  After a grace period
 * everything held when it began is therefore back in its stripe or queued.
 *
 * The idea of batches shared by retirers is from seize and papaya; handing
 * ripe ones to writers answers the runaway writer that McKenney's call_rcu
 * texts warn of.
 */
#ifndef NBR_BATCH_H
#define NBR_BATCH_H

#include "domain.h"

/* Stripes: twice the CPUs, so that two threads seldom share; a power of two. */
#define NBR_MAX_STRIPES 64

struct nbr_entry {
	void (*free)(void *object, void *arg);
	void *object;
	void *arg;
};

/* With its header, 12 cache lines of 64 bytes. */
#define NBR_BATCH_ENTRIES 30

struct nbr_batch {
	struct nbr_node node;
	unsigned count;
	unsigned generation;
	struct nbr_entry entries[NBR_BATCH_ENTRIES];
};

/* Whether any stripe has, or may have, a batch. */
bool nbr_stripes_used(struct nbr_domain *domain);

/*
 * Take the batch out of every stripe that nobody holds, as a list in front of
 * `list`.  *missed tells whether some were held.  Only for who has the seat.
 */
struct nbr_node *nbr_collect_stripes(struct nbr_domain *domain, struct nbr_node *list, bool *missed);

/* NULL -> BUSY, for the sake of the stripe's spares; false if it was not NULL. */
bool nbr_stripe_hold_empty(struct nbr_stripe *stripe);

/* BUSY -> NULL. */
void nbr_stripe_leave_empty(struct nbr_stripe *stripe);

/* Whether `node` is a batch: it costs a bounded time to free, and its memory
 * stays, for who freed it. */
bool nbr_is_batch(const struct nbr_node *node);

#endif
