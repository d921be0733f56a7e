/*
 * fresh_object: a fresh key that is an object is put, by two threads, and got by a
 * third.
 *
 * Whoever compares with the key reads what its maker has written, and the copy that
 * was made in vain is freed.
 */
#define CLIENT_OBJECTS
#include "core.h"

static uint64_t seen[2], got;

static void before(void)
{
}

static void *first(void *unused)
{
	client_put(2, 10, &seen[0]);
	return unused;
}

static void *second(void *unused)
{
	client_put(2, 20, &seen[1]);
	return unused;
}

static void *get(void *unused)
{
	got = client_get(2);
	return unused;
}

static void after(void)
{
	uint64_t value = client_get(2);

	assert(got == 0 || got == 10 || got == 20);
	assert((seen[0] == 0 && seen[1] == 10 && value == 20) || (seen[1] == 0 && seen[0] == 20 && value == 10));
	client_check(1);
	client_end();
}

CLIENT(before, after, first, second, get)
