/*
 * flavor: see flavor.h.  <urcu/flavor.h> declares one structure only, by the
 * name that the flavour header read last gives it: here are all four.
 */
#include "flavor.h"

#include <urcu/flavor.h>

extern const struct rcu_flavor_struct urcu_bp_flavor, urcu_qsbr_flavor, urcu_memb_flavor, urcu_mb_flavor;

const char *const flavor_names[] = {
	[NBMAP_BP] = "bp", [NBMAP_QSBR] = "qsbr", [NBMAP_MEMB] = "memb", [NBMAP_MB] = "mb", NULL,
};

const struct rcu_flavor_struct *flavor_of(enum nbmap_flavor flavor)
{
	switch (flavor) {
	case NBMAP_BP:
		return &urcu_bp_flavor;
	case NBMAP_QSBR:
		return &urcu_qsbr_flavor;
	case NBMAP_MEMB:
		return &urcu_memb_flavor;
	case NBMAP_MB:
		break;
	}
	return &urcu_mb_flavor;
}
