/*
 * visit: the worked example of nbmap_update in nbmap.h, as it stands there: extracted
 * from the header when this is built.
 *
 * It counts each visit once, up to its limit, whoever else does the same, and what it
 * has made is freed once, in all flavours.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"
#include "string_map.h"

struct page {
	uint64_t visits;
};

static _Atomic uint64_t pages_made, pages_freed;
static bool no_memory;

/* The example's malloc. */
static void *counted_malloc(size_t size)
{
	if (no_memory)
		return NULL;
	pages_made++;
	return malloc(size);
}

static void free_page(void *value, void *arg)
{
	(void)arg;
	pages_freed++;
	free(value);
}

int visit(const void *key, void *current, void **value, void *limit);
#define malloc counted_malloc
#include "visit.h"
#undef malloc

#define THREADS 8
#define VISITS 2000

static struct string_map strings;
static struct nbmap *map;

static void begin(enum nbmap_flavor flavor)
{
	pages_made = pages_freed = 0;
	no_memory = false;
	string_map_begin(&strings, flavor, free_page);
	map = strings.map;
}

static void finish(void)
{
	string_map_end(&strings);
	ck_assert_uint_eq(pages_made, pages_freed);
}

static uint64_t visits(const char *key)
{
	const struct page *page = nbmap_get(map, key);

	return page ? page->visits : 0;
}

static void visit_many_times(struct crew_member *member)
{
	unsigned limit = *(unsigned *)member->arg;

	for (unsigned i = 0; i < VISITS; i++) {
		nbmap_enter(map);
		crew_check(!nbmap_update(map, i % 2 ? "even" : "odd", visit, &limit, NULL));
		nbmap_leave(map);
		flavor_quiescent(member->flavor);
	}
}

/* _i: flavour, and whether the limit is met. */
START_TEST(test_it_counts_each_visit)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / 2);
	unsigned all = THREADS * VISITS / 2, limit = _i % 2 ? all / 2 : all;

	begin(flavor);
	crew_run(flavor, THREADS, visit_many_times, &limit);
	nbmap_enter(map);
	ck_assert_uint_eq(visits("even"), limit);
	ck_assert_uint_eq(visits("odd"), limit);
	nbmap_leave(map);
	finish();
}
END_TEST

START_TEST(test_it_hands_on_the_lack_of_memory)
{
	unsigned limit = 10;

	begin(NBMAP_BP);
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_update(map, "page", visit, &limit, NULL), 0);
	no_memory = true;
	ck_assert_int_eq(nbmap_update(map, "page", visit, &limit, NULL), -ENOMEM);
	ck_assert_int_eq(nbmap_update(map, "other", visit, &limit, NULL), -ENOMEM);
	ck_assert_uint_eq(visits("page"), 1);
	ck_assert_uint_eq(visits("other"), 0);
	nbmap_leave(map);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("visit");
	TCase *tcase = tcase_create("visit");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_it_counts_each_visit, 0, 2 * FLAVORS);
	tcase_add_test(tcase, test_it_hands_on_the_lack_of_memory);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
