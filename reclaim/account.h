/*
 * account: what waits, and the limits that look at it.
 *
 * Threads that work on different keys are not to write a common line for each batch.  So a
 * stripe counts for itself, by plain stores of who holds it, and tells the domain now and
 * then:
 *
 *   stripe.counts   what was queued in it, and what its holders have freed
 *   stripe.told     how much of that the domain knows;  domain.told = sum(stripe.told)
 *   domain.direct   nodes, batches that had no stripe, and what guests free
 *
 * All only grow:
 *
 *   retired  = sum(stripe.retired) + direct.queued        objects, exact
 *   queued   = sum(stripe.counts.queued) + direct.queued  what was stamped, or is a node
 *   freed    = sum(stripe.counts.freed) + direct.freed
 *   pending  = retired - freed                            what the statistics show
 *   backlog  = queued - freed <= pending                  what the limits look at
 *   estimate = the same of domain.told + direct           what everything else looks at
 *
 * Each is added to before the object moves on, hence freed <= queued <= retired for
 * whoever reads them in that order: freed first, with acquire, which pairs with the
 * release of each addition to it.  backlog misses what open batches hold.  In the estimate
 * freed may be more than queued, for another stripe may have told first; it is 0 then.
 *
 * A stripe tells when it has `tell` objects or bytes to tell, of what it queued or of what
 * it freed; and whatever it has when the clock or a waiter comes by.  Hence, where nobody
 * holds a stripe:
 *
 *   1. counts - told < tell                              each of the four, in each stripe
 *   2. |backlog - estimate| <= slack = stripes * (tell - 1) <= limit / 8
 *   3. tell = 1 where less than a batch would be allowed:  backlog = estimate
 *   4. untold  iff  counts != told
 *
 * `level` says what the estimate has passed.  It is one word that is written when that
 * changes, so it costs little to look at for each batch.  Whoever has added to domain.told
 * or direct measures the estimate; if `level` is another, stores it, and measures again:
 *
 *   5. level = measure(estimate), when all who added have returned
 *
 * Proof.  All of it is seq_cst.  Let B be the last who added, and A the last who stored.
 *   If B added before A's last measure began, that has everything, and was found to be
 *   what A had stored; else A would have stored again.
 *   If B added after that, then after A's store as well; what B measures has everything, and
 *   B compares it with what A stored.  If it were another, B would have stored after A.
 *
 * Limits.  They look at the level for each batch.
 *   If NEAR is not there, the estimate was below limit / 2 when who last added had looked,
 *   and the backlog below 5/8.  Since then each stripe has counted less than `tell`, else
 *   it would have told, and looked.  So the backlog is below 3/4, and no limit is met.
 *   If NEAR is there, and the estimate is below a limit by more than the slack, so is the
 *   backlog.
 *   Else they sum up what the stripes have counted.
 * So a limit is met at the object at which it would be met if everything were told at
 * once; those who come at the same moment may see it a batch early or late.
 *
 * The other thresholds, from where on two are freed for one, or a grace period is urgent,
 * are passed late or early, by less than `tell` for each stripe in use: a constant for each
 * thread.
 *
 * The idea to sum up only where it matters is from percpu_counter of Linux, and from the
 * limit counters in Paul McKenney's "Is Parallel Programming Hard".
 */
#ifndef NBR_ACCOUNT_H
#define NBR_ACCOUNT_H

#include "domain.h"

struct nbr_amount {
	uint64_t objects;
	uint64_t bytes;
};

/* ---- Level --------------------------------------------------------------- */

enum nbr_level {
	NBR_PRESSED = 1,	    /* two are to be freed for one */
	NBR_PRESSED_FOR_SLICES = 2, /* and slices of nodes, which are no part of what the retirer made */
	NBR_TURNS = 4,		    /* who retires owes a turn */
	NBR_NEAR = 8,		    /* half of what a limit allows */
};

static inline bool nbr_level_is(const struct nbr_domain *domain, enum nbr_level level)
{
	/* Relaxed: a hint, but for limits, where it may be met a batch late. */
	return (atomic_load_explicit(&domain->level, memory_order_relaxed) & level) != 0;
}

static inline bool nbr_pressed(const struct nbr_domain *domain)
{
	return nbr_level_is(domain, NBR_PRESSED);
}

static inline bool nbr_pressed_for_slices(const struct nbr_domain *domain)
{
	return nbr_level_is(domain, NBR_PRESSED_FOR_SLICES);
}

/* ---- Sums ---------------------------------------------------------------- */

/* Of all stripes: exact. */
struct nbr_amount nbr_backlog(const struct nbr_domain *domain);

uint64_t nbr_pending(const struct nbr_domain *domain);

/* What the domain knows to be queued. */
static inline struct nbr_amount nbr_known_queued(const struct nbr_domain *domain)
{
	/* seq_cst: the measure of 5; else estimates. */
	return (struct nbr_amount){
		atomic_load_explicit(&domain->told.queued_objects, memory_order_seq_cst) +
			atomic_load_explicit(&domain->direct.queued_objects, memory_order_seq_cst),
		atomic_load_explicit(&domain->told.queued_bytes, memory_order_seq_cst) +
			atomic_load_explicit(&domain->direct.queued_bytes, memory_order_seq_cst),
	};
}

/* The backlog, as far as the domain knows. */
struct nbr_amount nbr_estimate(const struct nbr_domain *domain);

/* ---- Limits -------------------------------------------------------------- */

/* Whether `bytes` more would pass a limit. */
bool nbr_at_limit(const struct nbr_domain *domain, size_t bytes);

/*
 * At a limit with `bytes` more: report it; -ENOBUFS, which is counted as a refusal,
 * unless reporting is all.
 * on_limit is a callback, so the caller holds nothing.
 */
int nbr_check_limits(struct nbr_domain *domain, size_t bytes);

/* ---- Counting ------------------------------------------------------------ */

/* For who holds the stripe: a batch is queued in it, or batches were freed by him.  The
 * first says whether the domain was told. */
bool nbr_account_queued(struct nbr_domain *domain, struct nbr_stripe *stripe, uint64_t objects, uint64_t bytes);
void nbr_account_freed(struct nbr_domain *domain, struct nbr_stripe *stripe, uint64_t objects, uint64_t bytes);

/* For who holds none. */
void nbr_account_queued_directly(struct nbr_domain *domain, uint64_t objects, uint64_t bytes);
void nbr_account_freed_directly(struct nbr_domain *domain, uint64_t objects, uint64_t bytes);

/* Whether the domain seems to know all that the stripe has counted.  A word beside `retired`, and no
 * comparison of the counts: who passes by all stripes reads one line of each. */
static inline bool nbr_account_is_told(const struct nbr_stripe *stripe)
{
	/* Relaxed: a hint, but for the holder, who wrote it or came after who did. */
	return !atomic_load_explicit(&stripe->untold, memory_order_relaxed);
}

/* For who holds the stripe: tell what is not told. */
void nbr_account_tell(struct nbr_domain *domain, struct nbr_stripe *stripe);

#endif
