/*
 * two_values: del(a); add(b) beside del(b); add(a), of keys that are there.
 *
 * An add that is refused decides that its key is there: not both may be, as one of the
 * removals came first.
 */
#include "core.h"

static int added[2];

static void before(void)
{
	uint64_t seen;

	client_put(2, 10, &seen);
	client_put(3, 20, &seen);
}

static void del(uint64_t key)
{
	uint64_t seen;
	int error = client_del(key, &seen);

	assert(!error && seen == (key == 2 ? 10 : 20));
}

static void *del_a_add_b(void *unused)
{
	uint64_t seen;

	del(2);
	added[0] = client_add(3, 21, &seen);
	assert(added[0] ? added[0] == -EEXIST && seen == 20 : !seen);
	return unused;
}

static void *del_b_add_a(void *unused)
{
	uint64_t seen;

	del(3);
	added[1] = client_add(2, 11, &seen);
	assert(added[1] ? added[1] == -EEXIST && seen == 10 : !seen);
	return unused;
}

static void after(void)
{
	assert(!added[0] || !added[1]);
	assert(client_get(3) == (added[0] ? 0 : 21));
	assert(client_get(2) == (added[1] ? 0 : 11));
	client_check((added[0] == 0) + (added[1] == 0));
}

CLIENT(before, after, del_a_add_b, del_b_add_a)
