/*
 * scan_close: a get that scans, beside a put of its key that finds the line closed.
 *
 * A hint that is too old to show the CLOSED is no miss once the put is done; and a key
 * that is there is not missed.
 */
#define NB_MIN_LINES 3
#define CLIENT_SCANS
#include "core.h"

enum { A = 2, B = 3 };

static uint64_t got[4];

static void before(void)
{
	uint64_t seen;

	client_put(A, 10, &seen);
}

static void *move_on_and_put(void *unused)
{
	uint64_t seen;

	client_migrate();
	client_sweep(0);
	client_put(B, 20, &seen);
	assert(!seen);
	got[0] = client_get(client_number(1, 2));
	return unused;
}

static void *put_and_get(void *unused)
{
	uint64_t seen;

	client_put(client_number(1, 2), 30, &seen);
	assert(!seen);
	got[1] = client_get(B);
	got[2] = client_get(A);
	got[3] = client_get(B);
	return unused;
}

static void after(void)
{
	assert(got[0] == 30 || got[1] == 20);
	assert(got[1] == 0 || got[3] == 20);
	assert(got[2] == 10);
	client_check(3);
}

CLIENT(before, after, move_on_and_put, put_and_get)
