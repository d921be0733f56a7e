/* The example of nbmap_clear; see example.h. */
#include "example.h"

/* begin */
static int start_afresh(struct nbmap *cache)
{
	int error;

	nbmap_enter(cache);
	error = nbmap_clear(cache);
	nbmap_leave(cache);
	return error;
}
/* end */

void nbmap_clear_example(void)
{
	struct nbmap *map = block_map();

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", block(1), NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(start_afresh(map), 0);
	nbmap_enter(map);
	ck_assert_uint_eq(nbmap_count(map), 0);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
