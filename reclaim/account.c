/*
 * account: see account.h for the equations.
 */
#include "account.h"

#include "probe.h"

#include <errno.h>

/* ---- Sums ---------------------------------------------------------------- */

/*
 * Acquire: pairs with the release in nbr_account_freed() and nbr_account_freed_directly(),
 * so who reads it first finds everything in it counted as queued and as retired.
 */
static struct nbr_amount freed_of(const struct nbr_counts *counts)
{
	return (struct nbr_amount){
		atomic_load_explicit(&counts->freed_objects, memory_order_acquire),
		atomic_load_explicit(&counts->freed_bytes, memory_order_acquire),
	};
}

/* Relaxed: the acquire above orders it; else a limit may be met a batch early or late. */
static struct nbr_amount queued_of(const struct nbr_counts *counts)
{
	return (struct nbr_amount){
		atomic_load_explicit(&counts->queued_objects, memory_order_relaxed),
		atomic_load_explicit(&counts->queued_bytes, memory_order_relaxed),
	};
}

static struct nbr_amount sum_of(const struct nbr_domain *domain, struct nbr_amount (*of)(const struct nbr_counts *))
{
	struct nbr_amount sum = of(&domain->direct);
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_amount one = of(&domain->stripes[i].counts);

		sum.objects += one.objects;
		sum.bytes += one.bytes;
	}
	return sum;
}

struct nbr_amount nbr_backlog(const struct nbr_domain *domain)
{
	struct nbr_amount freed = sum_of(domain, freed_of); /* first */
	struct nbr_amount queued = sum_of(domain, queued_of);

	return (struct nbr_amount){queued.objects - freed.objects, queued.bytes - freed.bytes};
}

/* For who has read what is freed before. */
static uint64_t retired_in(const struct nbr_domain *domain)
{
	/* Relaxed: the acquire in freed_of() orders it; else a statistic. */
	uint64_t retired = atomic_load_explicit(&domain->direct.queued_objects, memory_order_relaxed);
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++)
		retired += atomic_load_explicit(&domain->stripes[i].retired, memory_order_relaxed);
	return retired;
}

/* Every object that is counted as freed was counted as retired before, and is so counted
 * here.  The difference is therefore 0 only if everything whose retiring happened before
 * this call has been freed. */
uint64_t nbr_pending(const struct nbr_domain *domain)
{
	uint64_t freed = sum_of(domain, freed_of).objects; /* first */

	return retired_in(domain) - freed;
}

/* More may be known to be freed than to be queued. */
static uint64_t above_0(uint64_t queued, uint64_t freed)
{
	return (int64_t)(queued - freed) > 0 ? queued - freed : 0;
}

struct nbr_amount nbr_estimate(const struct nbr_domain *domain)
{
	struct nbr_amount queued = nbr_known_queued(domain);
	/* seq_cst: see there. */
	uint64_t objects = atomic_load_explicit(&domain->told.freed_objects, memory_order_seq_cst) +
			   atomic_load_explicit(&domain->direct.freed_objects, memory_order_seq_cst);
	uint64_t bytes = atomic_load_explicit(&domain->told.freed_bytes, memory_order_seq_cst) +
			 atomic_load_explicit(&domain->direct.freed_bytes, memory_order_seq_cst);

	return (struct nbr_amount){above_0(queued.objects, objects), above_0(queued.bytes, bytes)};
}

/* ---- Counting ------------------------------------------------------------ */

static unsigned measure(const struct nbr_domain *domain)
{
	struct nbr_amount waiting = nbr_estimate(domain);
	bool many_bytes = waiting.bytes >= domain->assist_bytes;
	unsigned level = 0;

	if (waiting.objects >= domain->assist_objects || many_bytes)
		level |= NBR_PRESSED;
	if (waiting.objects >= domain->slice_objects || many_bytes)
		level |= NBR_PRESSED_FOR_SLICES;
	if (waiting.objects >= domain->turn_objects)
		level |= NBR_TURNS;
	if (waiting.objects >= domain->limit_objects / 2 || waiting.bytes >= domain->limit_bytes / 2)
		level |= NBR_NEAR;
	return level;
}

/* Lock-free: each round but the last needs another thread that added meanwhile. */
static void set_level(struct nbr_domain *domain)
{
	unsigned level;

	/* seq_cst, here and where it is added to what is measured: see 5 in account.h. */
	while (level = measure(domain), atomic_load_explicit(&domain->level, memory_order_seq_cst) != level)
		atomic_store_explicit(&domain->level, level, memory_order_seq_cst);
}

static void look_for_limit(struct nbr_domain *domain)
{
	if (nbr_at_limit(domain, 0) && !(domain->flags & NBR_LIMIT_REPORTS_ONLY))
		/* Relaxed: a hint. */
		atomic_store_explicit(&domain->front.full, 1, memory_order_relaxed);
}

/* Relaxed, here and below: counts are of the holder, and holders follow one another by
 * release and acquire. */
static uint64_t untold(const _Atomic uint64_t *count, const _Atomic uint64_t *told)
{
	return atomic_load_explicit(count, memory_order_relaxed) - atomic_load_explicit(told, memory_order_relaxed);
}

static void tell_one(_Atomic uint64_t *sum, const _Atomic uint64_t *count, _Atomic uint64_t *told)
{
	uint64_t more = untold(count, told);

	if (more == 0)
		return;
	atomic_fetch_add_explicit(sum, more, memory_order_seq_cst);
	atomic_store_explicit(told, atomic_load_explicit(count, memory_order_relaxed), memory_order_relaxed);
}

/* Relaxed: of the holder, as the counts are. */
static void set_untold(struct nbr_stripe *stripe, bool is)
{
	atomic_store_explicit(&stripe->untold, is, memory_order_relaxed);
}

/* What was queued first: who measures in between is rather too careful. */
void nbr_account_tell(struct nbr_domain *domain, struct nbr_stripe *stripe)
{
	const struct nbr_counts *counts = &stripe->counts;
	struct nbr_counts *told = &stripe->told, *sums = &domain->told;

	tell_one(&sums->queued_objects, &counts->queued_objects, &told->queued_objects);
	tell_one(&sums->queued_bytes, &counts->queued_bytes, &told->queued_bytes);
	tell_one(&sums->freed_objects, &counts->freed_objects, &told->freed_objects);
	tell_one(&sums->freed_bytes, &counts->freed_bytes, &told->freed_bytes);
	set_untold(stripe, false);
	set_level(domain);
}

/* The stripe has counted, and so much is not told: tell it, if that is enough to.  Returns
 * whether it was. */
static bool tell_if_enough(struct nbr_domain *domain, struct nbr_stripe *stripe, uint64_t objects, uint64_t bytes)
{
	bool enough = objects >= domain->tell_objects || bytes >= domain->tell_bytes;

	if (enough)
		nbr_account_tell(domain, stripe);
	else
		set_untold(stripe, true);
	return enough;
}

bool nbr_account_queued(struct nbr_domain *domain, struct nbr_stripe *stripe, uint64_t objects, uint64_t bytes)
{
	struct nbr_counts *counts = &stripe->counts;
	const struct nbr_counts *known = &stripe->told;
	bool told;

	atomic_store_explicit(&counts->queued_objects, queued_of(counts).objects + objects, memory_order_relaxed);
	atomic_store_explicit(&counts->queued_bytes, queued_of(counts).bytes + bytes, memory_order_relaxed);
	told = tell_if_enough(domain, stripe, untold(&counts->queued_objects, &known->queued_objects),
			      untold(&counts->queued_bytes, &known->queued_bytes));
	look_for_limit(domain);
	return told;
}

void nbr_account_freed(struct nbr_domain *domain, struct nbr_stripe *stripe, uint64_t objects, uint64_t bytes)
{
	struct nbr_counts *counts = &stripe->counts;
	const struct nbr_counts *known = &stripe->told;
	uint64_t objects_before = atomic_load_explicit(&counts->freed_objects, memory_order_relaxed);
	uint64_t bytes_before = atomic_load_explicit(&counts->freed_bytes, memory_order_relaxed);

	/* Release: who sees pending = 0 sees all that the callbacks did. */
	atomic_store_explicit(&counts->freed_bytes, bytes_before + bytes, memory_order_release);
	atomic_store_explicit(&counts->freed_objects, objects_before + objects, memory_order_release);
	(void)tell_if_enough(domain, stripe, untold(&counts->freed_objects, &known->freed_objects),
			     untold(&counts->freed_bytes, &known->freed_bytes));
}

void nbr_account_queued_directly(struct nbr_domain *domain, uint64_t objects, uint64_t bytes)
{
	if (bytes != 0)
		atomic_fetch_add_explicit(&domain->direct.queued_bytes, bytes, memory_order_seq_cst);
	/* seq_cst: the retirer's write of sleeper.h, too. */
	atomic_fetch_add_explicit(&domain->direct.queued_objects, objects, memory_order_seq_cst);
	set_level(domain);
	look_for_limit(domain);
}

/* seq_cst: a release, too, as in nbr_account_freed(). */
void nbr_account_freed_directly(struct nbr_domain *domain, uint64_t objects, uint64_t bytes)
{
	if (bytes != 0)
		atomic_fetch_add_explicit(&domain->direct.freed_bytes, bytes, memory_order_seq_cst);
	if (objects != 0)
		atomic_fetch_add_explicit(&domain->direct.freed_objects, objects, memory_order_seq_cst);
	set_level(domain);
}

/* ---- Statistics ---------------------------------------------------------- */

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
	struct nbr_amount freed = sum_of(domain, freed_of); /* first, as in nbr_pending() */

	/* Relaxed: a snapshot of counters that go on moving. */
	stats->freed_objects = freed.objects;
	stats->freed_bytes = freed.bytes;
	stats->grace_periods = atomic_load_explicit(&domain->clock.ended, memory_order_relaxed);
	stats->pending_objects = retired_in(domain) - freed.objects;
	stats->pending_bytes = sum_of(domain, queued_of).bytes - freed.bytes;
	stats->refusals = atomic_load_explicit(&domain->refusals, memory_order_relaxed);
	stats->grace_ns = age_ns(domain);
	/* Relaxed, and after the age: see there. */
	stats->longest_grace_ns = atomic_load_explicit(&domain->clock.longest_ns, memory_order_relaxed);
	if (stats->longest_grace_ns < stats->grace_ns)
		stats->longest_grace_ns = stats->grace_ns;
	stats->limit_objects = domain->limit_objects;
	stats->limit_bytes = domain->limit_bytes;
}

/* ---- Limits -------------------------------------------------------------- */

/* Whether it is so by the estimate, however much is not told. */
static bool surely_below(const struct nbr_domain *domain, size_t bytes)
{
	uint64_t stripes = (uint64_t)domain->stripe_mask + 1;
	uint64_t objects_slack = stripes * (domain->tell_objects - 1), bytes_slack = stripes * (domain->tell_bytes - 1);
	struct nbr_amount waiting = nbr_estimate(domain);

	return waiting.objects + objects_slack < domain->limit_objects &&
	       waiting.bytes + bytes_slack < domain->limit_bytes &&
	       bytes <= domain->limit_bytes - (waiting.bytes + bytes_slack);
}

/* If so, *waiting is what waits. */
static bool is_met(const struct nbr_domain *domain, size_t bytes, struct nbr_amount *waiting)
{
	/* What waits is less than 3/4 of the limits then. */
	if (!nbr_level_is(domain, NBR_NEAR) && bytes <= domain->limit_bytes / 4)
		return false;
	if (surely_below(domain, bytes))
		return false;
	*waiting = nbr_backlog(domain);
	/* What waits may be past the limit: no unsigned difference. */
	return waiting->objects >= domain->limit_objects || waiting->bytes >= domain->limit_bytes ||
	       (waiting->bytes != 0 && bytes > domain->limit_bytes - waiting->bytes);
}

bool nbr_at_limit(const struct nbr_domain *domain, size_t bytes)
{
	struct nbr_amount waiting;

	return is_met(domain, bytes, &waiting);
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

/* The limits, and what meeting one sets going. */
static int look(struct nbr_domain *domain, size_t bytes)
{
	struct nbr_amount waiting;

	if (!is_met(domain, bytes, &waiting)) {
		/* Relaxed: a hint.  Who queues sets it again. */
		if (nbr_seems_full(domain))
			atomic_store_explicit(&domain->front.full, 0, memory_order_relaxed);
		return 0;
	}
	NBR_PROBE(limit_met, domain, waiting.objects, waiting.bytes, bytes);
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
