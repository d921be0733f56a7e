/*
 * full: put(e); get(0) beside put(0); get(e), where e finds its table full and goes to
 * a successor that it has linked, and 0 lives aside.
 *
 * Not both gets miss: one that ends at a full table decides by there being no next.
 */
#include "core.h"

enum { E = 6 };

static uint64_t got[2];

static void before(void)
{
	uint64_t seen;

	client_map.min_lines = 2; /* the next table has room for all */
	for (uint64_t key = 2; key < E; key++)
		client_put(key, 10 * key, &seen);
}

static void *put_e_get_0(void *unused)
{
	uint64_t seen;

	client_put(E, 60, &seen);
	assert(!seen);
	got[0] = client_get(0);
	return unused;
}

static void *put_0_get_e(void *unused)
{
	uint64_t seen;

	client_put(0, 70, &seen);
	assert(!seen);
	got[1] = client_get(E);
	return unused;
}

static void after(void)
{
	assert(got[0] == 70 || got[1] == 60);
	assert(got[0] == 70 || got[0] == 0);
	assert(got[1] == 60 || got[1] == 0);
	assert(client_get(E) == 60 && client_get(0) == 70);
	client_check(5);
}

CLIENT(before, after, put_e_get_0, put_0_get_e)
