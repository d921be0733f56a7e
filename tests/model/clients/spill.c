/*
 * spill: put(a); get(b) beside put(b); get(a), where the home line of both is full.
 *
 * Each claims in the line after it, and says so first by the bit of both at their home.
 * Not both gets may find the bit clear: its load decides a miss as that of an EMPTY
 * does.
 */
#define NB_MIN_LINES 2
#include "core.h"

enum { A = 6, B };

static uint64_t got[2];

static void before(void)
{
	uint64_t seen;

	for (uint64_t key = 2; key < A; key++)
		client_put(key, 10 * key, &seen);
}

static void *put_a_get_b(void *unused)
{
	uint64_t seen;

	client_put(A, 60, &seen);
	got[0] = client_get(B);
	return unused;
}

static void *put_b_get_a(void *unused)
{
	uint64_t seen;

	client_put(B, 70, &seen);
	got[1] = client_get(A);
	return unused;
}

static void after(void)
{
	assert(got[0] == 70 || got[1] == 60);
	assert(got[0] == 70 || got[0] == 0);
	assert(got[1] == 60 || got[1] == 0);
	assert(nb_load_relaxed(&client_first->spill[0]) == 1);
	client_check(6);
}

CLIENT(before, after, put_a_get_b, put_b_get_a)
