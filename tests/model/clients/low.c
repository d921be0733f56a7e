/*
 * low: 65 blocks, whose flags take two words, and all but the first and the last are
 * swept.
 *
 * Whoever skips the first word, because another has found it full, has seen what was
 * copied from its blocks; a get that begins at the next table finds it there.
 */
#define NB_MIN_LINES 65
#include "core.h"

static uint64_t got[2];

static void before(void)
{
	uint64_t seen;

	client_put(2, 10, &seen);
	client_put(client_number(64, 2), 20, &seen);
	client_migrate();
	for (size_t block = 1; block < 64; block++)
		client_sweep(block);
}

static void *sweep_first(void *unused)
{
	client_sweep(0);
	return unused;
}

static void *look(void *unused)
{
	(void)nb_migrate_swept(client_first);
	return unused;
}

static void *sweep_last(void *unused)
{
	client_sweep(64);
	nb_migrate_promote(&client_map, client_first);
	return unused;
}

static void *get(void *unused)
{
	got[0] = client_get(2);
	got[1] = client_get(client_number(64, 2));
	return unused;
}

static void after(void)
{
	struct nb_table *next = nb_load_relaxed(&client_first->next);

	assert(got[0] == 10 && got[1] == 20);
	assert(nb_load_relaxed(&client_first->low) <= 1);
	assert(nb_migrate_swept(client_first));
	client_finish();
	assert(nb_load_relaxed(&client_map.top) == next);
	assert(client_get(2) == 10 && client_get(client_number(64, 2)) == 20);
	client_check(2);
}

CLIENT(before, after, sweep_first, look, sweep_last, get)
