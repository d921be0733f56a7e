/*
 * last_flag: two blocks, and two threads that help with one each; a third gets from
 * both.
 *
 * Whoever sets the last flag promotes, so top has moved on when both are done.
 */
#define NB_MIN_LINES 2
#include "core.h"

static uint64_t got[2];

static void before(void)
{
	uint64_t seen;

	client_put(client_number(0, 2), 10, &seen);
	client_put(client_number(1, 2), 20, &seen);
	client_migrate();
}

static void *help(void *unused)
{
	nb_migrate_help(&client_map, client_first);
	return unused;
}

static void *get(void *unused)
{
	got[0] = client_get(client_number(0, 2));
	got[1] = client_get(client_number(1, 2));
	return unused;
}

static void after(void)
{
	assert(got[0] == 10 && got[1] == 20);
	assert(nb_load_relaxed(&client_map.top) == nb_load_relaxed(&client_first->next));
	assert(client_times_retired(client_first) == 1);
	client_check(2);
}

CLIENT(before, after, help, help, get)
