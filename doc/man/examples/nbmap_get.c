/* The example of nbmap_get; see example.h. */
#include "example.h"

struct user {
	unsigned age;
};

/* begin */
static int age_of(struct nbmap *map, const char *name)
{
	const struct user *user;
	int age = -1;

	nbmap_enter(map);
	user = nbmap_get(map, name);
	if (user)
		age = (int)user->age;
	nbmap_leave(map);
	return age;
}
/* end */

void nbmap_get_example(void)
{
	struct nbmap *map = block_map();
	struct user *user = block(0);

	user->age = 36;
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_put(map, "Ada", user, NULL), 0);
	nbmap_leave(map);
	ck_assert_int_eq(age_of(map, "Ada"), 36);
	ck_assert_int_eq(age_of(map, "Grace"), -1);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
