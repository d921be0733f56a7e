/*
 * add_int: two threads add to a number, beside a copier of its slot.
 *
 * No addition is lost, and each is told what it was made to: one was first.
 */
#include "core.h"

static uint64_t seen[2];

static void before(void)
{
}

static void *first(void *unused)
{
	int result = client_add_int(2, 3, &seen[0]);

	assert(!result);
	return unused;
}

static void *second(void *unused)
{
	int result = client_add_int(2, 5, &seen[1]);

	assert(!result);
	return unused;
}

static void after(void)
{
	assert(client_get(2) == 8);
	assert((seen[0] == 0 && seen[1] == 3) || (seen[0] == 5 && seen[1] == 0));
	client_check(1);
}

CLIENT(before, after, first, second, client_move_on)
