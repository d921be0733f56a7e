/*
 * put_put: two puts of one fresh key.
 *
 * The key gets one slot; one put saw nothing, the other saw the first one's
 * value, and its own is what remains.
 */
#include "two_puts.h"

static void after(void)
{
	check_puts();
	assert(nb_load_relaxed(&client_first->line[0].key[0]) == 2);
	assert(nb_load_relaxed(&client_first->line[0].key[1]) == NB_KEY_EMPTY);
}

CLIENT(before, after, first, second)
