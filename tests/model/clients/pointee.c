/*
 * pointee: a value that points to something, which is written before the put and not by
 * atomics: a get reads it, be it sent on by a copier who found the value frozen by
 * another.
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
	put_box(&box[0], 10);
}

static void *put(void *unused)
{
	put_box(&box[1], 20);
	return unused;
}

static void *begin_and_copy(void *unused)
{
	client_migrate();
	client_sweep(0);
	return unused;
}

static void *copy(void *unused)
{
	if (nb_load_acquire(&client_first->next))
		client_sweep(0);
	return unused;
}

static void *get(void *unused)
{
	const struct box *it = client_find(2);

	got = it->number;
	return unused;
}

static void after(void)
{
	assert(got == 10 || got == 20);
	assert(client_find(2) == &box[1]);
	client_check(1);
}

CLIENT(before, after, put, begin_and_copy, copy, get)
