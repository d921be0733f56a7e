/* The example of nbmap_put; see example.h. */
#include "example.h"

struct account {
	int64_t balance;
};

/* begin */
/* Add to an account; the map frees its values. */
static int deposit(struct nbmap *map, const char *name, int64_t amount)
{
	struct account *changed = malloc(sizeof(*changed));
	const struct account *account;
	int error;

	if (!changed)
		return -ENOMEM;
	nbmap_enter(map);
	do {
		account = nbmap_get(map, name);
		if (!account) {
			error = -ENOENT;
			break;
		}
		changed->balance = account->balance + amount;
		error = nbmap_replace(map, name, account, changed, NULL);
	} while (error == -EAGAIN); /* another has changed it since */
	nbmap_leave(map);
	if (error)
		free(changed); /* it is still ours */
	return error;
}
/* end */

static void *deposit_often(void *map)
{
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(deposit(map, "Ada", 1), 0);
	return NULL;
}

void nbmap_put_example(void)
{
	struct nbmap *map = block_map();
	struct account *account = block(0);
	pthread_t others[8];

	account->balance = 0;
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_add(map, "Ada", account, NULL), 0);
	nbmap_leave(map);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&others[i], NULL, deposit_often, map), 0);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_join(others[i], NULL), 0);
	ck_assert_int_eq(deposit(map, "Grace", 1), -ENOENT);
	nbmap_enter(map);
	ck_assert_int_eq(((struct account *)nbmap_get(map, "Ada"))->balance, 8000);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
