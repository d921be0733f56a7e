/* The example of nbmap_del; see example.h. */
#include "example.h"

struct session {
	uint64_t expires;
};

/* begin */
static bool expire(struct nbmap *map, const char *id, uint64_t now)
{
	const struct session *session;
	bool expired;

	nbmap_enter(map);
	session = nbmap_get(map, id);
	expired = session && session->expires <= now &&
		  nbmap_del_if(map, id, session, NULL) == 0;
	nbmap_leave(map);
	return expired;
}
/* end */

void nbmap_del_example(void)
{
	struct nbmap *map = block_map();

	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "id", block(10), NULL), 0);
	nbmap_leave(map);
	ck_assert(!expire(map, "id", 9));
	ck_assert(expire(map, "id", 10));
	ck_assert(!expire(map, "id", 10));
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
