/*
 * fresh_object: a fresh key that is an object is put, by two threads, and got by a
 * third.
 *
 * Whoever compares with the key reads what its maker has written, and the copy that
 * was made in vain is freed.
 */
#define CLIENT_OBJECTS
#include "two_puts.h"

static uint64_t got;

static void *get(void *unused)
{
	got = client_get(2);
	return unused;
}

static void after(void)
{
	assert(got == 0 || got == 10 || got == 20);
	check_puts();
	client_end();
}

CLIENT(before, after, first, second, get)
