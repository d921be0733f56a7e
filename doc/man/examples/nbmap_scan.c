/* The example of nbmap_scan; see example.h. */
#include "example.h"

static unsigned visited;

static void visit(const void *key, void *value)
{
	ck_assert(key && value);
	visited++;
}

/* begin */
static int visit_all(struct nbmap *map)
{
	struct nbmap_cursor cursor = {0};
	struct nbmap_entry entries[64];
	long n;

	do {
		nbmap_enter(map);
		n = nbmap_scan(map, &cursor, entries, 64);
		for (long i = 0; i < n; i++)
			visit(entries[i].key, entries[i].value);
		nbmap_leave(map);
	} while (n >= 0 && cursor.cycle == 0);
	return n < 0 ? (int)n : 0;
}
/* end */

void nbmap_scan_example(void)
{
	struct nbmap *map = string_map();
	char key[16];

	visited = 0;
	nbmap_enter(map);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%u", i);
		ck_assert_int_eq(nbmap_put(map, key, nbmap_int(i), NULL), 0);
	}
	nbmap_leave(map);
	ck_assert_int_eq(visit_all(map), 0);
	ck_assert_uint_eq(visited, 1000);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
