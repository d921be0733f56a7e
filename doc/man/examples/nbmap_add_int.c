/* The example of nbmap_add_int; see example.h. */
#include "example.h"

/* begin */
/* How often the word has been seen, with this time; 0: not counted. */
static uint64_t count(struct nbmap *map, const char *word)
{
	void *before;
	uint64_t n = 0;

	nbmap_enter(map);
	if (nbmap_add_int(map, word, 1, &before) == 0)
		n = (before ? nbmap_int_of(before) : 0) + 1;
	nbmap_leave(map);
	return n;
}
/* end */

void nbmap_add_int_example(void)
{
	struct nbmap *map = string_map();

	ck_assert_uint_eq(count(map, "word"), 1);
	ck_assert_uint_eq(count(map, "word"), 2);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
