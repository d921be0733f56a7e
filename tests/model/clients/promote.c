/*
 * promote: two threads sweep the last block and promote; a third overtakes
 * them to the next table.
 *
 * Top moves on once, and the table that is left is retired once, when all that
 * was in it stands in the next.
 */
#include "core.h"

static uint64_t seen, got;

static void before(void)
{
	client_put(2, 10, &seen);
	client_put(3, 30, &seen);
	client_migrate();
}

static void *finish(void *unused)
{
	client_finish();
	return unused;
}

static void *get(void *unused)
{
	got = client_get(3);
	return unused;
}

static void after(void)
{
	assert(got == 30);
	assert(nb_load_relaxed(&client_map.top) == nb_load_relaxed(&client_first->next));
	assert(atomic_load_explicit(&client_retired, memory_order_relaxed) == 1 && client_garbage[0] == client_first);
	assert(client_get(2) == 10 && client_get(3) == 30);
	client_check(2);
}

CLIENT(before, after, finish, finish, get)
