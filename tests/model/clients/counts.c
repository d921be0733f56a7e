/*
 * counts: the sum of the entries, beside a thread that puts a key and another that,
 * having seen it, removes one.
 *
 * There is a key at all times, and never are there three.
 */
#define CLIENT_COUNTED
#include "core.h"

static uint64_t sum;
static bool removed;

static void before(void)
{
	uint64_t seen;

	client_put(2, 10, &seen);
	removed = false;
}

static void *put(void *unused)
{
	uint64_t seen;

	client_put(3, 20, &seen);
	return unused;
}

static void *remove_other(void *unused)
{
	uint64_t seen;

	if (client_get(3)) {
		int error = client_del(2, &seen);

		assert(!error);
		removed = true;
	}
	return unused;
}

static void *add_up(void *unused)
{
	sum = nb_count_sum(&client_first->chain->live);
	return unused;
}

static void after(void)
{
	assert(sum == 1 || sum == 2);
	client_check(removed ? 1 : 2);
}

CLIENT(before, after, put, remove_other, add_up)
