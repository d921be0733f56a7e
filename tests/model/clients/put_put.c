/*
 * put_put: two puts of one fresh key.
 *
 * The key gets one slot; one put saw nothing, the other saw the first one's
 * value, and its own is what remains.
 */
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

static void after(void)
{
	uint64_t value = client_get(2);

	assert((seen[0] == 0 && seen[1] == 10 && value == 20) || (seen[1] == 0 && seen[0] == 20 && value == 10));
	client_check(1);
	assert(nb_load_relaxed(&client_first->line[0].key[0]) == 2);
	assert(nb_load_relaxed(&client_first->line[0].key[1]) == NB_KEY_EMPTY);
}

CLIENT(before, after, first, second)
