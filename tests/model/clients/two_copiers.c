/*
 * two_copiers: two copiers of one slot, and a put.
 *
 * The value arrives once: a copier that comes after the put must not bring the
 * old value back.
 */
#include "copying.h"

static void *put(void *unused)
{
	client_put(2, 20, &seen);
	return unused;
}

static void after(void)
{
	uint64_t word = nb_load_relaxed(&client_first->line[0].value[0]);

	assert(seen == 10);
	assert(client_get(2) == 20);
	assert(nb_is_final(word) && nb_payload(word) == (uintptr_t)nbmap_int(10));
	client_check(1);
}

CLIENT(before, after, copy, copy, put)
