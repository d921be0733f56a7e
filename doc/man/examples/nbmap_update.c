/* The example of nbmap_update; see example.h. */
#include "example.h"

struct page {
	unsigned visits;
};

static int visit(const void *key, void *current, void **value, void *limit)
{
	const struct page *page = current;
	struct page *made = *value;

	(void)key;
	if (page && page->visits >= *(const unsigned *)limit)
		return NBMAP_KEEP;
	if (!made)
		made = malloc(sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->visits = page ? page->visits + 1 : 1;
	*value = made;
	return NBMAP_SET;
}

/* begin */
static int count_visit(struct nbmap *map, const char *url)
{
	unsigned limit = 1000;
	int error;

	nbmap_enter(map);
	error = nbmap_update(map, url, visit, &limit, NULL);
	nbmap_leave(map);
	return error;
}
/* end */

static void *count_often(void *map)
{
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(count_visit(map, "/"), 0);
	return NULL;
}

void nbmap_update_example(void)
{
	struct nbmap *map = block_map();
	pthread_t others[8];

	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&others[i], NULL, count_often, map), 0);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_join(others[i], NULL), 0);
	nbmap_enter(map);
	ck_assert_uint_eq(((struct page *)nbmap_get(map, "/"))->visits, 800);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
