/*
 * account: what waits, and the limits that look at it.
 *
 * All only grow:
 *
 *   retired = sum(stripe.retired) + direct       objects, exact
 *   queued  = what was stamped, or is a node     objects and bytes
 *   freed                                        objects and bytes
 *   pending = retired - freed                    what the statistics show
 *   backlog = queued - freed <= pending          what the limits look at
 *
 * Each is added to before the object moves on, hence freed <= queued <=
 * retired for whoever reads them in that order: freed first, with acquire,
 * which pairs with the release of each addition to it.  backlog spares the
 * walk over the stripes; it misses what open batches hold.
 */
#ifndef NBR_ACCOUNT_H
#define NBR_ACCOUNT_H

#include "domain.h"

static inline uint64_t nbr_backlog(const struct nbr_domain *domain)
{
	/* Acquire: pairs with nbr_account_freed(), so freed <= queued. */
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

/* Whether two are to be freed for one. */
static inline bool nbr_pressed(const struct nbr_domain *domain)
{
	return nbr_backlog(domain) >= domain->assist_objects || nbr_backlog_bytes(domain) >= domain->assist_bytes;
}

/* Whether slices of nodes are to be freed, too: they are no part of what the
 * retirer made, so later than that. */
static inline bool nbr_pressed_for_slices(const struct nbr_domain *domain)
{
	return nbr_backlog(domain) >= domain->slice_objects || nbr_backlog_bytes(domain) >= domain->assist_bytes;
}

/* Whether `bytes` more would pass a limit. */
bool nbr_at_limit(const struct nbr_domain *domain, size_t bytes);

static inline void nbr_account_queued(struct nbr_domain *domain, uint64_t objects, uint64_t bytes)
{
	/* Relaxed: what follows, a release, shows them to whoever frees. */
	atomic_fetch_add_explicit(&domain->queued_objects, objects, memory_order_relaxed);
	if (bytes != 0)
		atomic_fetch_add_explicit(&domain->queued_bytes, bytes, memory_order_relaxed);
	if (nbr_at_limit(domain, 0) && !(domain->flags & NBR_LIMIT_REPORTS_ONLY))
		/* Relaxed: a hint. */
		atomic_store_explicit(&domain->front.full, 1, memory_order_relaxed);
}

static inline void nbr_account_freed(struct nbr_domain *domain, uint64_t objects, uint64_t bytes)
{
	/* Release: who sees pending = 0 sees all that the callbacks did. */
	if (bytes != 0)
		atomic_fetch_add_explicit(&domain->freed_bytes, bytes, memory_order_release);
	if (objects != 0)
		atomic_fetch_add_explicit(&domain->freed_objects, objects, memory_order_release);
}

uint64_t nbr_pending(const struct nbr_domain *domain);

/*
 * At a limit with `bytes` more: report it; -ENOBUFS, which is counted as a refusal,
 * unless reporting is all.
 * on_limit is a callback, so the caller holds nothing.
 */
int nbr_check_limits(struct nbr_domain *domain, size_t bytes);

#endif
