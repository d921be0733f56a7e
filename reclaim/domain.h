/*
 * domain: the structure behind the interface of reclaim.h, for this layer's
 * own files, and its three small parts that fit in a line each: the queue, the
 * accounts, the limits.
 *
 * The way of a retired object:
 *
 *   batch in a stripe -> queue -> collected -> (grace period) -> ripe -> freed
 *   node ----------------^                        offered to writers --^
 *
 * An emptied batch goes back to the stripes (spare.h).
 *
 *   retire   batch.c     stripes, tickets, assistance, limits
 *   queue    here        push by CAS, take all by exchange
 *   collect  cycle.c     by the thread in the seat (seat.h), one at a time
 *   sleep    sleeper.h   how the reclaimer (thread.c) is woken
 *   fork     fork.c      takes every domain's seat
 *
 * The accounts, all growing only:
 *
 *   retired = sum(stripe.retired) + direct       objects, exact
 *   queued  = what was pushed to the queue       objects and bytes
 *   freed                                        objects and bytes
 *   pending = retired - freed                    what the statistics show
 *   backlog = queued - freed <= pending          what the limits look at
 *
 * Each is added to before the object moves on, hence freed <= queued <=
 * retired for whoever reads them in that order: freed first, with acquire,
 * which pairs with the release of each addition to it.  backlog spares the
 * walk over the stripes; it misses what partial batches hold.
 *
 * Why the queue is not liburcu's wfcqueue: there an enqueuer that is stopped
 * between its two steps makes the one dequeuer wait, and the queue is made of
 * inline assembly that ThreadSanitizer cannot read.  A stack of which the
 * consumer always takes all needs one word, has no ABA problem (no node is
 * ever popped by itself), and loses only the order, which garbage does not
 * have.
 */
#ifndef NBR_DOMAIN_H
#define NBR_DOMAIN_H

#include "flavor.h"
#include "reclaim.h"
#include "seat.h"
#include "sleeper.h"
#include "spare.h"
#include "watch.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#define NBR_LINE 64

/* Ripe batches on offer at a time: more than the writers that run at once on
 * most machines, and two cache lines for them to look through. */
#define NBR_RIPE 16

/* Where a thread keeps a batch between two retires; see batch.h. */
struct nbr_stripe {
	alignas(NBR_LINE) _Atomic(struct nbr_batch *) batch;
	_Atomic uint64_t retired; /* objects, by all who held the stripe */
	struct nbr_node *spare;   /* the holder's: see spare.h */
};

struct nbr_domain {
	/* Read by all, written by hardly anyone. */
	const struct rcu_flavor_struct *rcu;
	enum nbr_flavor flavor;
	unsigned flags;
	unsigned stripe_mask;
	_Atomic unsigned generation; /* batches of an older one are not put back: see nbr_barrier() */
	uint64_t limit_objects;
	uint64_t limit_bytes;
	uint64_t assist;
	uint64_t wake_objects; /* from here on the reclaimer does not nap */
	uint64_t wake_bytes;
	void (*on_limit)(const struct nbr_stats *stats, void *arg);
	void *arg;
	struct nbr_allocator allocator;

	/* Written at each push. */
	alignas(NBR_LINE) _Atomic(struct nbr_node *) queue;
	_Atomic uint64_t queued_objects;
	_Atomic uint64_t queued_bytes;
	_Atomic uint64_t direct_objects; /* nodes, and batches that had no stripe */
	struct nbr_sleeper sleeper;

	/* Written at each free. */
	alignas(NBR_LINE) _Atomic uint64_t freed_objects;
	_Atomic uint64_t freed_bytes;
	_Atomic uint64_t grace_periods;
	_Atomic unsigned assistants; /* threads inside nbr_assist() */
	alignas(NBR_LINE) _Atomic(struct nbr_node *) ripe[NBR_RIPE];
	alignas(NBR_LINE) struct nbr_rack rack;

	/* Far from any fast path. */
	alignas(NBR_LINE) struct nbr_seat seat;
	struct nbr_watch watch;
	pthread_t thread;
	bool threaded; /* there is a reclaimer; changes in start, stop and fork only */
	_Atomic bool stop;
	_Atomic unsigned users;
	struct nbr_domain *next; /* of all domains, under the registry's mutex */
	struct nbr_domain *next_forked;
	unsigned fork_ticket;
	bool forking;

	struct nbr_stripe stripes[];
};

/* ---- The queue ---------------------------------------------------------- */

/* Push a node whose fields but `next` are set; never waits. */
void nbr_push(struct nbr_domain *domain, struct nbr_node *node);

/* All that is queued, newest first. */
static inline struct nbr_node *nbr_take_queue(struct nbr_domain *domain)
{
	/* Acquire: pairs with each push.  They are all read-modify-writes, so that the
	 * last one's value carries the release of those before it. */
	return atomic_exchange_explicit(&domain->queue, NULL, memory_order_acquire);
}

static inline bool nbr_queue_used(struct nbr_domain *domain)
{
	/* seq_cst: the sleeper's look, see sleeper.h. */
	return atomic_load_explicit(&domain->queue, memory_order_seq_cst) != NULL;
}

/* ---- The accounts ------------------------------------------------------- */

uint64_t nbr_pending(const struct nbr_domain *domain);

static inline uint64_t nbr_backlog(const struct nbr_domain *domain)
{
	/* Acquire: pairs with the release in free_node() of cycle.c, so freed <= queued. */
	uint64_t freed = atomic_load_explicit(&domain->freed_objects, memory_order_acquire);

	/* Relaxed: a limit may be met an object early or late. */
	return atomic_load_explicit(&domain->queued_objects, memory_order_relaxed) - freed;
}

static inline uint64_t nbr_backlog_bytes(const struct nbr_domain *domain)
{
	/* As nbr_backlog(). */
	uint64_t freed = atomic_load_explicit(&domain->freed_bytes, memory_order_acquire);

	return atomic_load_explicit(&domain->queued_bytes, memory_order_relaxed) - freed;
}

static inline bool nbr_urgent(const struct nbr_domain *domain)
{
	return nbr_backlog(domain) >= domain->wake_objects || nbr_backlog_bytes(domain) >= domain->wake_bytes;
}

/* At a limit with `bytes` more: report it; -ENOBUFS unless reporting is all. */
int nbr_check_limits(struct nbr_domain *domain, size_t bytes);

/* ---- Memory ------------------------------------------------------------- */

static inline void *nbr_alloc(struct nbr_domain *domain, size_t size)
{
	return domain->allocator.alloc(size, NBR_LINE, domain->allocator.arg);
}

static inline void nbr_dealloc(struct nbr_domain *domain, void *block, size_t size)
{
	domain->allocator.free(block, size, domain->allocator.arg);
}

#endif
