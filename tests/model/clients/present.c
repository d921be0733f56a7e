/*
 * present: put(a); get(b) beside put(b); get(a), of keys that are there.
 *
 * Not both gets may have the old value: so much of two_keys as is in values alone.
 */
#include "core.h"

static uint64_t got[2];

static void before(void)
{
	uint64_t seen;

	client_put(2, 10, &seen);
	client_put(3, 20, &seen);
}

static void *put_a_get_b(void *unused)
{
	uint64_t seen;

	client_put(2, 11, &seen);
	assert(seen == 10);
	got[0] = client_get(3);
	return unused;
}

static void *put_b_get_a(void *unused)
{
	uint64_t seen;

	client_put(3, 21, &seen);
	assert(seen == 20);
	got[1] = client_get(2);
	return unused;
}

static void after(void)
{
	assert(got[0] == 21 || got[1] == 11);
	assert(got[0] == 21 || got[0] == 20);
	assert(got[1] == 11 || got[1] == 10);
	client_check(2);
}

CLIENT(before, after, put_a_get_b, put_b_get_a)
