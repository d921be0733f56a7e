/* The example of nbmap_count; see example.h. */
#include "example.h"

/* begin */
static bool is_empty(struct nbmap *map)
{
	bool empty;

	nbmap_enter(map);
	empty = nbmap_count(map) == 0;
	nbmap_leave(map);
	return empty;
}
/* end */

void nbmap_count_example(void)
{
	struct nbmap *map = string_map();

	ck_assert(is_empty(map));
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", nbmap_int(1), NULL), 0);
	nbmap_leave(map);
	ck_assert(!is_empty(map));
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
