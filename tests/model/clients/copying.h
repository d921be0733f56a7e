/*
 * copying: how the clients begin in which a slot is copied: key 2 holds 10 in a
 * table that is being left, and a copier sweeps that.
 */
#ifndef CLIENT_COPYING_H
#define CLIENT_COPYING_H

#include "core.h"

static uint64_t seen; /* what the last call that removes or overwrites 10 has seen */

static void before(void)
{
	client_put(2, 10, &seen);
	client_migrate();
}

static void *copy(void *unused)
{
	client_sweep(0);
	return unused;
}

#endif
