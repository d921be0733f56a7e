/*
 * object_keys: a fresh key and its get; a key that goes on to the next table beside a
 * put of it.
 *
 * Whoever compares with a key reads what its maker has written; and of the tables in
 * which one pointer stands, one frees it.
 */
#define CLIENT_OBJECTS
#include "core.h"

static uint64_t seen, got;

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

static void *put(void *unused)
{
	client_put(2, 20, &seen);
	assert(seen == 10);
	client_put(3, 30, &seen);
	assert(!seen);
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
