/*
 * absence: add(a); del(b) beside add(b); del(a).
 *
 * A removal that finds nothing decides that its key is absent, as a get does: not
 * both may.
 */
#include "core.h"

static uint64_t seen[2];
static int removed[2];

static void before(void)
{
}

static void add(uint64_t key)
{
	uint64_t none;
	int error = client_add(key, 10 * key, &none);

	assert(!error);
}

static void *add_a_del_b(void *unused)
{
	add(2);
	removed[0] = client_del(3, &seen[0]);
	return unused;
}

static void *add_b_del_a(void *unused)
{
	add(3);
	removed[1] = client_del(2, &seen[1]);
	return unused;
}

static void after(void)
{
	assert(!removed[0] || !removed[1]);
	assert(removed[0] ? removed[0] == -ENOENT && client_get(3) == 30 : seen[0] == 30 && client_get(3) == 0);
	assert(removed[1] ? removed[1] == -ENOENT && client_get(2) == 20 : seen[1] == 20 && client_get(2) == 0);
	client_check((removed[0] != 0) + (removed[1] != 0));
}

CLIENT(before, after, add_a_del_b, add_b_del_a)
