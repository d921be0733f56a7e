/*
 * full_puts: two puts of fresh keys that find their table full.
 *
 * One links a successor, and the other, which may only have asked whether there is
 * one, reads it as it was made.
 */
#include "core.h"

static void before(void)
{
	uint64_t seen;

	client_map.min_lines = 2; /* the next table has room for all */
	for (uint64_t key = 2; key < 6; key++)
		client_put(key, 10 * key, &seen);
}

static void put(uint64_t key)
{
	uint64_t seen;

	client_put(key, 10 * key, &seen);
	assert(!seen);
}

static void *put_6(void *unused)
{
	put(6);
	return unused;
}

static void *put_7(void *unused)
{
	put(7);
	return unused;
}

static void after(void)
{
	for (uint64_t key = 2; key < 8; key++)
		assert(client_get(key) == 10 * key);
	client_check(6);
}

CLIENT(before, after, put_6, put_7)
