/*
 * store: the worked example of -ENOBUFS in nbmap.h, as it stands there: extracted
 * from the header when this is built.
 *
 * It must store what it is given, also at the limit, as soon as the reader who
 * holds the garbage back has left, and hand on every other answer at once.
 */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "pin.h"
#include "run.h"

struct item {
	uint64_t number;
};

int store(struct nbmap *map, const char *key, struct item *item);
#include "store.h"

#define LIMIT 100

static struct nbmap_domain *domain;
static struct nbmap *map;
static _Atomic unsigned limits;

static void free_item(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static void on_limit(const struct nbmap_domain_stats *stats, void *arg)
{
	(void)stats;
	(void)arg;
	limits++;
}

static struct item *make_item(uint64_t number)
{
	struct item *item = malloc(sizeof(*item));

	crew_check(item != NULL);
	item->number = number;
	return item;
}

static uint64_t stored(const char *key)
{
	const struct item *item;
	uint64_t number;

	nbmap_enter(map);
	item = nbmap_get(map, key);
	number = item ? item->number : 0;
	nbmap_leave(map);
	return number;
}

static void begin(enum nbmap_flavor flavor, unsigned flags)
{
	struct nbmap_domain_config domain_config = {
		.flavor = flavor, .flags = flags, .limit_objects = LIMIT, .on_limit = on_limit};
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type};

	limits = 0;
	type.value_free = free_item;
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	config.domain = domain;
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
}

static void finish(enum nbmap_flavor flavor)
{
	ck_assert_int_eq(nbmap_thread_unregister(flavor), 0);
	ck_assert_int_eq(nbmap_destroy(map), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
}

/* Many times the limit, and no reader: whoever stores is never refused. */
START_TEST(test_it_stores_on_and_on)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / 2);

	begin(flavor, _i % 2 ? NBMAP_NO_THREAD : 0);
	for (uint64_t i = 1; i < 50 * LIMIT; i++) {
		crew_check(!store(map, "key", make_item(i)));
		crew_check(stored("key") == i);
	}
	if (_i % 2)
		ck_assert_uint_gt(limits, 0);
	finish(flavor);
}
END_TEST

static void *leave_when_it_is_met(void *pin)
{
	while (!atomic_load(&limits))
		sched_yield();
	pin_release(pin);
	return NULL;
}

START_TEST(test_it_waits_for_the_reader)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / 2);
	pthread_t helper;
	struct pin pin;

	begin(flavor, _i % 2 ? NBMAP_NO_THREAD : 0);
	pin_begin(&pin, domain, flavor);
	ck_assert_int_eq(pthread_create(&helper, NULL, leave_when_it_is_met, &pin), 0);
	for (uint64_t i = 1; i < 5 * LIMIT; i++)
		crew_check(!store(map, "key", make_item(i)));
	ck_assert_uint_eq(stored("key"), 5 * LIMIT - 1);
	ck_assert_uint_gt(limits, 0);
	ck_assert_int_eq(pthread_join(helper, NULL), 0);
	pin_end(&pin);
	finish(flavor);
}
END_TEST

START_TEST(test_it_hands_on_other_answers)
{
	struct item *item = make_item(1);

	begin(NBMAP_BP, 0);
	ck_assert_int_eq(store(map, NULL, item), -EINVAL);
	ck_assert_int_eq(store(map, "key", NULL), -EINVAL);
	ck_assert_uint_eq(stored("key"), 0);
	/* Still ours. */
	free(item);
	finish(NBMAP_BP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tcase = tcase_create("store");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_it_stores_on_and_on, 0, 2 * FLAVORS);
	tcase_add_loop_test(tcase, test_it_waits_for_the_reader, 0, 2 * FLAVORS);
	tcase_add_test(tcase, test_it_hands_on_other_answers);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
