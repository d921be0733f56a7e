/*
 * clear_promote: a clear beside a promotion of the table that it takes away.
 *
 * Each table is retired once, by itself or with its chain, and nothing that was there
 * before the clear comes back.
 */
#include "core.h"

static uint64_t seen, got[2];

static void before(void)
{
	client_put(2, 10, &seen);
	client_migrate();
}

static void *finish(void *unused)
{
	client_finish();
	return unused;
}

static void *clear(void *unused)
{
	int error = nb_map_clear(&client_map);

	assert(!error);
	got[1] = client_get(2);
	return unused;
}

static void *get(void *unused)
{
	got[0] = client_get(2);
	return unused;
}

static void after(void)
{
	assert(got[0] == 10 || got[0] == 0);
	assert(got[1] == 0);
	assert(client_get(2) == 0);
	client_check(0);
	client_end();
}

CLIENT(before, after, finish, clear, get)
