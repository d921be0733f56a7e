/* The example of nbmap_type_string; see example.h. */
#include "example.h"

/* begin */
static void free_value(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static int make(struct nbmap **map)
{
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type};

	type.value_free = free_value;
	return nbmap_new(map, &config);
}
/* end */

void nbmap_type_string_example(void)
{
	struct nbmap *map;

	ck_assert_int_eq(make(&map), 0);
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", block(1), NULL), 0);
	ck_assert_int_eq(nbmap_put(map, "key", block(2), NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
