/* The example of nbmap_domain_stats; see example.h. */
#include "example.h"

/* begin */
static void report(struct nbmap *map, FILE *out)
{
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(nbmap_domain_of(map), &stats);
	fprintf(out, "%ju objects wait, %ju are freed\n",
		(uintmax_t)stats.pending_objects,
		(uintmax_t)stats.freed_objects);
}
/* end */

void nbmap_domain_stats_example(void)
{
	struct nbmap *map = block_map();
	uintmax_t pending, freed;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	nbmap_enter(map);
	for (uint64_t i = 0; i < 10; i++)
		ck_assert_int_eq(nbmap_put(map, "key", block(i), NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_barrier(map), 0);
	report(map, out);
	fclose(out);
	ck_assert_int_eq(sscanf(text, "%ju objects wait, %ju are freed", &pending, &freed), 2);
	ck_assert_uint_eq(pending, 0);
	ck_assert_uint_ge(freed, 9);
	free(text);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
