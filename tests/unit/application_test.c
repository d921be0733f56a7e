/*
 * application: one that knows nothing of liburcu.  It includes nbmap.h alone, and
 * its threads keep to the rules of any flavour by nbmap_thread_register() and its
 * sisters, so that one source fits all four.
 *
 * Readers, writers and one that waits now and then, on a map with boxed values; what
 * is found is read as long as the section lasts.  Sanitizers and valgrind see to the
 * rest.
 */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

#include "nbmap.h"
#include "run.h"

#define KEYS 64
#define THREADS 5

struct box {
	uint64_t key, copy; /* the same */
};

static enum nbmap_flavor flavor;
static struct nbmap *map;
static const char names[KEYS][4];

static void require(int condition)
{
	if (!condition)
		abort();
}

static void free_box(void *value, void *arg)
{
	struct box *box = value;

	(void)arg;
	box->key = box->copy + 1; /* whoever looks now is wrong */
	free(box);
}

static const void *key_of(uint64_t id)
{
	return names[id % KEYS];
}

static void read_some(uint64_t *random)
{
	struct nbmap_iter iter;
	const void *key;
	void *value;

	nbmap_enter(map);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t id = test_random(random) % KEYS;
		const struct box *box = nbmap_get(map, key_of(id));

		/* Time enough for a writer to overwrite it. */
		if (i % 4 == 0)
			sched_yield();
		require(!box || (box->key == id && box->copy == id));
	}
	require(!nbmap_iter_init(map, &iter));
	while (nbmap_iter_next(&iter, &key, &value))
		require(((struct box *)value)->key == ((struct box *)value)->copy);
	nbmap_leave(map);
}

static void write_some(uint64_t *random)
{
	nbmap_enter(map);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t r = test_random(random), id = (r >> 8) % KEYS;

		if (r % 4) {
			struct box *box = malloc(sizeof(*box));

			require(box != NULL);
			*box = (struct box){id, id};
			require(!nbmap_put(map, key_of(id), box, NULL));
		} else {
			(void)nbmap_del(map, key_of(id), NULL);
		}
	}
	nbmap_leave(map);
}

static void *work(void *arg)
{
	uint64_t random = test_random_stream((uint64_t)(uintptr_t)arg), rounds = test_rounds(1000, 200);

	require(!nbmap_thread_register(flavor));
	for (uint64_t i = 0; i < rounds; i++) {
		if ((uintptr_t)arg % 2)
			read_some(&random);
		else
			write_some(&random);
		require(!nbmap_thread_quiescent(flavor));
		if (i % 100 == 99) {
			/* Away for a while, once as a waiter and once for good. */
			require(!nbmap_barrier(map));
			require(!nbmap_thread_offline(flavor));
			require(!nbmap_thread_online(flavor));
			require(!nbmap_thread_unregister(flavor));
			require(!nbmap_thread_register(flavor));
		}
	}
	require(!nbmap_thread_unregister(flavor));
	return NULL;
}

/* _i: flavour, and whether the domain has threads. */
START_TEST(test_it_needs_no_header_of_liburcu)
{
	struct nbmap_type type = *nbmap_type_pointer();
	struct nbmap_config config = {.type = &type};
	struct nbmap_stats stats;
	pthread_t threads[THREADS];

	flavor = config.flavor = (enum nbmap_flavor)(_i / 2);
	config.flags = _i % 2 ? NBMAP_NO_THREAD : 0;
	type.value_free = free_box;
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(nbmap_barrier(map), 0);
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	nbmap_enter(map);
	nbmap_stats(map, &stats);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_thread_unregister(flavor), 0);
	ck_assert_uint_eq(stats.pending_objects, 0);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("application");
	TCase *tcase = tcase_create("application");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_it_needs_no_header_of_liburcu, 0, 8);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
