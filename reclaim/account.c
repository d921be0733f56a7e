/*
 * account: the queue's entrance, where what waits is counted, and the limits
 * that look at the count.  The equations are in domain.h.
 */
#include "batch.h"
#include "domain.h"

#include <errno.h>

void nbr_push(struct nbr_domain *domain, struct nbr_node *node)
{
	struct nbr_node *head;

	/* Relaxed: the push below releases them to whoever frees the node. */
	atomic_fetch_add_explicit(&domain->queued_objects, node->objects, memory_order_relaxed);
	if (node->bytes != 0)
		atomic_fetch_add_explicit(&domain->queued_bytes, node->bytes, memory_order_relaxed);
	/* Relaxed: a guess for the CAS; the node it names is not read. */
	head = atomic_load_explicit(&domain->queue, memory_order_relaxed);
	do {
		node->next = head;
		/* seq_cst: releases the node to nbr_take_queue(), and is the retirer's write
		 * of sleeper.h. */
	} while (!atomic_compare_exchange_weak_explicit(&domain->queue, &head, node, memory_order_seq_cst,
							memory_order_relaxed));
	nbr_sleeper_call(&domain->sleeper, nbr_urgent(domain));
}

void nbr_retire(struct nbr_domain *domain, struct nbr_node *node, void (*free)(struct nbr_node *), size_t bytes)
{
	node->free = free;
	node->objects = 1;
	node->bytes = bytes;
	/* Relaxed: the push releases it. */
	atomic_fetch_add_explicit(&domain->direct_objects, 1, memory_order_relaxed);
	nbr_push(domain, node);
}

uint64_t nbr_pending(const struct nbr_domain *domain)
{
	/* Acquire, and first: every object counted here was counted as retired before,
	 * and is so counted below.  The difference is therefore 0 only if everything
	 * whose retiring happened before this call has been freed. */
	uint64_t freed = atomic_load_explicit(&domain->freed_objects, memory_order_acquire);
	/* Relaxed: the acquire orders it; else a statistic. */
	uint64_t retired = atomic_load_explicit(&domain->direct_objects, memory_order_relaxed);
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++)
		retired += atomic_load_explicit(&domain->stripes[i].retired, memory_order_relaxed);
	return retired - freed;
}

void nbr_domain_stats(struct nbr_domain *domain, struct nbr_stats *stats)
{
	/* Relaxed: a snapshot of counters that go on moving. */
	stats->freed_objects = atomic_load_explicit(&domain->freed_objects, memory_order_relaxed);
	stats->freed_bytes = atomic_load_explicit(&domain->freed_bytes, memory_order_relaxed);
	stats->grace_periods = atomic_load_explicit(&domain->grace_periods, memory_order_relaxed);
	stats->pending_objects = nbr_pending(domain);
	stats->pending_bytes = nbr_backlog_bytes(domain);
}

static int at_limit(struct nbr_domain *domain)
{
	struct nbr_stats stats;

	/* The reclaimer may be napping. */
	nbr_sleeper_call(&domain->sleeper, true);
	if (domain->on_limit != NULL) {
		nbr_domain_stats(domain, &stats);
		domain->on_limit(&stats, domain->arg);
	}
	return domain->flags & NBR_LIMIT_REPORTS_ONLY ? 0 : -ENOBUFS;
}

int nbr_check_limits(struct nbr_domain *domain, size_t bytes)
{
	uint64_t waiting = nbr_backlog_bytes(domain);

	if (nbr_backlog(domain) >= domain->limit_objects)
		return at_limit(domain);
	/* What waits may be past the limit (reporting only): no unsigned difference. */
	if (waiting >= domain->limit_bytes || (waiting != 0 && bytes > domain->limit_bytes - waiting))
		return at_limit(domain);
	return 0;
}

int nbr_admit(struct nbr_domain *domain, size_t bytes)
{
	return nbr_check_limits(domain, bytes);
}
