/*
 * account: see account.h for the equations.
 */
#include "account.h"

#include "probe.h"

#include <errno.h>

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

/*
 * How long the grace period has lasted that is under way; 0 if none is.
 *
 * If it ends as we look, `began_ns` is another the second time, as no clock reads the
 * same for the next one, and what it took is in `longest_ns` for whoever reads that
 * afterwards.  Else it was under way at our reading of the time.
 */
static uint64_t age_ns(const struct nbr_domain *domain)
{
	const struct nbr_clock *clock = &domain->clock;
	/* Acquire: the time is read after. */
	uint64_t began = atomic_load_explicit(&clock->began_ns, memory_order_acquire), now;

	if (began == 0)
		return 0;
	now = nbr_now_ns();
	/* Acquire: pairs with the release of who ends it. */
	if (atomic_load_explicit(&clock->began_ns, memory_order_acquire) != began)
		return 0;
	return now > began ? now - began : 0;
}

void nbr_domain_stats(struct nbr_domain *domain, struct nbr_stats *stats)
{
	/* Relaxed: a snapshot of counters that go on moving. */
	stats->freed_objects = atomic_load_explicit(&domain->freed_objects, memory_order_relaxed);
	stats->freed_bytes = atomic_load_explicit(&domain->freed_bytes, memory_order_relaxed);
	stats->grace_periods = atomic_load_explicit(&domain->clock.ended, memory_order_relaxed);
	stats->pending_objects = nbr_pending(domain);
	stats->pending_bytes = nbr_backlog_bytes(domain);
	stats->refusals = atomic_load_explicit(&domain->refusals, memory_order_relaxed);
	stats->grace_ns = age_ns(domain);
	/* Relaxed, and after the age: see there. */
	stats->longest_grace_ns = atomic_load_explicit(&domain->clock.longest_ns, memory_order_relaxed);
	if (stats->longest_grace_ns < stats->grace_ns)
		stats->longest_grace_ns = stats->grace_ns;
	stats->limit_objects = domain->limit_objects;
	stats->limit_bytes = domain->limit_bytes;
}

/* A thread that is in its on_limit, and so is not to be called once more: what
 * it does there may meet the limit, too. */
static _Thread_local bool reporting NBR_FAST_TLS;

static void report(struct nbr_domain *domain)
{
	struct nbr_stats stats;
	bool outer;

	if (domain->on_limit == NULL || reporting)
		return;
	nbr_domain_stats(domain, &stats);
	reporting = true;
	outer = nbr_callback_begin();
	domain->on_limit(domain->user, &stats);
	nbr_callback_end(outer);
	reporting = false;
}

bool nbr_at_limit(const struct nbr_domain *domain, size_t bytes)
{
	uint64_t waiting = nbr_backlog_bytes(domain);

	/* What waits may be past the limit: no unsigned difference. */
	return nbr_backlog(domain) >= domain->limit_objects || waiting >= domain->limit_bytes ||
	       (waiting != 0 && bytes > domain->limit_bytes - waiting);
}

/* The limits, and what meeting one sets going. */
static int look(struct nbr_domain *domain, size_t bytes)
{
	if (!nbr_at_limit(domain, bytes)) {
		/* Relaxed: a hint.  Who queues sets it again. */
		if (nbr_seems_full(domain))
			atomic_store_explicit(&domain->front.full, 0, memory_order_relaxed);
		return 0;
	}
	NBR_PROBE(limit_met, domain, nbr_backlog(domain), nbr_backlog_bytes(domain), bytes);
	/* The clock may be napping. */
	nbr_sleeper_call(&domain->clock_sleeper, true);
	report(domain);
	return domain->flags & NBR_LIMIT_REPORTS_ONLY ? 0 : -ENOBUFS;
}

int nbr_has_room(struct nbr_domain *domain, size_t bytes)
{
	return look(domain, bytes);
}

void nbr_refused(struct nbr_domain *domain)
{
	/* Relaxed: a statistic. */
	atomic_fetch_add_explicit(&domain->refusals, 1, memory_order_relaxed);
}

int nbr_check_limits(struct nbr_domain *domain, size_t bytes)
{
	int err = look(domain, bytes);

	if (err != 0)
		nbr_refused(domain);
	return err;
}

int nbr_admit(struct nbr_domain *domain, size_t bytes)
{
	return nbr_check_limits(domain, bytes);
}
