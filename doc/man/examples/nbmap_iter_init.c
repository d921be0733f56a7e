/* The example of nbmap_iter_init; see example.h. */
#include "example.h"

/* begin */
static int print_all(struct nbmap *map, FILE *out)
{
	struct nbmap_iter iter;
	const void *key;
	void *value;
	int error;

	nbmap_enter(map);
	error = nbmap_iter_init(map, &iter);
	if (!error)
		while (nbmap_iter_next(&iter, &key, &value))
			fprintf(out, "%s: %ju\n", (const char *)key,
				(uintmax_t)nbmap_int_of(value));
	nbmap_leave(map);
	return error;
}
/* end */

void nbmap_iter_init_example(void)
{
	struct nbmap *map = string_map();
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "one", nbmap_int(1), NULL), 0);
	ck_assert_int_eq(nbmap_put(map, "two", nbmap_int(2), NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(print_all(map, out), 0);
	fclose(out);
	ck_assert_uint_eq(size, 2 * strlen("one: 1\n"));
	ck_assert(strstr(text, "one: 1\n") && strstr(text, "two: 2\n"));
	free(text);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
