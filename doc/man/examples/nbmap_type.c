/* The example of nbmap_type; see example.h. */
#include "example.h"

/* begin */
struct address {
	uint64_t high, low;
};

static uint64_t hash_address(const void *key, uint64_t seed, void *arg)
{
	(void)arg;
	return nbmap_hash_bytes(key, sizeof(struct address), seed);
}

static bool equal_address(const void *a, const void *b, void *arg)
{
	(void)arg;
	return memcmp(a, b, sizeof(struct address)) == 0;
}

static void *copy_address(const void *key, void *arg)
{
	struct address *copy = malloc(sizeof(*copy));

	(void)arg;
	if (copy)
		*copy = *(const struct address *)key;
	return copy;
}

static void free_it(void *key_or_value, void *arg)
{
	(void)arg;
	free(key_or_value);
}

static const struct nbmap_type address_type = {
	.hash = hash_address,
	.equal = equal_address,
	.key_dup = copy_address,
	.key_free = free_it,
	.value_free = free_it,
};
/* end */

void nbmap_type_example(void)
{
	struct nbmap_config config = {.type = &address_type};
	struct nbmap *map;

	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_int_eq(nbmap_put(map, &(struct address){i % 10, 7}, block(i), NULL), 0);
	ck_assert_uint_eq(nbmap_count(map), 10);
	ck_assert_uint_eq(*(uint64_t *)nbmap_get(map, &(struct address){3, 7}), 93);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
