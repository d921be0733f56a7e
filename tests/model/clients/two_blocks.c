/*
 * two_blocks: one of two blocks is swept, and the other never, so that nobody
 * promotes: what a get and a put meet is frozen, moved and closed.
 *
 * A key that is there is never missed, a put of a fresh one is not lost, and what
 * was seen of it once stays.
 */
#define NB_MIN_LINES 2
#include "core.h"

static uint64_t seen, got[3];

static void before(void)
{
	client_put(2, 10, &seen);
	client_migrate();
}

static void *sweep(void *unused)
{
	client_sweep(0);
	return unused;
}

static void *put(void *unused)
{
	client_put(3, 30, &seen);
	assert(!seen);
	return unused;
}

static void *get(void *unused)
{
	got[0] = client_get(3);
	got[1] = client_get(2);
	got[2] = client_get(3);
	return unused;
}

static void after(void)
{
	assert(got[1] == 10);
	assert((got[0] == 0 && got[2] == 0) || got[2] == 30);
	assert(client_get(2) == 10 && client_get(3) == 30);
	client_check(2);
}

CLIENT(before, after, sweep, put, get)
