/*
 * domain: the structure behind the interface of reclaim.h, for this layer's
 * own files.
 *
 * The states of a retired object, and the file that has the step:
 *
 *   OPEN      in a batch that a stripe is filling             retire.c
 *     | seal: the batch is full, or the clock passes by       stripe.h
 *   WAITING   stamped; in its stripe's list, oldest first
 *     | a grace period numbered `stamp` or later has ended    clock.h
 *   RIPE      in the same place
 *     | pop: by its own retirer, by another, or by the freer  stripe.h
 *   IN HAND   of one thread, which holds no stripe
 *     | free                                                  free.h
 *   FREED     the batch goes to its stripe's spares
 *
 * A node is WAITING from the start, on the shelf (shelf.h); after a slice that
 * is not the last it is RIPE once more, behind the others.
 *
 * Files know those above them only:
 *
 *   flavor readers sleeper seat thread watch budget     of no domain
 *   domain.h
 *   callback    threads in callbacks            registry   all domains
 *   account     what waits, and the limits that look at it
 *   clock       grace periods, numbered
 *   stripe      batches from OPEN to RIPE       shelf      nodes
 *   hands       who has something IN HAND
 *   free        IN HAND to FREED
 *   debt        how those who retire pay        section    at whose end they do
 *   retire      how objects come in             wait       calls that wait
 *   reclaimer   the domain's threads
 *   lifetime    a domain's life                 fork       and across a fork
 */
#ifndef NBR_DOMAIN_H
#define NBR_DOMAIN_H

#include "flavor.h"
#include "reclaim.h"
#include "seat.h"
#include "sleeper.h"
#include "watch.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#define NBR_LINE 64

/* A list with two ends. */
struct nbr_list {
	struct nbr_node *first, *last;
};

/* See account.h. */
struct nbr_counts {
	_Atomic uint64_t queued_objects;
	_Atomic uint64_t queued_bytes;
	_Atomic uint64_t freed_objects;
	_Atomic uint64_t freed_bytes;
};

/*
 * Where threads retire; see stripe.h.
 *
 * In three cache lines.  What others look at as they pass by, in search of something ripe
 * or of an empty batch, is apart from what each retire writes: else each look would cost the
 * next retire the way of the line back.  It is written once or twice for each batch, and so
 * are the counts, which others seldom look at.
 */
struct nbr_stripe {
	alignas(NBR_LINE) _Atomic(struct nbr_batch *) open;
	_Atomic uint64_t retired; /* objects, by all who held the stripe */
	/* of who holds the stripe */
	struct nbr_list waiting;
	struct nbr_node *spare;
	unsigned least; /* spares, since they were last trimmed */
	_Atomic unsigned wanted; /* by so many who wait for it */
	_Atomic bool untold;	 /* counts that the domain does not know; see account.h */
	/* of who has the clock's seat */
	uint64_t covered; /* `retired`, when the last grace period began */
	/* of who holds the stripe, and hints to others */
	alignas(NBR_LINE) _Atomic uint64_t oldest; /* stamp of the first that waits, 0: none */
	_Atomic unsigned spares;
	_Atomic unsigned hands[2]; /* of threads whose home this is; see hands.h */
	/* of who holds the stripe, and sums of others */
	alignas(NBR_LINE) struct nbr_counts counts;
	struct nbr_counts told; /* of them, to the domain */
};

/* See clock.h. */
struct nbr_clock {
	alignas(NBR_LINE) _Atomic uint64_t begun; /* grace periods, since the domain was made */
	_Atomic uint64_t ended;			  /* every one up to this has */
	_Atomic uint64_t wanted;		  /* somebody waits for this one */
	uint64_t covered;			  /* `direct`, as in a stripe */
	_Atomic uint64_t queued_objects;	  /* as the domain was told, when the last one began */
	_Atomic uint64_t queued_bytes;
	/* of who has the clock's seat, and for statistics */
	_Atomic uint64_t began_ns;   /* of the grace period under way, or 0 */
	_Atomic uint64_t longest_ns; /* of those that have ended */
	pthread_mutex_t mutex;
	pthread_cond_t ticked;
};

/* See shelf.h. */
struct nbr_shelf {
	alignas(NBR_LINE) _Atomic(struct nbr_node *) queue;
	_Atomic bool held;
	_Atomic bool again;	/* one that is ripe was put back */
	_Atomic uint64_t nodes; /* queued or in a list; a hint */
	/* of who holds it */
	struct nbr_list waiting, ripe;
	uint64_t ripened; /* stamps up to this are in `ripe` */
};

struct nbr_domain {
	/* Read by all, written by hardly anyone. */
	struct nbr_front front; /* first */
	const struct rcu_flavor_struct *rcu;
	enum nbr_flavor flavor;
	unsigned flags;
	unsigned stripe_mask;
	uint64_t limit_objects;
	uint64_t limit_bytes;
	uint64_t assist_objects; /* from here on two are freed for one */
	uint64_t assist_bytes;
	uint64_t slice_objects; /* from here on who retires takes on slices of nodes */
	uint64_t turn_objects; /* from here on who retires owes a turn */
	uint64_t wake_objects; /* from here on the clock does not nap */
	uint64_t wake_bytes;
	uint64_t tell_objects; /* from here on a stripe tells the domain what it has counted */
	uint64_t tell_bytes;
	struct nbr_stripe *stripes;
	struct nbr_batch *kept; /* NBR_KEPT batches, for removals where memory is short */
	void (*on_limit)(void *user, const struct nbr_stats *stats);
	struct nbr_allocator allocator;
	_Atomic uint64_t kept_free; /* one bit each */
	_Atomic unsigned patient; /* threads in a barrier: nodes are left to them */
	_Atomic unsigned half;	  /* of the hands, for those who come */

	struct nbr_clock clock;

	/* See account.h.  Read once or more for each batch, and written when it changes; */
	alignas(NBR_LINE) _Atomic unsigned level;
	/* written once for many batches of a stripe; */
	alignas(NBR_LINE) struct nbr_counts told;
	/* and for each node, batch that had no stripe, or batch that a guest frees. */
	alignas(NBR_LINE) struct nbr_counts direct;

	struct nbr_shelf shelf;

	/* Far from any fast path. */
	alignas(NBR_LINE) struct nbr_sleeper clock_sleeper;
	struct nbr_sleeper freer_sleeper;
	struct nbr_seat clock_seat; /* who runs grace periods */
	struct nbr_seat freer_seat; /* who frees what those who retire left */
	struct nbr_seat hands_seat; /* who waits for hands */
	struct nbr_seat sealer_seat; /* who seals what others fill */
	struct nbr_watch watch;
	pthread_t clock_thread, freer_thread;
	bool threaded; /* both run; changes in start, stop and fork only */
	_Atomic bool stop;
	struct nbr_thread_hooks hooks;
	uint64_t freer_saw; /* `ended`, when the freer last looked */
	_Atomic uint64_t refusals;
	_Atomic unsigned users;
	bool shared;
	struct nbr_domain *next; /* of all domains, under the registry's mutex */
	struct nbr_domain *next_forked;
	unsigned clock_ticket, freer_ticket, sealer_ticket; /* of who forks */
	bool forking;

	alignas(NBR_LINE) unsigned char user[NBR_USER_MAX];
};

/* ---- Memory ------------------------------------------------------------- */

static inline void *nbr_alloc(struct nbr_domain *domain, size_t size)
{
	return domain->allocator.alloc(size, NBR_LINE, domain->allocator.arg);
}

static inline void nbr_dealloc(struct nbr_domain *domain, void *block, size_t size)
{
	domain->allocator.free(block, size, domain->allocator.arg);
}

/* ---- Lists -------------------------------------------------------------- */

static inline void nbr_list_append(struct nbr_list *list, struct nbr_node *node)
{
	node->next = NULL;
	if (list->first == NULL)
		list->first = node;
	else
		list->last->next = node;
	list->last = node;
}

/* The first, which there must be. */
static inline struct nbr_node *nbr_list_take(struct nbr_list *list)
{
	struct nbr_node *node = list->first;

	list->first = node->next;
	return node;
}

#endif
