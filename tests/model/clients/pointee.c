/*
 * pointee: values that point to something, which is written before the put and not by
 * atomics: a get reads it, be it from a table to which a copier has brought the value.
 */
#include "core.h"

struct box {
	_Alignas(16) uint64_t number;
};

static struct box box[2];
static uint64_t got;

static void put_box(struct box *it, uint64_t number)
{
	struct nb_write write = {.value = (uintptr_t)it};
	struct nb_key key = nb_key_of_integer(&client_map.keys, 2);
	int result;

	it->number = number;
	result = nb_write(&client_map, NB_INTEGER, NB_PUT, &write, &key);
	assert(!result);
}

static void before(void)
{
}

static void *put(void *unused)
{
	put_box(&box[0], 10);
	put_box(&box[1], 20);
	return unused;
}

static void *move_on(void *unused)
{
	client_migrate();
	client_finish();
	return unused;
}

static void *get(void *unused)
{
	const struct box *it = client_find(2);

	got = it ? it->number : 0;
	return unused;
}

static void after(void)
{
	assert(got == 0 || got == 10 || got == 20);
	assert(client_find(2) == &box[1]);
	client_check(1);
}

CLIENT(before, after, put, move_on, get)
