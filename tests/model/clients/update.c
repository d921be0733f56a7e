/*
 * update: two threads add one to a number, beside a copier of its slot.
 *
 * No addition is lost, also where the first of them finds nothing.
 */
#include "core.h"

static uint64_t seen[2];

static int add_one(struct nb_write *write, void *current, void **value)
{
	(void)write;
	*value = nbmap_int(current ? nbmap_int_of(current) + 1 : 1);
	return NBMAP_SET;
}

static void before(void)
{
}

static void *first(void *unused)
{
	int result = client_update(2, add_one, &seen[0]);

	assert(!result);
	return unused;
}

static void *second(void *unused)
{
	int result = client_update(2, add_one, &seen[1]);

	assert(!result);
	return unused;
}

static void after(void)
{
	assert(client_get(2) == 2);
	assert(seen[0] + seen[1] == 1);
	client_check(1);
}

CLIENT(before, after, first, second, client_move_on)
