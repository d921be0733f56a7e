/* The example of nbmap_hash; see example.h. */
#include "example.h"

/* begin */
#define PARTS 16

struct parts {
	struct nbmap *map[PARTS];
};

static int make_parts(struct parts *parts, uint64_t seed)
{
	struct nbmap_config config = {
		.type = nbmap_type_string(),
		.flags = NBMAP_FIXED_SEED,
		.seed = seed,
	};
	int error = 0;

	for (unsigned i = 0; i < PARTS && !error; i++)
		error = nbmap_new(&parts->map[i], &config);
	return error;
}

static int put_in_part(struct parts *parts, const char *key, void *value)
{
	uint64_t hash = nbmap_hash(parts->map[0], key); /* of all maps */
	struct nbmap *map = parts->map[(hash >> 16) % PARTS];
	int error;

	nbmap_enter(map);
	error = nbmap_put_hashed(map, key, hash, value, NULL);
	nbmap_leave(map);
	return error;
}
/* end */

void nbmap_hash_example(void)
{
	struct parts parts;
	unsigned found = 0;

	ck_assert_int_eq(make_parts(&parts, 7), 0);
	ck_assert_int_eq(put_in_part(&parts, "key", nbmap_int(1)), 0);
	for (unsigned i = 0; i < PARTS; i++) {
		nbmap_enter(parts.map[i]);
		found += nbmap_get(parts.map[i], "key") == nbmap_int(1);
		nbmap_leave(parts.map[i]);
		ck_assert_int_eq(nbmap_destroy(parts.map[i]), 0);
	}
	ck_assert_uint_eq(found, 1);
}
