/*
 * cost_objects: what the loops store.  By itself, as it would else be inlined in one
 * language only.  See cost.h.
 */
#include <stdlib.h>

#include "cost.h"

void *new_object(uint64_t number)
{
	uint64_t *object = malloc(sizeof(*object));

	if (!object)
		abort();
	*object = number;
	return object;
}

void free_object(void *object)
{
	free(object);
}
