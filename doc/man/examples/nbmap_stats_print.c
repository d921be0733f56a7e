/* The example of nbmap_stats_print; see example.h. */
#include "example.h"

/* begin */
static int log_numbers(struct nbmap *map, FILE *log)
{
	return nbmap_stats_print(map, log, NBMAP_JSON);
}
/* end */

void nbmap_stats_print_example(void)
{
	struct nbmap *map = string_map();
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", nbmap_int(1), NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(log_numbers(map, out), 0);
	fclose(out);
	ck_assert(text[0] == '{' && strstr(text, "\"entries\""));
	ck_assert_ptr_eq(strchr(text, '\n'), text + size - 1);
	free(text);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
