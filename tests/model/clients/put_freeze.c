/*
 * put_freeze: puts against the freeze and copy of their slots.
 *
 * Key 2 has a value when the sweep begins, key 3 is fresh: its slot may be
 * claimed and then sealed empty.  Wherever a put takes effect, it is not lost,
 * and a get beside it never misses key 2.
 */
#include "core.h"

static uint64_t seen[2], got[2];

static void before(void)
{
	uint64_t none;

	client_put(2, 10, &none);
}

static void *put(void *unused)
{
	client_put(2, 20, &seen[0]);
	client_put(3, 30, &seen[1]);
	return unused;
}

static void *sweep(void *unused)
{
	client_migrate();
	client_finish();
	return unused;
}

static void *get(void *unused)
{
	got[0] = client_get(2);
	got[1] = client_get(2);
	return unused;
}

static void after(void)
{
	assert(seen[0] == 10 && seen[1] == 0);
	assert(client_get(2) == 20 && client_get(3) == 30);
	assert((got[0] == 10 && got[1] == 10) || (got[0] == 10 && got[1] == 20) || (got[0] == 20 && got[1] == 20));
	client_check(2);
}

CLIENT(before, after, put, sweep, get)
