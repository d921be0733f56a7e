/*
 * batch: see batch.h for the states and their owners.
 */
#include "batch.h"

#include "cycle.h"

#include <errno.h>
#include <limits.h>

/* A stripe's word while a thread has its batch: no batch has this address. */
#define BUSY ((struct nbr_batch *)(uintptr_t)1)

/* Stripes tried before a thread makes a batch of its own. */
#define TRIES 4

/* ticket.stripe of such a batch. */
#define NO_STRIPE UINT_MAX

/* Threads take stripes in turn; a program with fewer threads than stripes has no
 * two on one.  initial-exec: a load off the thread pointer, also from a library. */
#if defined(__GNUC__)
#define FAST_TLS __attribute__((tls_model("initial-exec")))
#else
#define FAST_TLS
#endif

static _Atomic unsigned next_home;
static _Thread_local unsigned home FAST_TLS; /* 0: none yet */

static unsigned my_home(void)
{
	/* Relaxed: any number will do. */
	if (home == 0)
		home = atomic_fetch_add_explicit(&next_home, 1, memory_order_relaxed) + 1;
	return home;
}

/* What it holds: the batch itself is for who called. */
static void empty_batch(struct nbr_node *node)
{
	struct nbr_batch *batch = (struct nbr_batch *)node;
	unsigned i;

	for (i = 0; i < batch->count; i++)
		batch->entries[i].free(batch->entries[i].object, batch->entries[i].arg);
}

bool nbr_is_batch(const struct nbr_node *node)
{
	return node->free == empty_batch;
}

/*
 * Limits and assistance are looked at here, once for NBR_BATCH_ENTRIES
 * retires: each pays for one ripe batch at most, the same number of frees.
 * The caller's stripe (NULL: it has none) is BUSY meanwhile, which sends others
 * next door.
 */
static int new_batch(struct nbr_domain *domain, struct nbr_stripe *stripe, struct nbr_batch **out)
{
	struct nbr_batch *batch = NULL;
	int err;

	if (nbr_backlog(domain) >= domain->assist)
		nbr_assist(domain, my_home());
	err = nbr_check_limits(domain, 0);
	if (err != 0)
		return err;
	if (stripe != NULL)
		batch = (struct nbr_batch *)nbr_spare_take(domain, stripe, my_home());
	if (batch == NULL)
		batch = nbr_alloc(domain, sizeof(*batch));
	if (batch == NULL)
		return -ENOMEM;
	batch->node.free = empty_batch;
	batch->count = 0;
	/* Relaxed: too old a value only queues the batch early. */
	batch->generation = atomic_load_explicit(&domain->generation, memory_order_relaxed);
	*out = batch;
	return 0;
}

/* Fix what the batch stands for; it gets no more entries. */
static void seal_batch(struct nbr_batch *batch)
{
	batch->node.objects = batch->count;
	batch->node.bytes = 0;
}

int nbr_reserve(struct nbr_domain *domain, struct nbr_ticket *ticket)
{
	unsigned i;

	*ticket = NBR_TICKET_NONE;
	for (i = 0; i < TRIES; i++) {
		unsigned index = (my_home() + i) & domain->stripe_mask;
		struct nbr_stripe *stripe = &domain->stripes[index];
		/* Relaxed: a guess for the CAS, and not followed. */
		struct nbr_batch *batch = atomic_load_explicit(&stripe->batch, memory_order_relaxed);
		int err;

		if (batch == BUSY)
			continue;
		/* Acquire: pairs with the release of whoever put the batch, or NULL, there,
		 * for the batch's contents and for stripe->retired. */
		if (!atomic_compare_exchange_strong_explicit(&stripe->batch, &batch, BUSY, memory_order_acquire,
							     memory_order_relaxed))
			continue;
		if (batch == NULL) {
			err = new_batch(domain, stripe, &batch);
			if (err != 0) {
				nbr_stripe_leave_empty(stripe);
				return err;
			}
		}
		ticket->batch = batch;
		ticket->stripe = index;
		return 0;
	}
	ticket->stripe = NO_STRIPE;
	return new_batch(domain, NULL, &ticket->batch);
}

/* Relaxed: a stale batch must be noticed only by those whose section began after
 * the barrier's grace period did, and they see what preceded it. */
static bool stale(const struct nbr_domain *domain, const struct nbr_batch *batch)
{
	return batch->generation != atomic_load_explicit(&domain->generation, memory_order_relaxed);
}

/* The batch leaves the stripe for the queue. */
static void queue_batch(struct nbr_domain *domain, struct nbr_stripe *stripe, struct nbr_batch *batch)
{
	seal_batch(batch);
	/* Queued before the stripe is seen empty, so who looks at the stripes and then
	 * at the queue cannot miss it. */
	nbr_push(domain, &batch->node);
	/* Its release pairs with the collector's acquire, too, for the push. */
	nbr_stripe_leave_empty(stripe);
}

void nbr_retire_object(struct nbr_domain *domain, struct nbr_ticket *ticket, void (*free)(void *object, void *arg),
		       void *object, void *arg)
{
	struct nbr_batch *batch = ticket->batch;
	struct nbr_stripe *stripe;

	batch->entries[batch->count++] = (struct nbr_entry){free, object, arg};
	if (ticket->stripe == NO_STRIPE) {
		seal_batch(batch);
		/* Relaxed: the push that follows releases it. */
		atomic_fetch_add_explicit(&domain->direct_objects, 1, memory_order_relaxed);
		nbr_push(domain, &batch->node);
		*ticket = NBR_TICKET_NONE;
		return;
	}
	stripe = &domain->stripes[ticket->stripe];
	*ticket = NBR_TICKET_NONE;
	/* Relaxed, and not a read-modify-write: only the holder writes, holders follow
	 * one another by release and acquire, and statistics can wait. */
	atomic_store_explicit(&stripe->retired, atomic_load_explicit(&stripe->retired, memory_order_relaxed) + 1,
			      memory_order_relaxed);
	if (batch->count == NBR_BATCH_ENTRIES || stale(domain, batch)) {
		queue_batch(domain, stripe, batch);
	} else if (batch->count == 1) {
		/* seq_cst: the retirer's write, see sleeper.h.  The first entry calls the
		 * reclaimer, who stays awake while the batch is there or held. */
		atomic_store_explicit(&stripe->batch, batch, memory_order_seq_cst);
		nbr_sleeper_call(&domain->sleeper, false);
	} else {
		/* Release: pairs with the next holder's or the collector's acquire. */
		atomic_store_explicit(&stripe->batch, batch, memory_order_release);
	}
}

void nbr_cancel(struct nbr_domain *domain, struct nbr_ticket *ticket)
{
	struct nbr_batch *batch = ticket->batch;
	unsigned index = ticket->stripe;

	*ticket = NBR_TICKET_NONE;
	if (batch == NULL)
		return;
	if (index == NO_STRIPE)
		nbr_dealloc(domain, batch, sizeof(*batch));
	else if (batch->count > 0 && stale(domain, batch))
		queue_batch(domain, &domain->stripes[index], batch);
	else
		/* Release: as in nbr_retire_object(). */
		atomic_store_explicit(&domain->stripes[index].batch, batch, memory_order_release);
}

bool nbr_stripe_hold_empty(struct nbr_stripe *stripe)
{
	struct nbr_batch *none = NULL;

	/* Acquire: as in nbr_reserve(), for stripe->spare. */
	return atomic_compare_exchange_strong_explicit(&stripe->batch, &none, BUSY, memory_order_acquire,
						       memory_order_relaxed);
}

void nbr_stripe_leave_empty(struct nbr_stripe *stripe)
{
	/* Release: passes on stripe->spare and stripe->retired. */
	atomic_store_explicit(&stripe->batch, NULL, memory_order_release);
}

bool nbr_stripes_used(struct nbr_domain *domain)
{
	unsigned i;

	/* seq_cst: the sleeper's look, see sleeper.h. */
	for (i = 0; i <= domain->stripe_mask; i++)
		if (atomic_load_explicit(&domain->stripes[i].batch, memory_order_seq_cst) != NULL)
			return true;
	return false;
}

struct nbr_node *nbr_collect_stripes(struct nbr_domain *domain, struct nbr_node *list, bool *missed)
{
	unsigned i;

	*missed = false;
	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];
		/* Acquire: a NULL stored by queue_batch() makes its push visible. */
		struct nbr_batch *batch = atomic_load_explicit(&stripe->batch, memory_order_acquire);

		if (batch == NULL)
			continue;
		/* Acquire: pairs with the release that put the batch there.  Release: hands
		 * stripe->retired, which we leave alone, to the next holder.  A failure
		 * means that somebody took it, and needs no order. */
		if (batch == BUSY ||
		    !atomic_compare_exchange_strong_explicit(&stripe->batch, &batch, NULL, memory_order_acq_rel,
							     memory_order_relaxed)) {
			*missed = true;
			continue;
		}
		if (batch->count == 0) {
			/* Reserved and cancelled: nobody can have seen anything of it. */
			nbr_dealloc(domain, batch, sizeof(*batch));
			continue;
		}
		seal_batch(batch);
		/* Relaxed: precedes this thread's release on the freed count. */
		atomic_fetch_add_explicit(&domain->queued_objects, batch->count, memory_order_relaxed);
		batch->node.next = list;
		list = &batch->node;
	}
	return list;
}
