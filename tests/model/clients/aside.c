/*
 * aside: the two integer keys that live in side slots, in the place of two_keys' and
 * beside a promotion.
 *
 * Not both gets miss, and no migration touches them.
 */
#include "core.h"

static uint64_t got[2];

static void before(void)
{
	uint64_t seen;

	client_put(2, 10, &seen);
	client_migrate();
}

static void *put_0_get_1(void *unused)
{
	uint64_t seen;

	client_put(0, 20, &seen);
	assert(!seen);
	got[0] = client_get(1);
	return unused;
}

static void *put_1_get_0(void *unused)
{
	uint64_t seen;

	client_put(1, 30, &seen);
	assert(!seen);
	got[1] = client_get(0);
	return unused;
}

static void *finish(void *unused)
{
	client_finish();
	return unused;
}

static void after(void)
{
	uint64_t seen;
	int error;

	assert(got[0] == 30 || got[1] == 20);
	assert(client_get(0) == 20 && client_get(1) == 30);
	error = client_del(0, &seen);
	assert(!error && seen == 20 && client_get(0) == 0 && client_get(1) == 30);
	client_check(1);
}

CLIENT(before, after, put_0_get_1, put_1_get_0, finish)
