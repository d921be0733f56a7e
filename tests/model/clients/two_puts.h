/*
 * two_puts: two threads put one fresh key.
 */
#ifndef CLIENT_TWO_PUTS_H
#define CLIENT_TWO_PUTS_H

#include "core.h"

static uint64_t seen[2];

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

/* One saw nothing, the other the first one's value, and its own is what remains. */
static void check_puts(void)
{
	uint64_t value = client_get(2);

	assert((seen[0] == 0 && seen[1] == 10 && value == 20) || (seen[1] == 0 && seen[0] == 20 && value == 10));
	client_check(1);
}

#endif
