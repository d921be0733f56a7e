/* The example of nbmap_int; see example.h. */
#include "example.h"

void nbmap_int_example(void)
{
	struct nbmap *map = string_map();

	nbmap_enter(map);
	/* begin */
	void *age = NULL;

	if (nbmap_put(map, "Ada", nbmap_int(36), NULL) == 0) {
		age = nbmap_get(map, "Ada");
		if (age)
			printf("Ada is %d\n", (int)nbmap_int_of(age));
	}
	/* end */
	nbmap_leave(map);
	ck_assert_uint_eq(nbmap_int_of(age), 36);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
