/*
 * stripe: where objects are retired: a batch that fills, those that wait, and
 * emptied ones to fill again.
 *
 * A stripe's word says who may touch the rest of it:
 *
 *   NULL    --hold-->   BUSY    the holder has the stripe
 *   batch   --hold-->   BUSY    and the batch
 *   BUSY    --leave-->  NULL, or a batch that goes on filling
 *
 * Only the thread that made it BUSY ends that, so a plain store does: one
 * read-modify-write and one store for each retire, on a line that is mostly
 * this thread's own.  No ABA: the batch is not read before the CAS, and if the
 * CAS finds the same address it is the batch that stands there now.
 *
 * Nobody waits for a stripe but who may wait.  A thread that finds its own
 * BUSY (one stopped in there, or it holds a ticket already) goes next door.
 * Holders are in a section, or are threads that free or wait; no callback is
 * called while a stripe is held.
 *
 * Who waits looks now and then.  Beside retirers that hold the stripe nearly always,
 * each look could find it held, for ever; so whoever has looked in vain says that it
 * is wanted, and those who retire go next door until the waiter has had it:
 *
 *   wanted  =  threads in nbr_stripe_hold_patiently() that have looked in vain
 *
 *   1. If a retirer's look at `wanted` is first, it may hold the stripe once more;
 *      its next look is later.
 *   2. If the waiter's word is first, the retirer does not hold the stripe.
 *   3. So each thread holds a wanted stripe once more at most, and then it stays free.
 *
 * Not so for the clock and the freer, one thread each, which come by once in a round: a
 * waiter that is stopped keeps no garbage.
 *
 * Invariants, for the holder:
 *   stamps along `waiting` rise or stay
 *   oldest   =  stamp of waiting.first, or 0
 *   retired  =  objects that went through the stripe
 *   counts.queued_objects  =  retired, but for the open batch
 *
 * The idea of batches shared by retirers is from seize and papaya.
 */
#ifndef NBR_STRIPE_H
#define NBR_STRIPE_H

#include "account.h"
#include "clock.h"

struct nbr_entry {
	void (*free)(void *object, void *arg);
	void *object;
	void *arg;
};

/* With its header, 12 cache lines of 64 bytes. */
#define NBR_BATCH_ENTRIES 30

struct nbr_batch {
	struct nbr_node node; /* objects: entries in use */
	bool for_removals;    /* alone: begun where anything else was turned away */
	struct nbr_entry entries[NBR_BATCH_ENTRIES];
};

/* A batch of which that much waits is not filled on, so that limits see it. */
#define NBR_BATCH_BYTES ((size_t)64 << 10)

/* A stripe's word while a thread holds it: no batch has this address. */
#define NBR_BUSY ((struct nbr_batch *)(uintptr_t)1)

/* Batches that a domain keeps for removals where there is no memory: places for a
 * thousand.  At most 64. */
#define NBR_KEPT 36

/* Stripes: more than threads, so that two seldom share; a power of two. */
#define NBR_MIN_STRIPES 64
#define NBR_MAX_STRIPES 1024

/* The stripe with which this thread begins. */
unsigned nbr_stripe_home(const struct nbr_domain *domain);

/* The stripes stand in a ring. */
static inline struct nbr_stripe *nbr_stripe_at(const struct nbr_domain *domain, unsigned index)
{
	return &domain->stripes[index & domain->stripe_mask];
}

/* ---- Holding ------------------------------------------------------------ */

/* One try.  Whether the caller holds it now; then *open is its open batch, or NULL. */
static inline bool nbr_stripe_try(struct nbr_stripe *stripe, struct nbr_batch **open)
{
	/* Relaxed: a guess for the CAS, and not followed. */
	struct nbr_batch *batch = atomic_load_explicit(&stripe->open, memory_order_relaxed);

	/* Acquire: pairs with the release of whoever left it, for all that is in it. */
	if (batch == NBR_BUSY || !atomic_compare_exchange_strong_explicit(&stripe->open, &batch, NBR_BUSY,
									  memory_order_acquire, memory_order_relaxed))
		return false;
	*open = batch;
	return true;
}

/* The same, for who may go next door: not while one waits for it. */
static inline bool nbr_stripe_hold(struct nbr_stripe *stripe, struct nbr_batch **open)
{
	/* Relaxed: whoever misses it goes first once. */
	return !atomic_load_explicit(&stripe->wanted, memory_order_relaxed) && nbr_stripe_try(stripe, open);
}

/* Until it succeeds: sleeps in between.  [outside] */
struct nbr_batch *nbr_stripe_hold_patiently(struct nbr_stripe *stripe);

static inline void nbr_stripe_leave(struct nbr_stripe *stripe, struct nbr_batch *open)
{
	/* Release: pairs with the next holder's acquire. */
	atomic_store_explicit(&stripe->open, open, memory_order_release);
}

/* ---- For the holder ----------------------------------------------------- */

/* OPEN -> WAITING: stamp the batch, which has an entry, count it and append it.  Whether the
 * domain was told. */
bool nbr_stripe_seal(struct nbr_domain *domain, struct nbr_stripe *stripe, struct nbr_batch *batch);

/* Up to `most` batches whose stamp is at most `ended`, in a list. */
struct nbr_node *nbr_stripe_pop(struct nbr_stripe *stripe, uint64_t ended, unsigned most);

/* Keep emptied batches, a list, to be filled again; and take one, if need be another
 * stripe's, or NULL. */
void nbr_stripe_keep(struct nbr_domain *domain, struct nbr_stripe *stripe, struct nbr_node *list);
struct nbr_batch *nbr_stripe_take_spare(struct nbr_domain *domain, struct nbr_stripe *stripe);

/* Which spares to give back, as a list for nbr_batches_free(). */
enum nbr_trim {
	NBR_TRIM_UNUSED, /* half of those not needed since the last trim */
	NBR_TRIM_IDLE,	 /* but a few: nothing is going on */
	NBR_TRIM_ALL,
};
struct nbr_node *nbr_stripe_trim(struct nbr_stripe *stripe, enum nbr_trim trim);

/* ---- For anybody -------------------------------------------------------- */

/* Whether something in it seems to be ripe. */
static inline bool nbr_stripe_is_ripe(struct nbr_stripe *stripe, uint64_t ended)
{
	/* seq_cst: the look of sleeper.h; else a hint. */
	uint64_t oldest = atomic_load_explicit(&stripe->oldest, memory_order_seq_cst);

	return oldest != 0 && oldest <= ended;
}

/* A batch from the allocator, or NULL; its entries are not in use. */
struct nbr_batch *nbr_batch_new(struct nbr_domain *domain);

/* One of those that are kept for removals, or NULL.  Lock-free. */
struct nbr_batch *nbr_batch_take_kept(struct nbr_domain *domain);

/* Back to the allocator, or to those that are kept. */
void nbr_batch_free(struct nbr_domain *domain, struct nbr_batch *batch);
void nbr_batches_free(struct nbr_domain *domain, struct nbr_node *list);

#endif
