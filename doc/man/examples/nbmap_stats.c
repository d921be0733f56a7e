/* The example of nbmap_stats; see example.h. */
#include "example.h"

/* begin */
static void report(struct nbmap *map, FILE *out)
{
	struct nbmap_stats stats;

	nbmap_enter(map);
	nbmap_stats(map, &stats);
	nbmap_leave(map);
	fprintf(out, "%zu entries in %zu slots, %zu bytes\n",
		stats.entries, stats.capacity, stats.bytes);
}
/* end */

void nbmap_stats_example(void)
{
	struct nbmap *map = string_map();
	size_t entries, capacity, bytes, size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", nbmap_int(1), NULL), 0);
	nbmap_leave(map);
	report(map, out);
	fclose(out);
	ck_assert_int_eq(sscanf(text, "%zu entries in %zu slots, %zu bytes", &entries, &capacity, &bytes), 3);
	ck_assert_uint_eq(entries, 1);
	ck_assert_uint_ge(capacity, 1);
	ck_assert_uint_ge(bytes, 1);
	free(text);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
