/*
 * remove_copy: a copier with a frozen value in hand, while others finish the
 * copy, remove the key, leave the next table too and so drop the tombstone.
 *
 * The removed value does not rise again.
 */
#include "copying.h"

static int removed;

static void *remove_and_leave(void *unused)
{
	client_finish();
	removed = client_del(2, &seen);
	client_migrate();
	client_finish();
	return unused;
}

static void after(void)
{
	assert(!removed && seen == 10);
	assert(client_get(2) == 0);
	client_check(0);
}

CLIENT(before, after, copy, remove_and_leave)
