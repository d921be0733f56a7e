/* The example of nbmap_thread_register; see example.h. */
#include "example.h"

/* What the loop is given: some keys, one after the other. */
static const char *const events[] = {"one", "two", "three", NULL};
static unsigned next_event;
static unsigned found;

static const char *wait_for_event(void)
{
	return events[next_event++];
}

static void handle(void *value)
{
	found += value != NULL;
}

/* begin */
static void *event_loop(void *arg)
{
	struct nbmap *map = arg;
	const char *key;

	if (nbmap_thread_register(NBMAP_QSBR))
		return NULL;
	for (;;) {
		/* A thread that sleeps must not hold up grace periods. */
		nbmap_thread_offline(NBMAP_QSBR);
		key = wait_for_event();
		nbmap_thread_online(NBMAP_QSBR);
		if (!key)
			break;
		handle(nbmap_get(map, key));
	}
	nbmap_thread_unregister(NBMAP_QSBR);
	return NULL;
}
/* end */

void nbmap_thread_register_example(void)
{
	struct nbmap_config config = {.type = nbmap_type_string(), .flavor = NBMAP_QSBR};
	struct nbmap *map;

	next_event = found = 0;
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	ck_assert_int_eq(nbmap_thread_register(NBMAP_QSBR), 0);
	ck_assert_int_eq(nbmap_put(map, "two", nbmap_int(2), NULL), 0);
	ck_assert_int_eq(nbmap_thread_unregister(NBMAP_QSBR), 0);
	event_loop(map);
	ck_assert_uint_eq(next_event, 4);
	ck_assert_uint_eq(found, 1);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
