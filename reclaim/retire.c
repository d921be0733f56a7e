/*
 * retire: how objects come in, and are sealed.
 *
 * A retire is a store into the batch that a stripe is filling.  Once in
 * NBR_BATCH_ENTRIES retires a batch must be begun: then limits are looked at, and
 * the thread owes as much freeing (debt.h).  No stripe is held while it pays, so a
 * callback that takes long keeps nobody else's garbage, and one that retires finds
 * a stripe.
 *
 * The clock is called for the first object in a batch; it then stays awake until
 * it has passed by:
 *
 *   uncovered  <=>  retired != covered, in a stripe or of nodes
 *
 * The retirer adds to `retired` and then reads the clock's state; the clock
 * writes its state and then reads `retired`: the pattern of sleeper.h.  For later
 * objects in the batch no call is needed: the first is uncovered as long as the
 * clock has not held the stripe, and when it has, the batch is sealed and
 * another is begun.
 */
#include "retire.h"

#include "callback.h"
#include "debt.h"
#include "shelf.h"

#include <errno.h>
#include <limits.h>

/* ticket.stripe of a batch that had none. */
#define NO_STRIPE UINT_MAX

/* A stripe, or NO_STRIPE if every one is held; with the batch that it is filling, or
 * NULL.  One that is for removals alone is passed by for any other purpose. */
static unsigned hold_some(struct nbr_domain *domain, enum nbr_purpose purpose, struct nbr_batch **open)
{
	unsigned home = nbr_stripe_home(domain), i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		unsigned index = (home + i) & domain->stripe_mask;
		struct nbr_stripe *stripe = &domain->stripes[index];

		if (!nbr_stripe_hold(stripe, open))
			continue;
		if (*open == NULL || !(*open)->for_removals || purpose == NBR_REMOVES)
			return index;
		nbr_stripe_leave(stripe, *open);
	}
	*open = NULL;
	return NO_STRIPE;
}

/* For who holds the stripe, or none (NULL). */
static struct nbr_batch *empty_batch(struct nbr_domain *domain, enum nbr_purpose purpose, struct nbr_stripe *stripe)
{
	struct nbr_batch *batch = stripe != NULL ? nbr_stripe_take_spare(domain, stripe) : NULL;
	bool for_removals = purpose == NBR_REMOVES && nbr_at_limit(domain, 0);

	if (batch == NULL)
		batch = nbr_batch_new(domain);
	if (batch != NULL) {
		batch->node = (struct nbr_node){0};
		batch->for_removals = for_removals;
	}
	return batch;
}

/* For a removal that got no memory: a stripe whose batch has room, or else a batch
 * that is kept for this. */
static int begin_without_memory(struct nbr_domain *domain, struct nbr_ticket *ticket)
{
	struct nbr_batch *batch, *kept;
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];

		if (!nbr_stripe_hold(stripe, &batch))
			continue;
		if (batch != NULL) {
			*ticket = (struct nbr_ticket){batch, i};
			return 0;
		}
		nbr_stripe_leave(stripe, NULL);
	}
	kept = nbr_batch_take_kept(domain);
	if (kept == NULL)
		return -ENOMEM;
	kept->node = (struct nbr_node){0};
	kept->for_removals = true;
	i = hold_some(domain, NBR_REMOVES, &batch);
	if (batch != NULL)
		nbr_batch_free(domain, kept); /* somebody has begun one meanwhile */
	*ticket = (struct nbr_ticket){batch != NULL ? batch : kept, i};
	return 0;
}

/* For who holds no stripe: one, with a batch to fill.  -ENOMEM. */
static int begin_batch(struct nbr_domain *domain, enum nbr_purpose purpose, struct nbr_ticket *ticket)
{
	struct nbr_batch *batch;
	unsigned index = hold_some(domain, purpose, &batch);
	struct nbr_stripe *stripe = index != NO_STRIPE ? &domain->stripes[index] : NULL;

	if (batch == NULL)
		batch = empty_batch(domain, purpose, stripe);
	if (batch == NULL) {
		if (stripe != NULL)
			nbr_stripe_leave(stripe, NULL);
		return -ENOMEM;
	}
	ticket->batch = batch;
	ticket->stripe = index;
	return 0;
}

/* A batch for `ticket`, where none is open. */
static int reserve_in_new(struct nbr_domain *domain, enum nbr_purpose purpose, struct nbr_ticket *ticket)
{
	int err = 0;

	if (!nbr_in_callback())
		nbr_owe_batch(domain);
	if (purpose == NBR_REPLACES && nbr_at_limit(domain, 0)) {
		(void)nbr_pay_now(domain);
		err = nbr_check_limits(domain, 0);
	}
	if (err == 0)
		err = begin_batch(domain, purpose, ticket);
	if (err == -ENOMEM && nbr_pay_now(domain))
		err = begin_batch(domain, purpose, ticket);
	return err == -ENOMEM && purpose == NBR_REMOVES ? begin_without_memory(domain, ticket) : err;
}

int nbr_reserve(struct nbr_domain *domain, enum nbr_purpose purpose, struct nbr_ticket *ticket)
{
	struct nbr_batch *batch;
	unsigned index = hold_some(domain, purpose, &batch);

	*ticket = NBR_TICKET_NONE;
	if (batch != NULL) {
		ticket->batch = batch;
		ticket->stripe = index;
		return 0;
	}
	if (index != NO_STRIPE)
		nbr_stripe_leave(&domain->stripes[index], NULL);
	return reserve_in_new(domain, purpose, ticket);
}

/* BUSY -> NULL, the batch sealed. */
static void seal(struct nbr_domain *domain, struct nbr_stripe *stripe, struct nbr_batch *batch)
{
	bool told = nbr_stripe_seal(domain, stripe, batch);

	nbr_stripe_leave(stripe, NULL);
	if (told && nbr_clock_is_urgent(domain))
		nbr_sleeper_call(&domain->clock_sleeper, true);
}

/* WAITING from the start. */
static void retire_directly(struct nbr_domain *domain, struct nbr_node *node)
{
	node->stamp = nbr_clock_stamp(domain);
	/* After the stamp, so that who counts it begins a grace period that covers it. */
	nbr_account_queued_directly(domain, node->objects, node->bytes);
	nbr_shelf_push(domain, node);
	nbr_sleeper_call(&domain->clock_sleeper, nbr_clock_is_urgent(domain));
}

void nbr_retire(struct nbr_domain *domain, struct nbr_node *node, bool (*free)(struct nbr_node *), size_t bytes)
{
	node->free = free;
	node->objects = 1;
	node->bytes = bytes;
	retire_directly(domain, node);
	if (!nbr_in_callback())
		nbr_owe_node(domain, bytes);
}

void nbr_retire_object(struct nbr_domain *domain, struct nbr_ticket *ticket, void (*free)(void *object, void *arg),
		       void *object, void *arg, size_t bytes)
{
	struct nbr_batch *batch = ticket->batch;
	struct nbr_stripe *stripe;
	uint64_t retired;
	bool first;

	batch->entries[batch->node.objects++] = (struct nbr_entry){free, object, arg};
	batch->node.bytes += bytes;
	if (ticket->stripe == NO_STRIPE) {
		*ticket = NBR_TICKET_NONE;
		retire_directly(domain, &batch->node);
		return;
	}
	stripe = &domain->stripes[ticket->stripe];
	*ticket = NBR_TICKET_NONE;
	first = batch->node.objects == 1;
	/* Not a read-modify-write: only the holder writes, and holders follow one
	 * another by release and acquire.  seq_cst for the first: the retirer's write,
	 * see above.  Else relaxed: a statistic. */
	retired = atomic_load_explicit(&stripe->retired, memory_order_relaxed) + 1;
	if (first)
		atomic_store_explicit(&stripe->retired, retired, memory_order_seq_cst);
	else
		atomic_store_explicit(&stripe->retired, retired, memory_order_relaxed);
	if (batch->node.objects == NBR_BATCH_ENTRIES || batch->node.bytes >= NBR_BATCH_BYTES)
		seal(domain, stripe, batch);
	else
		nbr_stripe_leave(stripe, batch);
	if (first)
		nbr_sleeper_call(&domain->clock_sleeper, false);
}

void nbr_cancel(struct nbr_domain *domain, struct nbr_ticket *ticket)
{
	struct nbr_batch *batch = ticket->batch;
	unsigned index = ticket->stripe;

	*ticket = NBR_TICKET_NONE;
	if (batch == NULL)
		return;
	if (index == NO_STRIPE)
		nbr_batch_free(domain, batch);
	else
		nbr_stripe_leave(&domain->stripes[index], batch);
}

/* ---- Sealing ------------------------------------------------------------ */

/* For the holder, who tells what the stripe has counted, and leaves it. */
static void seal_and_leave(struct nbr_domain *domain, struct nbr_stripe *stripe, struct nbr_batch *open)
{
	if (open != NULL && open->node.objects > 0) {
		(void)nbr_stripe_seal(domain, stripe, open);
		open = NULL;
	}
	if (!nbr_account_is_told(stripe))
		nbr_account_tell(domain, stripe);
	nbr_stripe_leave(stripe, open);
}

void nbr_seal_for_clock(struct nbr_domain *domain)
{
	struct nbr_clock *clock = &domain->clock;
	struct nbr_amount queued;
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];
		struct nbr_batch *open;

		/* Relaxed: if it is stale the stripe stays uncovered. */
		if (atomic_load_explicit(&stripe->retired, memory_order_relaxed) == stripe->covered &&
		    nbr_account_is_told(stripe))
			continue;
		if (!nbr_stripe_try(stripe, &open))
			continue;
		/* Relaxed: of the holder. */
		stripe->covered = atomic_load_explicit(&stripe->retired, memory_order_relaxed);
		seal_and_leave(domain, stripe, open);
	}
	/* seq_cst: see retire_directly(). */
	clock->covered = atomic_load_explicit(&domain->direct.queued_objects, memory_order_seq_cst);
	queued = nbr_known_queued(domain);
	/* Relaxed: estimates. */
	atomic_store_explicit(&clock->queued_objects, queued.objects, memory_order_relaxed);
	atomic_store_explicit(&clock->queued_bytes, queued.bytes, memory_order_relaxed);
}

void nbr_seal_patiently(struct nbr_domain *domain)
{
	unsigned i;

	/* A fork finds no stripe held by a thread that its child does not have. */
	nbr_seat_take(&domain->sealer_seat);
	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];

		seal_and_leave(domain, stripe, nbr_stripe_hold_patiently(stripe));
	}
	nbr_seat_leave(&domain->sealer_seat);
}

void nbr_seal_at_once(struct nbr_domain *domain)
{
	unsigned i;

	/* Who has the seat seals, too. */
	if (!nbr_seat_try(&domain->sealer_seat))
		return;
	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];
		struct nbr_batch *open;

		if (nbr_stripe_try(stripe, &open))
			seal_and_leave(domain, stripe, open);
	}
	nbr_seat_leave(&domain->sealer_seat);
}

bool nbr_uncovered(struct nbr_domain *domain)
{
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];

		/* seq_cst: the look of sleeper.h. */
		if (atomic_load_explicit(&stripe->retired, memory_order_seq_cst) != stripe->covered)
			return true;
	}
	return atomic_load_explicit(&domain->direct.queued_objects, memory_order_seq_cst) != domain->clock.covered;
}
