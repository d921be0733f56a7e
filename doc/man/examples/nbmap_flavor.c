/* The example of nbmap_flavor; see example.h. */
#include "example.h"

/* begin */
static void *serve(void *arg)
{
	struct nbmap *map = arg;
	void *name;

	if (nbmap_thread_register(NBMAP_QSBR))
		return NULL;
	name = nbmap_get(map, "name");
	if (name)
		printf("%s\n", (const char *)name);
	nbmap_thread_quiescent(NBMAP_QSBR); /* `name' is used no more */
	nbmap_thread_unregister(NBMAP_QSBR);
	return NULL;
}

static int make(struct nbmap **map)
{
	struct nbmap_config config = {
		.type = nbmap_type_string(),
		.flavor = NBMAP_QSBR,
	};

	return nbmap_new(map, &config);
}
/* end */

void nbmap_flavor_example(void)
{
	struct nbmap *map;

	ck_assert_int_eq(make(&map), 0);
	serve(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
