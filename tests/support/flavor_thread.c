/*
 * flavor_thread: see flavor_thread.h.
 */
#include "flavor_thread.h"

#include <string.h>
#include <urcu/urcu-bp.h>
#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

#include "flavor.h"

const char *flavor_name(enum nbmap_flavor flavor)
{
	static const char *const names[FLAVORS] = {"bp", "qsbr", "memb", "mb"};

	return names[flavor];
}

unsigned flavor_named(const char *name)
{
	unsigned flavor = 0;

	while (flavor < FLAVORS && strcmp(name, flavor_name((enum nbmap_flavor)flavor)) != 0)
		flavor++;
	return flavor == FLAVORS && strcmp(name, "all") != 0 ? FLAVORS + 1 : flavor;
}

void flavor_register(enum nbmap_flavor flavor)
{
	switch (flavor) {
	case NBMAP_QSBR:
		urcu_qsbr_register_thread();
		break;
	case NBMAP_MEMB:
		urcu_memb_register_thread();
		break;
	case NBMAP_MB:
		urcu_mb_register_thread();
		break;
	case NBMAP_BP:
		break;
	}
}

void flavor_unregister(enum nbmap_flavor flavor)
{
	nbr_annotate_quiescent((enum nbr_flavor)flavor);
	switch (flavor) {
	case NBMAP_QSBR:
		urcu_qsbr_unregister_thread();
		break;
	case NBMAP_MEMB:
		urcu_memb_unregister_thread();
		break;
	case NBMAP_MB:
		urcu_mb_unregister_thread();
		break;
	case NBMAP_BP:
		break;
	}
}

void flavor_quiescent(enum nbmap_flavor flavor)
{
	if (flavor != NBMAP_QSBR)
		return;
	nbr_annotate_quiescent(NBR_QSBR);
	urcu_qsbr_quiescent_state();
}

void flavor_offline(enum nbmap_flavor flavor)
{
	if (flavor != NBMAP_QSBR)
		return;
	nbr_annotate_quiescent(NBR_QSBR);
	urcu_qsbr_thread_offline();
}

void flavor_online(enum nbmap_flavor flavor)
{
	if (flavor == NBMAP_QSBR)
		urcu_qsbr_thread_online();
}
