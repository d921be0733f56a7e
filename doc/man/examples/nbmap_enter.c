/* The example of nbmap_enter; see example.h. */
#include "example.h"

/* begin */
static size_t length_of(struct nbmap *map, const char *key)
{
	const char *text;
	size_t length;

	nbmap_enter(map);
	text = nbmap_get(map, key);
	length = text ? strlen(text) : 0; /* `text' may be read here ... */
	nbmap_leave(map);
	return length; /* ... and not here */
}
/* end */

void nbmap_enter_example(void)
{
	struct nbmap *map = block_map();
	char *text = block(0);

	strcpy(text, "value");
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "key", text, NULL), 0);
	nbmap_leave(map);
	ck_assert_uint_eq(length_of(map, "key"), 5);
	ck_assert_uint_eq(length_of(map, "other"), 0);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
