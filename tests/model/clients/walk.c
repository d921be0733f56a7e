/*
 * walk: a walk beside a migration of the table that it walks, and beside a removal and
 * an add.
 *
 * A key that is there throughout is met once, with its value; one that comes or goes
 * at most once.
 */
#define NB_STRETCH_LINES 1
#include "core.h"

#include "../../../src/iterate.c"

static unsigned met[5];

static void before(void)
{
	uint64_t seen;

	client_put(2, 20, &seen);
	client_put(3, 30, &seen);
}

static void *walk(void *unused)
{
	struct nbmap_iter iter;
	uint64_t word;
	void *value;
	int error = nb_iterate_init(&client_map, &iter);

	assert(!error);
	while (nb_iterate_next(&iter, &word, &value)) {
		uint64_t number = client_number_of(word);

		assert(number >= 2 && number <= 4);
		assert(nbmap_int_of(value) == 10 * number);
		met[number]++;
	}
	return unused;
}

static void *move_on(void *unused)
{
	client_migrate();
	client_finish();
	return unused;
}

static void *change(void *unused)
{
	uint64_t seen;
	int error = client_del(3, &seen);

	assert(!error);
	client_put(4, 40, &seen);
	return unused;
}

static void after(void)
{
	assert(met[2] == 1);
	assert(met[3] <= 1 && met[4] <= 1);
	met[2] = met[3] = met[4] = 0;
	walk(NULL);
	assert(met[2] == 1 && met[3] == 0 && met[4] == 1);
	met[2] = met[3] = met[4] = 0;
	client_check(2);
}

CLIENT(before, after, walk, move_on, change)
