/*
 * free: see free.h.
 */
#include "free.h"

#include "callback.h"
#include "probe.h"
#include "shelf.h"
#include "watch.h"

/* What a guest takes in hand at a time, and in a round, of a stripe ... */
#define HAND 8
/* ... and of the shelf. */
#define SLICES 8

/* Stripes that a writer looks at when it has nothing of its own to free. */
#define LOOKS 8

/* ---- In hand ------------------------------------------------------------ */

/* Free what is in the batch; it is then empty. */
static void free_batch(struct nbr_batch *batch)
{
	size_t objects = batch->node.objects, i;
	bool outer = nbr_callback_begin();

	for (i = 0; i < objects; i++)
		batch->entries[i].free(batch->entries[i].object, batch->entries[i].arg);
	nbr_callback_end(outer);
}

/* The same of a list, for who counts directly.  Returns the objects freed. */
static uint64_t free_batches(struct nbr_domain *domain, struct nbr_node *list)
{
	uint64_t sum = 0;

	for (; list != NULL; list = list->next) {
		free_batch((struct nbr_batch *)list);
		nbr_account_freed_directly(domain, list->objects, list->bytes);
		sum += list->objects;
	}
	return sum;
}

/*
 * A slice of a node.  Returns the objects freed; if it was not the last slice,
 * *again is the node, else NULL.
 */
static uint64_t free_slice(struct nbr_domain *domain, struct nbr_node *node, struct nbr_node **again)
{
	size_t objects = node->objects, bytes = node->bytes;
	bool outer, done;

	*again = NULL;
	if (node->free == NULL) { /* a batch that had no stripe */
		node->next = NULL;
		objects = free_batches(domain, node);
		nbr_batch_free(domain, (struct nbr_batch *)node);
		return objects;
	}
	outer = nbr_callback_begin();
	done = node->free(node);
	nbr_callback_end(outer);
	if (!done) {
		nbr_account_freed_directly(domain, 0, bytes - node->bytes);
		*again = node;
		return 0;
	}
	nbr_account_freed_directly(domain, objects, bytes);
	return objects;
}

/* ---- Who retires -------------------------------------------------------- */

/* Where this thread retires: its home, or the next that nobody holds; or NULL. */
static struct nbr_stripe *hold_near(struct nbr_domain *domain, struct nbr_batch **open)
{
	unsigned i;

	for (i = 0; i < LOOKS; i++) {
		struct nbr_stripe *stripe = nbr_stripe_at(domain, nbr_stripe_home(domain) + i);

		if (nbr_stripe_hold(stripe, open))
			return stripe;
	}
	return NULL;
}

/* What is ripe there, as much as a batch is to be paid with. */
static struct nbr_node *take_own(struct nbr_domain *domain, uint64_t ended)
{
	struct nbr_batch *open;
	struct nbr_stripe *stripe = hold_near(domain, &open);
	struct nbr_node *list;

	if (stripe == NULL)
		return NULL;
	list = nbr_stripe_pop(stripe, ended, nbr_pressed(domain) ? NBR_ASSIST_BATCHES : 1);
	nbr_stripe_leave(stripe, open);
	return list;
}

static struct nbr_node *steal(struct nbr_domain *domain, uint64_t ended)
{
	static _Thread_local unsigned turn NBR_FAST_TLS;
	unsigned i;

	for (i = 0; i < LOOKS; i++) {
		struct nbr_stripe *stripe = nbr_stripe_at(domain, nbr_stripe_home(domain) + ++turn);
		struct nbr_batch *open;
		struct nbr_node *list;

		if (!nbr_stripe_is_ripe(stripe, ended) || !nbr_stripe_hold(stripe, &open))
			continue;
		list = nbr_stripe_pop(stripe, ended, NBR_ASSIST_BATCHES);
		nbr_stripe_leave(stripe, open);
		if (list != NULL)
			return list;
	}
	return NULL;
}

/* Emptied batches to where this thread begins the next ones; what was in them is counted
 * there. */
static void keep(struct nbr_domain *domain, struct nbr_node *list, struct nbr_amount freed)
{
	struct nbr_batch *open;
	struct nbr_stripe *stripe = hold_near(domain, &open);

	if (stripe == NULL) {
		nbr_account_freed_directly(domain, freed.objects, freed.bytes);
		nbr_batches_free(domain, list);
		return;
	}
	nbr_account_freed(domain, stripe, freed.objects, freed.bytes);
	nbr_stripe_keep(domain, stripe, list);
	nbr_stripe_leave(stripe, open);
}

bool nbr_assist(struct nbr_domain *domain)
{
	uint64_t ended = nbr_clock_ended(domain);
	struct nbr_node *list = take_own(domain, ended), *node;
	struct nbr_amount freed = {0, 0};

	if (list == NULL && nbr_pressed(domain))
		list = steal(domain, ended);
	for (node = list; node != NULL; node = node->next) {
		free_batch((struct nbr_batch *)node);
		freed.objects += node->objects;
		freed.bytes += node->bytes;
	}
	if (list != NULL) {
		NBR_PROBE(assist, domain, freed.objects);
		keep(domain, list, freed);
	}
	return (nbr_pressed_for_slices(domain) && nbr_assist_nodes(domain, 1)) || list != NULL;
}

/*
 * A node for who retires, or NULL.  seq_cst: who is in a barrier first says that he
 * is patient, and then looks at the hands; we are counted first.  If ours is first,
 * he waits for us; if his is first, we see it.
 */
static struct nbr_node *take_node(struct nbr_domain *domain)
{
	if (atomic_load_explicit(&domain->patient, memory_order_seq_cst) != 0)
		return NULL;
	return nbr_shelf_take(domain, nbr_clock_ended(domain));
}

bool nbr_assist_nodes(struct nbr_domain *domain, unsigned slices)
{
	bool found = false;

	for (; slices > 0 && nbr_pressed(domain); slices--) {
		struct nbr_node *node = take_node(domain), *again;

		if (node == NULL)
			break;
		(void)free_slice(domain, node, &again);
		if (again != NULL)
			nbr_shelf_put_back(domain, again);
		found = true;
	}
	return found;
}

/* ---- Guests ------------------------------------------------------------- */

/* Returns the objects freed; 0 if the stripe had nothing ripe, or is held. */
static uint64_t free_of_stripe(struct nbr_domain *domain, struct nbr_stripe *stripe, uint64_t ended)
{
	struct nbr_batch *open;
	struct nbr_node *list;
	uint64_t objects;

	if (!nbr_stripe_is_ripe(stripe, ended) || !nbr_stripe_try(stripe, &open))
		return 0;
	list = nbr_stripe_pop(stripe, ended, HAND);
	nbr_stripe_leave(stripe, open);
	if (list == NULL)
		return 0;
	objects = free_batches(domain, list);
	if (!nbr_stripe_try(stripe, &open)) {
		nbr_batches_free(domain, list); /* as well, and nobody is waited for */
		return objects;
	}
	nbr_stripe_keep(domain, stripe, list);
	nbr_stripe_leave(stripe, open);
	return objects;
}

bool nbr_free_round(struct nbr_domain *domain, uint64_t ended, uint64_t *objects)
{
	struct nbr_node *node, *again;
	bool found = false;
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		uint64_t freed = free_of_stripe(domain, &domain->stripes[i], ended);

		*objects += freed;
		found = found || freed != 0;
	}
	for (i = 0; i < SLICES && (node = nbr_shelf_take_patiently(domain, ended)) != NULL; i++) {
		*objects += free_slice(domain, node, &again);
		if (again != NULL)
			nbr_shelf_push(domain, again);
		found = true;
	}
	return found;
}

/* A slice, of a node that nobody looks for at this moment.  Whether there was one. */
static bool free_of_shelf(struct nbr_domain *domain, uint64_t ended, uint64_t *objects)
{
	struct nbr_node *node = nbr_shelf_take(domain, ended), *again;

	if (node == NULL)
		return false;
	*objects += free_slice(domain, node, &again);
	if (again != NULL)
		nbr_shelf_push(domain, again);
	return true;
}

uint64_t nbr_free_until(struct nbr_domain *domain, uint64_t ended, uint64_t end_ns)
{
	uint64_t objects = 0, freed;
	unsigned i;
	bool more;

	do {
		more = false;
		for (i = 0; i <= domain->stripe_mask; i++) {
			freed = free_of_stripe(domain, &domain->stripes[i], ended);
			objects += freed;
			more = more || freed != 0;
			if (freed != 0 && nbr_now_ns() >= end_ns)
				return objects;
		}
		more = free_of_shelf(domain, ended, &objects) || more;
	} while (more && nbr_now_ns() < end_ns);
	return objects;
}

uint64_t nbr_free_all(struct nbr_domain *domain, uint64_t ended)
{
	struct nbr_node *node, *again;
	uint64_t objects = 0;
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];
		struct nbr_node *list;

		do {
			struct nbr_batch *open = nbr_stripe_hold_patiently(stripe);

			list = nbr_stripe_pop(stripe, ended, HAND);
			nbr_stripe_leave(stripe, open);
			objects += free_batches(domain, list);
			open = nbr_stripe_hold_patiently(stripe);
			nbr_stripe_keep(domain, stripe, list);
			nbr_stripe_leave(stripe, open);
		} while (list != NULL);
	}
	while ((node = nbr_shelf_take_patiently(domain, ended)) != NULL) {
		objects += free_slice(domain, node, &again);
		if (again != NULL)
			nbr_shelf_push(domain, again);
	}
	return objects;
}

static void trim_spares(struct nbr_domain *domain, enum nbr_trim trim)
{
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];
		struct nbr_batch *open;
		struct nbr_node *list;

		/* Nobody is waited for: the next time will do. */
		if (!nbr_stripe_hold(stripe, &open))
			continue;
		/* Begun for a place that was given back: as good as a spare. */
		if (open != NULL && open->node.objects == 0) {
			open->node.next = NULL;
			nbr_stripe_keep(domain, stripe, &open->node);
			open = NULL;
		}
		list = nbr_stripe_trim(stripe, trim);
		nbr_stripe_leave(stripe, open);
		nbr_batches_free(domain, list);
	}
}

void nbr_free_spares(struct nbr_domain *domain)
{
	trim_spares(domain, NBR_TRIM_UNUSED);
}

void nbr_free_idle_spares(struct nbr_domain *domain)
{
	trim_spares(domain, nbr_backlog(domain).objects == 0 ? NBR_TRIM_IDLE : NBR_TRIM_UNUSED);
}

void nbr_free_all_spares(struct nbr_domain *domain)
{
	trim_spares(domain, NBR_TRIM_ALL);
}
