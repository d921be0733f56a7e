/*
 * facade: reclamation domains and threads as the public header shows them.
 *
 * A public domain is the reclaim layer's, under another name; the application's
 * callbacks, which get the public structures, are kept in the bytes that it has
 * for its user.
 */
#ifndef NB_FACADE_H
#define NB_FACADE_H

#include "nbmap.h"
#include "reclaim.h"

static inline struct nbr_domain *nb_domain_in(struct nbmap_domain *domain)
{
	return (struct nbr_domain *)(void *)domain;
}

static inline struct nbmap_domain *nb_domain_out(struct nbr_domain *domain)
{
	return (struct nbmap_domain *)(void *)domain;
}

/* The body of nbmap_retire() and nbmap_domain_retire(). */
int nb_domain_retire(struct nbr_domain *domain, void *object, void (*free)(void *object, void *arg), void *arg);

#endif
