/* flavor: a thread's duties to its liburcu flavour.  See flavor.h. */
#include "flavor.h"

#include <string.h>

#include <urcu/urcu-bp.h>
#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

static const struct {
	const char *name;
	enum nbmap_flavor flavor;
} flavors[] = {
	{"qsbr", NBMAP_QSBR},
	{"memb", NBMAP_MEMB},
	{"mb", NBMAP_MB},
	{"bp", NBMAP_BP},
};

#define FLAVORS (sizeof(flavors) / sizeof(flavors[0]))

bool flavor_parse(const char *name, enum nbmap_flavor *flavor)
{
	for (size_t i = 0; i < FLAVORS; i++) {
		if (strcmp(name, flavors[i].name) == 0) {
			*flavor = flavors[i].flavor;
			return true;
		}
	}
	return false;
}

const char *flavor_name(enum nbmap_flavor flavor)
{
	for (size_t i = 0; i < FLAVORS; i++) {
		if (flavors[i].flavor == flavor)
			return flavors[i].name;
	}
	return "?";
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
