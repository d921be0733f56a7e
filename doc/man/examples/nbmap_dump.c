/* The example of nbmap_dump; see example.h. */
#include "example.h"

/* begin */
static int dump_to(struct nbmap *map, const char *path)
{
	FILE *out = fopen(path, "w");
	int error;

	if (!out)
		return -errno;
	nbmap_enter(map);
	error = nbmap_dump(map, out);
	nbmap_leave(map);
	if (fclose(out) && !error)
		error = -EIO;
	return error;
}
/* end */

void nbmap_dump_example(void)
{
	struct nbmap *map = string_map();

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", nbmap_int(1), NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(dump_to(map, "/dev/null"), 0);
	ck_assert_int_eq(dump_to(map, "/nowhere/at/all"), -ENOENT);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
