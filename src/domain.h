/*
 * domain: what a map needs of a public reclamation domain.
 */
#ifndef NB_DOMAIN_H
#define NB_DOMAIN_H

#include "nbmap.h"
#include "reclaim.h"

struct nbr_domain *nb_domain_reclaim(struct nbmap_domain *domain);

#endif
