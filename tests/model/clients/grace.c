/*
 * grace: a table is freed while a reader may be in it.
 *
 * A section is a flag of its thread; a grace period is having seen each flag
 * down once, after the table was retired.  The reclaimer looks LOOKS times and
 * then gives up: no loop waits.  It looks at the reader first, so a table that
 * were retired before it is unlinked could be entered after that look and freed
 * under the reader, as soon as the mover's flag is down.
 */
#include "core.h"

/* For a checker one is enough, as it tries all moments. */
#ifdef NATIVE
#define LOOKS 200
#else
#define LOOKS 1
#endif

enum { READER, MOVER, SECTIONS };

static _Atomic unsigned section[SECTIONS];
static uint64_t got[2];

/* seq_cst: with the looks below, so that a section that a look missed finds the unlinked state. */
static void enter(unsigned thread)
{
	atomic_store_explicit(&section[thread], 1, memory_order_seq_cst);
}

static void leave(unsigned thread)
{
	atomic_store_explicit(&section[thread], 0, memory_order_seq_cst);
}

static void before(void)
{
	uint64_t seen;

	client_put(2, 10, &seen);
	client_migrate();
}

static void *read_it(void *unused)
{
	enter(READER);
	got[0] = client_get(2);
	got[1] = client_get(2);
	leave(READER);
	return unused;
}

static void *move_on(void *unused)
{
	enter(MOVER);
	client_finish();
	leave(MOVER);
	return unused;
}

/* Whether `flag` was met with the value wanted. */
static bool look(_Atomic unsigned *flag, bool wanted)
{
	for (unsigned i = 0; i < LOOKS; i++) {
#ifdef NATIVE
		client_delay();
#endif
		/* seq_cst: what is seen retired was retired before the looks to come. */
		if ((atomic_load_explicit(flag, memory_order_seq_cst) != 0) == wanted)
			return true;
	}
	return false;
}

static void *reclaim(void *unused)
{
	if (look(&client_retired, true) && look(&section[READER], false) && look(&section[MOVER], false))
		nb_table_free(&client_map, client_first);
	return unused;
}

static void after(void)
{
	assert(got[0] == 10 && got[1] == 10);
	assert(client_get(2) == 10);
	client_check(1);
}

CLIENT(before, after, read_it, move_on, reclaim)
