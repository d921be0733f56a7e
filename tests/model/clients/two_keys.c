/*
 * two_keys: put(a); get(b) beside put(b); get(a).
 *
 * Whichever put comes second in the one order of all operations, the get after
 * it finds the other key: not both may miss.  Acquire and release alone would
 * let them; the key words' loads and claims need seq_cst as much as the
 * values', for an EMPTY key decides a miss.
 */
#include "core.h"

static uint64_t got[2];

static void before(void)
{
}

static void *put_a_get_b(void *unused)
{
	uint64_t seen;

	client_put(2, 10, &seen);
	got[0] = client_get(3);
	return unused;
}

static void *put_b_get_a(void *unused)
{
	uint64_t seen;

	client_put(3, 20, &seen);
	got[1] = client_get(2);
	return unused;
}

static void after(void)
{
	assert(got[0] == 20 || got[1] == 10);
	assert(got[0] == 20 || got[0] == 0);
	assert(got[1] == 10 || got[1] == 0);
	client_check(2);
}

CLIENT(before, after, put_a_get_b, put_b_get_a)
