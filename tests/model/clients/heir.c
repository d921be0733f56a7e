/*
 * heir: two threads make heirs of a table, one or two, and clear them, a line at a
 * time; a third puts, perhaps into one of them.
 *
 * One is linked, when all of it is cleared.
 */
#define NB_CLEAR_BYTES 64
#include "core.h"

static uint64_t seen;

static void before(void)
{
	client_put(2, 10, &seen);
}

static void clear_heir(unsigned places)
{
	for (unsigned slice = 0; slice < 2; slice++) {
		int error = nb_heir_want(&client_map, client_first, (struct nb_size){.lines = 2}, places);

		assert(!error);
	}
}

static void *heir_one(void *unused)
{
	clear_heir(1);
	return unused;
}

static void *heir_two(void *unused)
{
	clear_heir(2);
	return unused;
}

static void *put(void *unused)
{
	client_put(3, 30, &seen);
	assert(!seen);
	return unused;
}

static void after(void)
{
	struct nb_table *next = nb_load_relaxed(&client_first->next);

	/* Else both slices of one are out, to threads that have ended. */
	assert(next);
	assert(nb_load_relaxed(&next->cleared) == 2);
	client_finish();
	assert(client_get(2) == 10 && client_get(3) == 30);
	client_check(2);
}

CLIENT(before, after, heir_one, heir_two, put)
