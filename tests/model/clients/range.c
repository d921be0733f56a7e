/*
 * range: a scan's visit of all hashes, beside a copy of what it visits and a removal.
 *
 * A key that is there throughout is met once, in whichever table, be it in the next one
 * only; one that goes at most once.
 */
#define NB_MIN_LINES 2
#include "core.h"

#include "../../../src/cursor.c"
#include "../../../src/iterate.c"
#include "../../../src/range.c"

static uint64_t stays, goes;
static unsigned met[3]; /* the one that stays; the one that goes; the one in the next table */

static void before(void)
{
	uint64_t seen;

	stays = client_number(1, 2);
	goes = client_number(1, 3);
	client_put(stays, 10, &seen);
	client_put(goes, 20, &seen);
	client_migrate();
	/* Helps with the first block, so that it is put to the next table. */
	client_put(2, 30, &seen);
}

static void note(void *array, size_t i, const struct nb_keys *keys, uint64_t word, void *value)
{
	uint64_t number = nb_integer_of_word(keys, word);
	unsigned which = number == stays ? 0 : number == goes ? 1 : 2;

	(void)array;
	(void)i;
	assert(which != 2 || number == 2);
	assert(nbmap_int_of(value) == 10 * (which + 1));
	met[which]++;
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
	int error = client_del(goes, &seen);

	assert(!error);
	return unused;
}

static void after(void)
{
	assert(met[0] == 1 && met[1] <= 1 && met[2] == 1);
	met[0] = met[1] = met[2] = 0;
	client_check(2);
}

CLIENT(before, after, visit_all, move_on, remove_it)
