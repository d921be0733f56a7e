/*
 * range: a scan's visit of all hashes, beside a copy of what it visits and a removal.
 *
 * A key that is there throughout is met once, in whichever table; one that goes at
 * most once.
 */
#include "core.h"

#include "../../../src/cursor.c"
#include "../../../src/iterate.c"
#include "../../../src/range.c"

static unsigned met[4];

static void before(void)
{
	uint64_t seen;

	client_put(2, 20, &seen);
	client_put(3, 30, &seen);
	client_migrate();
}

static void note(void *array, size_t i, const struct nb_keys *keys, uint64_t word, void *value)
{
	uint64_t number = nb_integer_of_word(keys, word);

	(void)array;
	(void)i;
	assert(number == 2 || number == 3);
	assert(nbmap_int_of(value) == 10 * number);
	met[number]++;
}

static void *visit_all(void *unused)
{
	struct nb_cursor cursor = {.stages = 1};
	struct visit visit = {.map = &client_map, .cursor = &cursor, .put = note, .room = 4};

	(void)find_tables(&visit);
	visit.range.first = 0;
	visit.range.last = UINT64_MAX;
	(void)visit_range(&visit);
	assert(!visit.overflowed);
	return unused;
}

static void *move_on(void *unused)
{
	client_finish();
	return unused;
}

static void *remove_it(void *unused)
{
	uint64_t seen;
	int error = client_del(3, &seen);

	assert(!error);
	return unused;
}

static void after(void)
{
	assert(met[2] == 1 && met[3] <= 1);
	met[2] = met[3] = 0;
	client_check(1);
}

CLIENT(before, after, visit_all, move_on, remove_it)
