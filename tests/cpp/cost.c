/*
 * cost: the loops in C.  See cost.h.
 */
#include "cost.h"

#include <stdlib.h>

uint64_t c_numbers(struct nbmap_u64 *map, uint64_t n)
{
	uint64_t sum = 0;

	nbmap_u64_enter(map);
	for (uint64_t i = 0; i < n; i++)
		if (nbmap_u64_put(map, i, nbmap_int(i), NULL))
			abort();
	for (uint64_t i = 0; i < n; i++) {
		void *value = nbmap_u64_get(map, i);

		if (value)
			sum += nbmap_int_of(value);
	}
	nbmap_u64_leave(map);
	return sum;
}

uint64_t c_strings(struct nbmap *map, const char *text, uint64_t n)
{
	uint64_t sum = 0;

	nbmap_enter(map);
	for (uint64_t i = 0; i < n; i++) {
		struct nbmap_bytes key = {text + 8 * i, 8};

		if (nbmap_put(map, &key, nbmap_int(i), NULL))
			abort();
	}
	for (uint64_t i = 0; i < n; i++) {
		struct nbmap_bytes key = {text + 8 * i, 8};
		void *value = nbmap_get(map, &key);

		if (value)
			sum += nbmap_int_of(value);
	}
	nbmap_leave(map);
	return sum;
}

uint64_t c_objects(struct nbmap_u64 *map, uint64_t n)
{
	uint64_t sum = 0;

	nbmap_u64_enter(map);
	for (uint64_t i = 0; i < n; i++) {
		void *object = new_object(i);

		if (nbmap_u64_put(map, i, object, NULL)) {
			free_object(object);
			abort();
		}
	}
	for (uint64_t i = 0; i < n; i++) {
		const uint64_t *value = nbmap_u64_get(map, i);

		if (value)
			sum += *value;
	}
	nbmap_u64_leave(map);
	return sum;
}
