/*
 * clear: clear; get(b) beside put(b); get(a).
 *
 * If the put comes after the clear and the get of b before the put, then the get of a
 * comes after the clear.
 */
#include "core.h"

static uint64_t seen, got[2];

static void before(void)
{
	client_put(2, 10, &seen);
}

static void *clear_get_b(void *unused)
{
	int error = nb_map_clear(&client_map);

	assert(!error);
	got[0] = client_get(3);
	return unused;
}

static void *put_b_get_a(void *unused)
{
	client_put(3, 30, &seen);
	assert(!seen);
	got[1] = client_get(2);
	return unused;
}

static void after(void)
{
	bool stayed = client_get(3) == 30;

	assert(client_get(2) == 0);
	assert(!stayed || got[0] == 30 || got[1] == 0);
	assert(stayed || got[0] == 0);
	client_check(stayed);
}

CLIENT(before, after, clear_get_b, put_b_get_a)
