/*
 * expiry: the header's two examples of scans, as they stand there: entries that
 * expire in slices, and eviction of one that was chosen by a sample.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nbmap.h"
#include "run.h"

#define SESSIONS 2000

struct session {
	time_t expires;
	uint64_t last_used;
};

static uint64_t used(const void *value)
{
	return ((const struct session *)value)->last_used;
}

/* ---- As in nbmap.h ------------------------------------------------------ */

static void expire_some(struct nbmap *map, struct nbmap_cursor *cursor, time_t now)
{
	struct nbmap_entry entries[256];
	long n;

	nbmap_enter(map);
	n = nbmap_scan(map, cursor, entries, 256);
	for (long i = 0; i < n; i++)
		if (((struct session *)entries[i].value)->expires <= now)
			nbmap_del_if(map, entries[i].key, entries[i].value, NULL);
	nbmap_leave(map);
}

static void evict_one(struct nbmap *map, uint64_t random)
{
	struct nbmap_cursor cursor = nbmap_cursor_at(random);
	struct nbmap_entry entries[32], *oldest = NULL;
	long n = 0;

	nbmap_enter(map);
	while (n == 0 && cursor.cycle == 0) /* few entries, or none */
		n = nbmap_scan(map, &cursor, entries, 32);
	for (long i = 0; i < n; i++)
		if (!oldest || used(entries[i].value) < used(oldest->value))
			oldest = &entries[i];
	if (oldest)
		nbmap_del_if(map, oldest->key, oldest->value, NULL);
	nbmap_leave(map);
}

/* ---- The tests ---------------------------------------------------------- */

static struct nbmap *map;

static void free_session(void *session, void *arg)
{
	(void)arg;
	free(session);
}

static void name_of(char name[16], unsigned n)
{
	snprintf(name, 16, "session %u", n);
}

/* Session n expires at n, and was used last at n. */
static void open_map(void)
{
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type};

	type.value_free = free_session;
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	for (unsigned n = 0; n < SESSIONS; n++) {
		struct session *session = malloc(sizeof(*session));
		char name[16];

		ck_assert_ptr_nonnull(session);
		*session = (struct session){.expires = (time_t)n, .last_used = n};
		name_of(name, n);
		ck_assert_int_eq(nbmap_put(map, name, session, NULL), 0);
	}
	nbmap_leave(map);
}

static size_t entries(void)
{
	size_t n;

	nbmap_enter(map);
	n = nbmap_count(map);
	nbmap_leave(map);
	return n;
}

/* After each cycle those that were due are gone, and no others. */
START_TEST(test_expiry_in_slices)
{
	struct nbmap_cursor cursor = {0};

	open_map();
	for (time_t now = 99; now < SESSIONS; now += 100) {
		uint64_t cycle = cursor.cycle;

		while (cursor.cycle == cycle)
			expire_some(map, &cursor, now);
		nbmap_enter(map);
		for (unsigned n = 0; n < SESSIONS; n++) {
			char name[16];

			name_of(name, n);
			ck_assert_int_eq(nbmap_get(map, name) != NULL, (time_t)n > now);
		}
		nbmap_leave(map);
	}
	ck_assert_uint_eq(entries(), 0);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
END_TEST

/* Each call takes one, also the last; most of those that go first are old. */
START_TEST(test_eviction_by_samples)
{
	uint64_t random = test_random_stream(1);
	unsigned young = 0;

	open_map();
	for (unsigned n = 0; n < SESSIONS / 2; n++) {
		evict_one(map, test_random(&random));
		ck_assert_uint_eq(entries(), SESSIONS - n - 1);
	}
	nbmap_enter(map);
	for (unsigned n = SESSIONS * 3 / 4; n < SESSIONS; n++) {
		char name[16];

		name_of(name, n);
		young += nbmap_get(map, name) != NULL;
	}
	nbmap_leave(map);
	/* Of the youngest quarter nearly all are left. */
	ck_assert_uint_gt(young, SESSIONS / 4 * 9 / 10);
	while (entries())
		evict_one(map, test_random(&random));
	evict_one(map, test_random(&random));
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("expiry");
	TCase *tcase = tcase_create("expiry");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_expiry_in_slices);
	tcase_add_test(tcase, test_eviction_by_samples);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
