/*
 * misuse: what debug builds name, and end the process for, beside calls outside of
 * sections (section_test), callbacks that change their own map (reentry_test) or
 * destroy something (nesting_test), and threads that register twice
 * (registration_test):
 *
 *   a map or a domain that is destroyed twice
 *   a section begun by a thread that the flavour does not know
 *   something retired outside of a section
 *
 * Beside each stands what looks like it and is right, which must pass in silence.
 * Each happens in a child, which makes the maps itself.  The library is nbmap_tiny,
 * which names misuse in every build.
 */
#include <check.h>
#include <errno.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"
#include "words.h"

static enum nbmap_flavor flavor;
static unsigned flags; /* of the domains */

/* ---- Twice -------------------------------------------------------------- */

static struct nbmap *make_objects(void)
{
	struct nbmap_config config = {.type = nbmap_type_string(), .flavor = flavor, .flags = flags};
	struct nbmap *map;

	crew_check(!nbmap_new(&map, &config));
	return map;
}

static struct nbmap_u64 *make_integers(void)
{
	struct nbmap_config config = {.flavor = flavor, .flags = flags};
	struct nbmap_u64 *map;

	crew_check(!nbmap_u64_new(&map, &config));
	return map;
}

static struct nbmap_domain *make_domain(void)
{
	struct nbmap_domain_config config = {.flavor = flavor, .flags = flags};
	struct nbmap_domain *domain;

	crew_check(!nbmap_domain_new(&domain, &config));
	return domain;
}

static struct nbmap_domain *share_domain(void)
{
	struct nbmap_domain *domain;

	crew_check(!nbmap_domain_shared(&domain, flavor, flags));
	return domain;
}

static void destroy_a_map_twice(void *arg)
{
	struct nbmap *map = make_objects();

	(void)arg;
	(void)make_objects();
	crew_check(!nbmap_destroy(map));
	(void)nbmap_destroy(map);
}

static void destroy_a_map_of_integers_twice(void *arg)
{
	struct nbmap_u64 *map = make_integers();

	(void)arg;
	(void)make_integers();
	crew_check(!nbmap_u64_destroy(map));
	(void)nbmap_u64_destroy(map);
}

static void destroy_a_domain_twice(void *arg)
{
	struct nbmap_domain *domain = make_domain();

	(void)arg;
	(void)make_domain();
	crew_check(!nbmap_domain_destroy(domain));
	(void)nbmap_domain_destroy(domain);
}

static void let_go_of_a_shared_domain_twice(void *arg)
{
	struct nbmap_domain *domain = share_domain();

	(void)arg;
	crew_check(!nbmap_domain_destroy(domain));
	(void)nbmap_domain_destroy(domain);
}

/* ... and each once. */
static void destroy_all_once(void *arg)
{
	struct nbmap_domain *domain = make_domain(), *shared = share_domain(), *again = share_domain();
	struct nbmap_u64 *integers = make_integers();
	struct nbmap *objects = make_objects();

	(void)arg;
	crew_check(!nbmap_destroy(objects) && !nbmap_u64_destroy(integers));
	crew_check(!nbmap_destroy(NULL) && !nbmap_u64_destroy(NULL) && !nbmap_domain_destroy(NULL));
	crew_check(!nbmap_domain_destroy(domain));
	crew_check(!nbmap_domain_destroy(shared) && !nbmap_domain_destroy(again));
	/* Its memory may be that of the one before. */
	objects = make_objects();
	crew_check(!nbmap_destroy(objects));
}

/* Refused is not destroyed. */
static void destroy_after_a_refusal(void *arg)
{
	struct nbmap *map = make_objects();
	struct nbmap_domain *domain = make_domain();

	(void)arg;
	flavor_register(flavor);
	nbmap_enter(map);
	if (flavor != NBMAP_QSBR) {
		crew_check(nbmap_destroy(map) == -EDEADLK);
		crew_check(nbmap_domain_destroy(domain) == -EDEADLK);
	}
	nbmap_leave(map);
	crew_check(!nbmap_destroy(map) && !nbmap_domain_destroy(domain));
}

static const struct {
	void (*act)(void *arg);
	const char *call, *why; /* NULL: nothing is wrong */
} ends[] = {
	{destroy_a_map_twice, "nbmap_destroy", "no such map"},
	{destroy_a_map_of_integers_twice, "nbmap_u64_destroy", "no such map"},
	{destroy_a_domain_twice, "nbmap_domain_destroy", "no such domain"},
	{let_go_of_a_shared_domain_twice, "nbmap_domain_destroy", "no such domain"},
	{destroy_all_once, NULL, NULL},
	{destroy_after_a_refusal, NULL, NULL},
};
#define ENDS ((int)(sizeof(ends) / sizeof(*ends)))

/* _i: row and flavour. */
START_TEST(test_what_is_destroyed_twice_is_named)
{
	flavor = (enum nbmap_flavor)(_i % FLAVORS);
	flags = NBMAP_NO_THREAD;
	if (ends[_i / FLAVORS].call)
		words_assert_named(ends[_i / FLAVORS].act, NULL, ends[_i / FLAVORS].call, ends[_i / FLAVORS].why);
	else
		words_assert_none(ends[_i / FLAVORS].act, NULL);
}
END_TEST

/* ---- Sections ----------------------------------------------------------- */

static void enter_a_map(void *arg)
{
	(void)arg;
	nbmap_enter(make_objects());
}

static void enter_a_map_of_integers(void *arg)
{
	(void)arg;
	nbmap_u64_enter(make_integers());
}

static void enter_a_domain(void *arg)
{
	(void)arg;
	nbmap_domain_enter(make_domain());
}

static void enter_them_all(void *arg)
{
	flavor_register(flavor);
	enter_a_map(arg);
	enter_a_map_of_integers(arg);
	enter_a_domain(arg);
}

START_TEST(test_a_section_begun_by_a_stranger_is_named)
{
	flavor = (enum nbmap_flavor)_i;
	flags = NBMAP_NO_THREAD;
	words_assert_none(enter_them_all, NULL);
	if (flavor == NBMAP_BP) {
		words_assert_none(enter_a_map, NULL);
		return;
	}
	words_assert_named(enter_a_map, NULL, "nbmap_enter", "unregistered");
	words_assert_named(enter_a_map_of_integers, NULL, "nbmap_u64_enter", "unregistered");
	words_assert_named(enter_a_domain, NULL, "nbmap_domain_enter", "unregistered");
}
END_TEST

static void free_nothing(void *object, void *arg)
{
	(void)object;
	(void)arg;
}

static void retire_inside(void *arg)
{
	struct nbmap_domain *domain = make_domain();

	flavor_register(flavor);
	nbmap_domain_enter(domain);
	crew_check(!nbmap_domain_retire(domain, &flavor, free_nothing, arg));
	nbmap_domain_leave(domain);
}

static void retire_outside(void *arg)
{
	struct nbmap_domain *domain = make_domain();

	flavor_register(flavor);
	flavor_offline(flavor);
	(void)nbmap_domain_retire(domain, &flavor, free_nothing, arg);
}

START_TEST(test_what_is_retired_outside_a_section_is_named)
{
	flavor = (enum nbmap_flavor)_i;
	flags = NBMAP_NO_THREAD;
	words_assert_none(retire_inside, NULL);
	words_assert_named(retire_outside, NULL, "nbmap_domain_retire", "called outside");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse");
	TCase *tcase = tcase_create("misuse");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_what_is_destroyed_twice_is_named, 0, ENDS * FLAVORS);
	tcase_add_loop_test(tcase, test_a_section_begun_by_a_stranger_is_named, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_what_is_retired_outside_a_section_is_named, 0, FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
