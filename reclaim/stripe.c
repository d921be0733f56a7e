/*
 * stripe: see stripe.h for the states and their owners.
 */
#include "stripe.h"

#include <time.h>

/* Spares that a stripe keeps when nothing is going on, so that a retire now and
 * then needs no allocator. */
#define IDLE_SPARES 2

/* Threads take stripes in turn; a program with fewer threads than stripes has no
 * two on one. */
static _Atomic unsigned next_home;
static _Thread_local unsigned home NBR_FAST_TLS; /* 0: none yet */

unsigned nbr_stripe_home(const struct nbr_domain *domain)
{
	/* Relaxed: any number will do. */
	if (home == 0)
		home = atomic_fetch_add_explicit(&next_home, 1, memory_order_relaxed) + 1;
	return home & domain->stripe_mask;
}

struct nbr_batch *nbr_stripe_hold_patiently(struct nbr_stripe *stripe)
{
	const struct timespec while_somebody_retires = {.tv_nsec = 20000};
	struct nbr_batch *open;

	if (nbr_stripe_try(stripe, &open))
		return open;
	/* Relaxed: what is held hangs on the stripe's own word. */
	atomic_fetch_add_explicit(&stripe->wanted, 1, memory_order_relaxed);
	do
		(void)nanosleep(&while_somebody_retires, NULL);
	while (!nbr_stripe_try(stripe, &open));
	atomic_fetch_sub_explicit(&stripe->wanted, 1, memory_order_relaxed);
	return open;
}

/* ---- Waiting ------------------------------------------------------------ */

static void set_oldest(struct nbr_stripe *stripe)
{
	/* Relaxed: a hint; who acts on it holds the stripe. */
	atomic_store_explicit(&stripe->oldest, stripe->waiting.first != NULL ? stripe->waiting.first->stamp : 0,
			      memory_order_relaxed);
}

bool nbr_stripe_seal(struct nbr_domain *domain, struct nbr_stripe *stripe, struct nbr_batch *batch)
{
	bool told;

	batch->node.stamp = nbr_clock_stamp(domain);
	told = nbr_account_queued(domain, stripe, batch->node.objects, batch->node.bytes);
	nbr_list_append(&stripe->waiting, &batch->node);
	set_oldest(stripe);
	return told;
}

struct nbr_node *nbr_stripe_pop(struct nbr_stripe *stripe, uint64_t ended, unsigned most)
{
	struct nbr_node *list = NULL;

	for (; most > 0 && stripe->waiting.first != NULL && stripe->waiting.first->stamp <= ended; most--) {
		struct nbr_node *node = nbr_list_take(&stripe->waiting);

		node->next = list;
		list = node;
	}
	if (list != NULL)
		set_oldest(stripe);
	return list;
}

/* ---- Batches ------------------------------------------------------------ */

struct nbr_batch *nbr_batch_new(struct nbr_domain *domain)
{
	return nbr_alloc(domain, sizeof(struct nbr_batch));
}

/* The bit of a kept batch is set in kept_free while it is there.  Bits, and not a
 * list: no ABA. */
static bool is_kept(const struct nbr_domain *domain, const struct nbr_batch *batch)
{
	return (uintptr_t)batch >= (uintptr_t)domain->kept && (uintptr_t)batch < (uintptr_t)(domain->kept + NBR_KEPT);
}

struct nbr_batch *nbr_batch_take_kept(struct nbr_domain *domain)
{
	/* Relaxed: a guess for the CAS. */
	uint64_t there = atomic_load_explicit(&domain->kept_free, memory_order_relaxed);

	while (there != 0) {
		unsigned i = 0;

		while ((there >> i & 1) == 0)
			i++;
		/* Acquire: pairs with nbr_batch_free(), for who emptied it. */
		if (atomic_compare_exchange_weak_explicit(&domain->kept_free, &there, there & ~(UINT64_C(1) << i),
							  memory_order_acquire, memory_order_relaxed))
			return &domain->kept[i];
	}
	return NULL;
}

void nbr_batch_free(struct nbr_domain *domain, struct nbr_batch *batch)
{
	if (!is_kept(domain, batch))
		nbr_dealloc(domain, batch, sizeof(*batch));
	else
		/* Release: see nbr_batch_take_kept(). */
		atomic_fetch_or_explicit(&domain->kept_free, UINT64_C(1) << (batch - domain->kept),
					 memory_order_release);
}

void nbr_batches_free(struct nbr_domain *domain, struct nbr_node *list)
{
	while (list != NULL) {
		struct nbr_node *node = list;

		list = list->next;
		nbr_batch_free(domain, (struct nbr_batch *)node);
	}
}

/* ---- Spares ------------------------------------------------------------- */

/* Relaxed, here and below: of the holder; others only guess by it. */
static unsigned spares_of(struct nbr_stripe *stripe)
{
	return atomic_load_explicit(&stripe->spares, memory_order_relaxed);
}

static void push_spare(struct nbr_stripe *stripe, struct nbr_node *node)
{
	node->next = stripe->spare;
	stripe->spare = node;
	atomic_store_explicit(&stripe->spares, spares_of(stripe) + 1, memory_order_relaxed);
}

/* There is one. */
static struct nbr_node *pop_spare(struct nbr_stripe *stripe)
{
	struct nbr_node *node = stripe->spare;
	unsigned left = spares_of(stripe) - 1;

	stripe->spare = node->next;
	atomic_store_explicit(&stripe->spares, left, memory_order_relaxed);
	if (left < stripe->least)
		stripe->least = left;
	return node;
}

void nbr_stripe_keep(struct nbr_domain *domain, struct nbr_stripe *stripe, struct nbr_node *list)
{
	while (list != NULL) {
		struct nbr_node *node = list;

		list = list->next;
		if (is_kept(domain, (struct nbr_batch *)node))
			nbr_batch_free(domain, (struct nbr_batch *)node);
		else
			push_spare(stripe, node);
	}
}

/* Some of another stripe's, as batches are not always emptied where they are
 * needed. */
static void borrow_spares(struct nbr_domain *domain, struct nbr_stripe *stripe)
{
	unsigned i, own = (unsigned)(stripe - domain->stripes);

	for (i = 1; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *other = &domain->stripes[(own + i) & domain->stripe_mask];
		struct nbr_batch *open;
		unsigned n;

		if (spares_of(other) == 0 || !nbr_stripe_hold(other, &open))
			continue;
		for (n = (spares_of(other) + 1) / 2; n > 0; n--)
			push_spare(stripe, pop_spare(other));
		nbr_stripe_leave(other, open);
		if (stripe->spare != NULL)
			return;
	}
}

struct nbr_batch *nbr_stripe_take_spare(struct nbr_domain *domain, struct nbr_stripe *stripe)
{
	if (stripe->spare == NULL)
		borrow_spares(domain, stripe);
	return stripe->spare != NULL ? (struct nbr_batch *)pop_spare(stripe) : NULL;
}

struct nbr_node *nbr_stripe_trim(struct nbr_stripe *stripe, enum nbr_trim trim)
{
	unsigned keep = trim == NBR_TRIM_ALL	? 0
			: trim == NBR_TRIM_IDLE ? IDLE_SPARES
						: spares_of(stripe) - stripe->least / 2;
	struct nbr_node *list = NULL;

	while (spares_of(stripe) > keep) {
		struct nbr_node *node = pop_spare(stripe);

		node->next = list;
		list = node;
	}
	stripe->least = spares_of(stripe);
	return list;
}
