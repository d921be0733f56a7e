/* The example of nbmap_get_batch; see example.h. */
#include "example.h"

/* begin */
static uint64_t sum(struct nbmap *map, const void *const keys[], size_t n)
{
	void *values[32];
	uint64_t sum = 0;

	nbmap_enter(map);
	for (size_t i = 0; i < n; i += 32) {
		size_t some = n - i < 32 ? n - i : 32;

		nbmap_get_batch(map, keys + i, values, some);
		for (size_t j = 0; j < some; j++)
			if (values[j])
				sum += nbmap_int_of(values[j]);
	}
	nbmap_leave(map);
	return sum;
}
/* end */

void nbmap_get_batch_example(void)
{
	struct nbmap *map = string_map();
	const void *keys[40];

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "one", nbmap_int(1), NULL), 0);
	ck_assert_int_eq(nbmap_put(map, "two", nbmap_int(2), NULL), 0);
	nbmap_leave(map);
	for (unsigned i = 0; i < 40; i++)
		keys[i] = i % 4 == 0 ? "one" : i % 4 == 1 ? "two" : "three";
	ck_assert_uint_eq(sum(map, keys, 40), 30);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
