/*
 * debt: see debt.h.
 */
#include "debt.h"

#include "callback.h"
#include "registry.h"

/* What a slice is taken to be; tables and chains are freed in such. */
#define SLICE_BYTES 4096

/* A thread owes no more than that. */
#define MOST_SLICES (1u << 16)

_Thread_local struct nbr_debt nbr_debt NBR_FAST_TLS;

bool nbr_pay(struct nbr_domain *domain)
{
	bool batch = nbr_debt.batch, freed;
	unsigned slices = nbr_debt.slices < NBR_ASSIST_SLICES ? nbr_debt.slices : NBR_ASSIST_SLICES;

	nbr_debt.batch = false;
	nbr_debt.slices -= slices;
	if (nbr_debt.slices == 0)
		nbr_debt.domain = NULL;
	freed = batch && nbr_assist(domain);
	return nbr_assist_nodes(domain, slices) || freed;
}

bool nbr_pay_now(struct nbr_domain *domain)
{
	nbr_hand hand;
	bool freed;

	if (!nbr_in_debt(domain) || nbr_in_callback())
		return false;
	hand = nbr_hand_begin(domain);
	freed = nbr_pay(domain);
	nbr_hand_end(hand);
	return freed;
}

static void owe(struct nbr_domain *domain)
{
	if (nbr_debt.domain != domain)
		nbr_debt = (struct nbr_debt){.domain = domain};
	nbr_debt.flavor = domain->flavor;
	nbr_debt.removals = nbr_registry_removals();
	if (nbr_level_is(domain, NBR_TURNS))
		/* Relaxed: an estimate. */
		nbr_owe_turn(atomic_load_explicit(&domain->clock.begun, memory_order_relaxed));
}

void nbr_owe_batch(struct nbr_domain *domain)
{
	if (nbr_in_debt(domain) && nbr_debt.batch)
		(void)nbr_pay_now(domain);
	owe(domain);
	nbr_debt.batch = true;
}

void nbr_come_again(struct nbr_domain *domain)
{
	if (nbr_debt.domain == NULL)
		nbr_debt.domain = domain;
}

struct nbr_domain *nbr_creditor(enum nbr_flavor flavor)
{
	if (!nbr_debt.batch && nbr_debt.slices == 0)
		return NULL;
	return nbr_debt.flavor == flavor && nbr_debt.removals == nbr_registry_removals() ? nbr_debt.domain : NULL;
}

void nbr_owe_node(struct nbr_domain *domain, size_t bytes)
{
	/* Two for one, and some for a node that has no size. */
	size_t slices = NBR_ASSIST_SLICES + 2 * (bytes / SLICE_BYTES);

	if (nbr_in_debt(domain) && nbr_debt.slices != 0)
		(void)nbr_pay_now(domain);
	owe(domain);
	slices += nbr_debt.slices;
	nbr_debt.slices = slices < MOST_SLICES ? (unsigned)slices : MOST_SLICES;
}
