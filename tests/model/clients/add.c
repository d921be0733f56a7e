/*
 * add: two adds of one key beside a migration that leaves its slot.
 *
 * One is refused, and has seen the value of the other.
 */
#include "core.h"

static uint64_t seen[2];
static int result[2];

static void before(void)
{
}

static void *first(void *unused)
{
	result[0] = client_add(2, 10, &seen[0]);
	return unused;
}

static void *second(void *unused)
{
	result[1] = client_add(2, 20, &seen[1]);
	return unused;
}

static void after(void)
{
	unsigned loser = result[0] == -EEXIST;

	assert(result[loser ? 1 : 0] == 0 && result[loser ? 0 : 1] == -EEXIST);
	assert(seen[loser ? 1 : 0] == 0 && seen[loser ? 0 : 1] == (loser ? 20 : 10));
	assert(client_get(2) == (loser ? 20 : 10));
	client_check(1);
}

CLIENT(before, after, first, second, client_move_on)
