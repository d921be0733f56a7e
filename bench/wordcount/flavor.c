/* flavor: a thread's duties to its liburcu flavour.  See flavor.h. */
#include "flavor.h"

#include <urcu/urcu-bp.h>
#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

const char *flavor_name(unsigned i)
{
	static const char *const names[] = {
		[NBMAP_BP] = "bp", [NBMAP_QSBR] = "qsbr", [NBMAP_MEMB] = "memb", [NBMAP_MB] = "mb", NULL,
	};

	return names[i];
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

void flavor_quiesce(enum nbmap_flavor flavor)
{
	if (flavor == NBMAP_QSBR)
		urcu_qsbr_quiescent_state();
}

void flavor_offline(enum nbmap_flavor flavor)
{
	if (flavor == NBMAP_QSBR)
		urcu_qsbr_thread_offline();
}

void flavor_online(enum nbmap_flavor flavor)
{
	if (flavor == NBMAP_QSBR)
		urcu_qsbr_thread_online();
}
