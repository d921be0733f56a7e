/* The example of nbmap_synchronize; see example.h. */
#include "example.h"

/* begin */
static int remove_and_free(struct nbmap *map, const char *key)
{
	void *value;
	int error;

	nbmap_enter(map);
	error = nbmap_del(map, key, &value);
	nbmap_leave(map);
	if (error)
		return error;
	error = nbmap_synchronize(map); /* no reader holds it any more */
	if (!error)
		free(value);
	return error;
}
/* end */

void nbmap_synchronize_example(void)
{
	struct nbmap *map = string_map();

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", block(1), NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(remove_and_free(map, "key"), 0);
	ck_assert_int_eq(remove_and_free(map, "key"), -ENOENT);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
