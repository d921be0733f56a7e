/* The example of nbmap_annotate_quiescent; see example.h. */
#include "example.h"

#include <urcu-bp.h>

/* begin */
static bool has(struct nbmap *map, const char *key)
{
	bool found;

	urcu_bp_read_lock();
	found = nbmap_get(map, key) != NULL;
	nbmap_annotate_quiescent(NBMAP_BP);
	urcu_bp_read_unlock();
	return found;
}
/* end */

void nbmap_annotate_quiescent_example(void)
{
	struct nbmap *map = string_map();

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", nbmap_int(1), NULL), 0);
	nbmap_leave(map);
	ck_assert(has(map, "key") && !has(map, "other"));
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
