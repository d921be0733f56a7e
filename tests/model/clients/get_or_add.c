/*
 * get_or_add: two threads want a key's value and create it where there is none, and a
 * third removes it.
 *
 * Where both created, the removal came in between; else both have the same value.
 */
#include "core.h"

static uint64_t seen[3];
static int removed;

static int create(void *current, void **value, uint64_t number)
{
	if (current)
		return NBMAP_KEEP;
	*value = nbmap_int(number);
	return NBMAP_SET;
}

static int create_10(struct nb_write *write, void *current, void **value)
{
	(void)write;
	return create(current, value, 10);
}

static int create_20(struct nb_write *write, void *current, void **value)
{
	(void)write;
	return create(current, value, 20);
}

static void before(void)
{
}

static void *first(void *unused)
{
	int result = client_update(2, create_10, &seen[0]);

	assert(!result);
	return unused;
}

static void *second(void *unused)
{
	int result = client_update(2, create_20, &seen[1]);

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
	uint64_t value = client_get(2);
	bool there = value != 0;

	assert(created == 1 || (created == 2 && !removed));
	assert(removed ? removed == -ENOENT && there : seen[2] == 10 || seen[2] == 20);
	assert(there == (created - !removed == 1));
	/* Who did not create has what the other has created, as has who removed it. */
	assert(seen[0] == 0 || seen[0] == 20);
	assert(seen[1] == 0 || seen[1] == 10);
	if (created == 1)
		assert((there ? value : seen[2]) == (seen[0] ? 20 : 10));
	else
		assert(value + seen[2] == 30);
	client_check(there);
}

CLIENT(before, after, first, second, remove_it)
