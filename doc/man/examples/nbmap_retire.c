/* The example of nbmap_retire; see example.h. */
#include "example.h"

/* begin */
static void free_item(void *item, void *arg)
{
	(void)arg;
	free(item);
}

/* Remove the key and free its value, without waiting. */
static int drop(struct nbmap *map, const char *key)
{
	void *item;
	int error;

	nbmap_enter(map);
	error = nbmap_del(map, key, &item);
	if (!error && nbmap_retire(map, item, free_item, NULL) == 0)
		item = NULL;
	nbmap_leave(map);
	if (!error && item) { /* no room to wait: wait here */
		error = nbmap_synchronize(map);
		if (!error)
			free(item);
	}
	return error;
}
/* end */

void nbmap_retire_example(void)
{
	struct nbmap *map = string_map();

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", block(1), NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(drop(map, "key"), 0);
	ck_assert_int_eq(drop(map, "key"), -ENOENT);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
