/*
 * sliced: see sliced.h.
 */
#include "sliced.h"

#include <string.h>

char order[1000];
_Atomic unsigned steps;
_Thread_local unsigned slices_here;

void step(char letter)
{
	order[steps++] = letter;
}

static bool free_slice(struct nbr_node *node)
{
	struct sliced *sliced = (struct sliced *)node;
	struct gate *gate = sliced->gate;

	slices_here++;
	step(sliced->letter);
	if (gate != NULL) {
		sliced->gate = NULL;
		gate_pass(gate);
	}
	node->bytes -= sliced->each;
	if (--sliced->slices > 0)
		return false;
	item_freed(&sliced->item);
	return true;
}

void retire_sliced(struct nbr_domain *domain, enum nbr_flavor flavor, struct sliced *sliced, size_t bytes)
{
	sliced->item.payload = 7;
	nbr_enter(domain);
	nbr_retire(domain, &sliced->item.node, free_slice, bytes);
	section_out(domain, flavor);
}

struct nbr_domain *start(enum nbr_flavor flavor, struct nbr_config config)
{
	memset(order, 0, sizeof(order));
	steps = 0;
	slices_here = 0;
	thread_in(flavor);
	return make(flavor, config);
}

void end(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
