/* spare: see spare.h. */
#include "spare.h"

#include "batch.h"
#include "domain.h"

static void free_list(struct nbr_domain *domain, struct nbr_node *list)
{
	while (list != NULL) {
		struct nbr_node *node = list;

		list = list->next;
		nbr_dealloc(domain, node, sizeof(struct nbr_batch));
	}
}

static struct nbr_node *take_list(struct nbr_domain *domain, unsigned start)
{
	unsigned i;

	for (i = 0; i < NBR_RACK_PLACES; i++) {
		_Atomic(struct nbr_node *) *place = &domain->rack.place[(start + i) % NBR_RACK_PLACES];
		struct nbr_node *list;

		/* Relaxed: a guess for the exchange. */
		if (atomic_load_explicit(place, memory_order_relaxed) == NULL)
			continue;
		/* Acquire: pairs with nbr_spare_offer(), for the links.  Release: shows
		 * it, by the place's being empty, that we have read what was there. */
		list = atomic_exchange_explicit(place, NULL, memory_order_acq_rel);
		if (list != NULL)
			return list;
	}
	return NULL;
}

struct nbr_node *nbr_spare_take(struct nbr_domain *domain, struct nbr_stripe *stripe, unsigned start)
{
	struct nbr_node *node = stripe->spare;

	if (node == NULL)
		node = take_list(domain, start);
	if (node != NULL)
		stripe->spare = node->next;
	return node;
}

void nbr_spare_keep(struct nbr_domain *domain, struct nbr_node *node)
{
	node->next = domain->rack.list;
	domain->rack.list = node;
	if (++domain->rack.length == NBR_RACK_LIST)
		nbr_spare_offer(domain);
}

void nbr_spare_offer(struct nbr_domain *domain)
{
	struct nbr_node *list = domain->rack.list;
	unsigned i;

	domain->rack.list = NULL;
	domain->rack.length = 0;
	for (i = 0; list != NULL && i < NBR_RACK_PLACES; i++) {
		/* A load will do: only the thread in the seat fills a place.  Acquire:
		 * pairs with the exchange that emptied it. */
		if (atomic_load_explicit(&domain->rack.place[i], memory_order_acquire) != NULL)
			continue;
		/* Release: pairs with take_list(). */
		atomic_store_explicit(&domain->rack.place[i], list, memory_order_release);
		list = NULL;
	}
	free_list(domain, list);
}

void nbr_spare_return(struct nbr_domain *domain)
{
	struct nbr_node *list;
	unsigned i;

	nbr_spare_offer(domain);
	while ((list = take_list(domain, 0)) != NULL)
		free_list(domain, list);
	for (i = 0; i <= domain->stripe_mask; i++) {
		struct nbr_stripe *stripe = &domain->stripes[i];

		if (!nbr_stripe_hold_empty(stripe))
			continue;
		list = stripe->spare;
		stripe->spare = NULL;
		nbr_stripe_leave_empty(stripe);
		free_list(domain, list);
	}
}
