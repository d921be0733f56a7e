/* The example of nbmap_get_or_add; see example.h. */
#include "example.h"

struct room {
	_Atomic unsigned guests;
};

/* begin */
static void *make_room(const void *key, void *arg)
{
	(void)key;
	(void)arg;
	return calloc(1, sizeof(struct room));
}

/* Enter the room of that name, the first guest also makes it. */
static int enter_room(struct nbmap *map, const char *name)
{
	void *room;
	int error;

	nbmap_enter(map);
	error = nbmap_get_or_add(map, name, make_room, NULL, &room);
	if (!error)
		atomic_fetch_add(&((struct room *)room)->guests, 1);
	nbmap_leave(map);
	return error;
}
/* end */

static void *enter_often(void *map)
{
	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(enter_room(map, "blue"), 0);
	return NULL;
}

void nbmap_get_or_add_example(void)
{
	struct nbmap *map = block_map();
	pthread_t others[8];

	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&others[i], NULL, enter_often, map), 0);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_join(others[i], NULL), 0);
	nbmap_enter(map);
	ck_assert_uint_eq(((struct room *)nbmap_get(map, "blue"))->guests, 800);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
