/*
 * clock: grace periods, numbered.
 *
 *   begun   raised just before a grace period begins, which has that number
 *   ended   raised when one is over, to its number
 *   stamp   of what is unlinked: begun + 1, read after the unlinking
 *
 *   ended >= stamp  =>  a grace period that began after the unlinking is over
 *
 * Proof.  Let garbage have the stamp s: `begun` was read as s - 1, after a full
 * fence that follows the unlinking.  A grace period of number n >= s raised
 * `begun` to n after that read (`begun` only grows), and its first barrier
 * follows.
 *   1. If a reader's section began before that barrier, the grace period waits
 *      for its end.
 *   2. If it began after, the reader sees the unlinking: fence, read of
 *      `begun`, its raising, the grace period's barriers, section.
 * That `ended` is raised to n only says that number n is over; all lower ones
 * are numbers only, so that is enough.
 *
 * The domain's clock thread runs them, and where there is none, who waits; the
 * seat sees to it that there is one at a time.
 */
#ifndef NBR_CLOCK_H
#define NBR_CLOCK_H

#include "account.h"

/* Non-zero if the system refuses. */
int nbr_clock_init(struct nbr_clock *clock);
void nbr_clock_destroy(struct nbr_clock *clock);

/* For what the caller has unlinked, or has acquired from who did. */
static inline uint64_t nbr_clock_stamp(struct nbr_domain *domain)
{
	/* seq_cst: the unlinking, which may have been a mere release, is before the
	 * load; pairs with the fences within a grace period. */
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(&domain->clock.begun, memory_order_seq_cst) + 1;
}

static inline uint64_t nbr_clock_ended(struct nbr_domain *domain)
{
	/* Acquire: pairs with the raising, so that a free comes after the grace period. */
	return atomic_load_explicit(&domain->clock.ended, memory_order_acquire);
}

/* Whether so much is known to have been queued since the last grace period began that
 * the next should not wait. */
static inline bool nbr_clock_is_urgent(struct nbr_domain *domain)
{
	struct nbr_amount queued = nbr_known_queued(domain);
	/* Relaxed: estimates. */
	uint64_t objects = atomic_load_explicit(&domain->clock.queued_objects, memory_order_relaxed);
	uint64_t bytes = atomic_load_explicit(&domain->clock.queued_bytes, memory_order_relaxed);

	return queued.objects - objects >= domain->wake_objects || queued.bytes - bytes >= domain->wake_bytes;
}

/* One grace period, numbered and watched.  By who has the clock's seat, and is
 * no online QSBR thread. */
void nbr_clock_tick(struct nbr_domain *domain);

/* Wait until `ended` reaches `stamp`.  [outside] */
void nbr_clock_await(struct nbr_domain *domain, uint64_t stamp);

/* The same, in a domain with threads, but not beyond the time `end_ns` of nbr_now_ns().
 * Whether it has. */
bool nbr_clock_await_until(struct nbr_domain *domain, uint64_t stamp, uint64_t end_ns);

/* Whether somebody waits for a grace period that has not ended. */
bool nbr_clock_is_wanted(struct nbr_domain *domain);

#endif
