/*
 * get_or_add: two threads want a key's value and create it where there is none, and a
 * third removes it.
 *
 * Where both created, the removal came in between; else both have the same value.
 */
#include "core.h"

static uint64_t seen[3];
static int removed;

static int create(struct nb_write *write, void *current, void **value)
{
	(void)write;
	if (current)
		return NBMAP_KEEP;
	*value = nbmap_int(10);
	return NBMAP_SET;
}

static void before(void)
{
}

static void *first(void *unused)
{
	int result = client_update(2, create, &seen[0]);

	assert(!result);
	return unused;
}

static void *second(void *unused)
{
	int result = client_update(2, create, &seen[1]);

	assert(!result);
	return unused;
}

static void *remove_it(void *unused)
{
	removed = client_del(2, &seen[2]);
	return unused;
}

static void after(void)
{
	unsigned created = !seen[0] + !seen[1];
	bool there = client_get(2) == 10;

	assert(created == 1 || (created == 2 && !removed));
	assert(removed ? removed == -ENOENT && there : seen[2] == 10);
	assert(there == (created - !removed == 1));
	client_check(there);
}

CLIENT(before, after, first, second, remove_it)
