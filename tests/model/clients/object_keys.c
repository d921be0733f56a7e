/*
 * object_keys: two keys whose table is being left are put: one has a value, which a
 * copier brings on with the key, the other was removed, and its put takes the key along.
 *
 * Of the tables in which one pointer stands, one frees it.
 */
#define CLIENT_OBJECTS
#include "core.h"

static uint64_t seen, got;

static void before(void)
{
	int error;

	client_put(2, 10, &seen);
	client_put(3, 20, &seen);
	error = client_del(3, &seen);
	assert(!error);
	client_migrate();
}

static void *finish(void *unused)
{
	client_finish();
	return unused;
}

static void *put(void *unused)
{
	client_put(3, 30, &seen);
	assert(!seen);
	client_put(2, 20, &seen);
	assert(seen == 10);
	return unused;
}

static void *get(void *unused)
{
	got = client_get(3);
	return unused;
}

static void after(void)
{
	assert(got == 0 || got == 30);
	assert(client_get(2) == 20 && client_get(3) == 30);
	client_check(2);
	client_end();
}

CLIENT(before, after, finish, put, get)
