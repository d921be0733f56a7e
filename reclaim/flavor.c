/*
 * flavor: the one file that names liburcu's four flavours.
 *
 * <urcu/flavor.h> declares only `rcu_flavor`, under whatever name the flavour
 * header read last maps it to, and only once in a file: the four structures
 * are declared here by the names that the libraries export.
 */
#include "flavor.h"

#include <urcu/urcu-bp.h> /* its fork functions, by their prefixed names */

extern const struct rcu_flavor_struct urcu_bp_flavor;
extern const struct rcu_flavor_struct urcu_qsbr_flavor;
extern const struct rcu_flavor_struct urcu_memb_flavor;
extern const struct rcu_flavor_struct urcu_mb_flavor;

const struct rcu_flavor_struct *nbr_flavor_ops(enum nbr_flavor flavor)
{
	switch (flavor) {
	case NBR_BP:
		return &urcu_bp_flavor;
	case NBR_QSBR:
		return &urcu_qsbr_flavor;
	case NBR_MEMB:
		return &urcu_memb_flavor;
	case NBR_MB:
		return &urcu_mb_flavor;
	case NBR_FLAVORS:
		break;
	}
	return NULL;
}

void nbr_flavor_before_fork(void)
{
	urcu_bp_before_fork();
}

void nbr_flavor_after_fork_parent(void)
{
	urcu_bp_after_fork_parent();
}

void nbr_flavor_after_fork_child(void)
{
	urcu_bp_after_fork_child();
}

#ifdef NBR_TSAN

#include <stdatomic.h>

static _Atomic unsigned quiet[NBR_FLAVORS];

/* A read-modify-write, so that it also carries on the release of every reader
 * before it: the grace period's one acquire then pairs with them all. */
void nbr_tsan_section_ends(enum nbr_flavor flavor)
{
	atomic_fetch_add_explicit(&quiet[flavor], 1, memory_order_release);
}

void nbr_tsan_grace_period_ends(enum nbr_flavor flavor)
{
	/* Pairs with nbr_tsan_section_ends(). */
	(void)atomic_load_explicit(&quiet[flavor], memory_order_acquire);
}

#endif
