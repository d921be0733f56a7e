/* The example of nbmap_allocator; see example.h. */
#include "example.h"

/* begin */
static void *take(size_t size, size_t align, void *arg)
{
	_Atomic size_t *in_use = arg;
	void *block;

	if (align < sizeof(void *))
		align = sizeof(void *);
	if (posix_memalign(&block, align, size))
		return NULL;
	atomic_fetch_add(in_use, size);
	return block;
}

static void give_back(void *block, size_t size, void *arg)
{
	_Atomic size_t *in_use = arg;

	free(block);
	atomic_fetch_sub(in_use, size);
}

static int make(struct nbmap **map, _Atomic size_t *in_use)
{
	struct nbmap_allocator allocator = {take, give_back, in_use};
	struct nbmap_config config = {
		.type = nbmap_type_string(),
		.allocator = &allocator,
	};

	return nbmap_new(map, &config);
}
/* end */

void nbmap_allocator_example(void)
{
	_Atomic size_t in_use = 0;
	struct nbmap *map;

	ck_assert_int_eq(make(&map, &in_use), 0);
	ck_assert_uint_gt(in_use, 0);
	ck_assert_int_eq(nbmap_destroy(map), 0);
	ck_assert_uint_eq(in_use, 0);
}
