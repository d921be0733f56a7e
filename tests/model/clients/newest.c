/*
 * newest: put(a); get(b) beside put(b); get(a), where the first put follows its key
 * through two migrations that it has begun itself.
 *
 * Not both gets may be too early.  Of three blocks one is never swept, so each get
 * goes through the tables from the first one on, up to the number that it takes for
 * the newest.
 */
#define NB_MIN_LINES 3
#include "core.h"

enum { A = 2 };

static uint64_t b, got[2];

static void before(void)
{
	uint64_t seen;

	b = client_number(1, 2);
	client_put(A, 10, &seen);
}

static void move_on_and_put(void)
{
	struct nb_table *next;
	uint64_t seen;
	int error;
	bool done;

	client_migrate();
	client_sweep(0);
	next = nb_load_acquire(&client_first->next);
	client_migrate();
	done = nb_migrate_sweep(&client_map, next, 0, &error);
	assert(done);
	client_put(A, 20, &seen);
	assert(seen == 10);
}

static void *put_a_get_b(void *unused)
{
	move_on_and_put();
	got[0] = client_get(b);
	return unused;
}

static void *put_b_get_a(void *unused)
{
	uint64_t seen;

	client_put(b, 30, &seen);
	assert(!seen);
	got[1] = client_get(A);
	return unused;
}

static void after(void)
{
	assert(got[0] == 30 || got[1] == 20);
	assert(got[0] == 30 || got[0] == 0);
	assert(got[1] == 10 || got[1] == 20);
	assert(client_get(A) == 20 && client_get(b) == 30);
	client_check(2);
}

CLIENT(before, after, put_a_get_b, put_b_get_a)
