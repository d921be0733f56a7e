/*
 * registry: see registry.h.
 */
#include "registry.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct nbr_domain *first;
static struct nbr_domain *shared[NBR_FLAVORS][2];

void nbr_registry_lock(void)
{
	pthread_mutex_lock(&mutex);
}

void nbr_registry_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

struct nbr_domain *nbr_registry_first(void)
{
	return first;
}

struct nbr_domain **nbr_registry_shared(enum nbr_flavor flavor, bool thread)
{
	return &shared[flavor][thread];
}

void nbr_registry_add(struct nbr_domain *domain)
{
	domain->next = first;
	first = domain;
}

void nbr_registry_remove(struct nbr_domain *domain)
{
	struct nbr_domain **link = &first;
	unsigned i;

	while (*link != domain)
		link = &(*link)->next;
	*link = domain->next;
	/* Both places: after a fork the one with a thread may have lost it. */
	for (i = 0; i < 2; i++)
		if (shared[domain->flavor][i] == domain)
			shared[domain->flavor][i] = NULL;
}
