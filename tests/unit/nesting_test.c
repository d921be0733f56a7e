/*
 * nesting: callbacks of reclamation that use other maps, and maps that hold maps.
 *
 * A value_free, a key_free, a free given to nbmap_retire() run wherever garbage is
 * freed: in a waiting call, in a thread of the domain, in a write to any map, in
 * nbmap_destroy().  In all of these, and in all flavours, they may use another map,
 * within a section.  They cannot wait: a map or a domain is not destroyed by them,
 * which debug builds name; whoever keeps maps in a map puts them on a list, which is
 * emptied elsewhere.
 *
 * What the library is to end the process for happens in a child that made all of it
 * itself.
 */
#include <check.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"
#include "words.h"

static bool named; /* this library names misuse */

/* ---- An outer map, and what its callbacks do ----------------------------- */

/* Where they run. */
enum place {
	IN_A_BARRIER,	/* value_free of a value that was removed */
	IN_A_CLEAR,	/* ... of one that was cleared */
	IN_DESTROY,	/* ... of one that was left */
	IN_A_WRITE,	/* ... in a put to another map, which frees what is ripe */
	IN_KEY_FREE,	/* key_free, at the end */
	IN_RETIRE_FREE, /* what nbmap_retire() was given */
	IN_AN_UPDATE,	/* value_free of a value that an update made and did not store */
	PLACES
};

static enum nbmap_flavor flavor;
static struct nbmap_domain *domain;
static struct nbmap *outer;
static struct nbmap_u64 *inner;
static struct nbmap_domain *other_domain;
static int (*deed)(void);
static unsigned deeds;
static int result;

static void do_it(void)
{
	if (deed) {
		result = deed();
		deeds++;
	}
}

static void *dup_string(const void *key, void *arg)
{
	return nbmap_type_string()->key_dup(key, arg);
}

static void free_string(void *key, void *arg)
{
	if (arg)
		do_it();
	nbmap_type_string()->key_free(key, NULL);
}

static void free_value(void *value, void *arg)
{
	(void)value;
	if (!arg)
		do_it();
}

static void free_retired(void *object, void *arg)
{
	(void)object;
	(void)arg;
	do_it();
}

static void open_maps(enum place place)
{
	struct nbmap_domain_config domain_config = {.flavor = flavor, .flags = NBMAP_NO_THREAD, .assist = 1};
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type, .arg = place == IN_KEY_FREE ? &deeds : NULL};
	struct nbmap_config inner_config = {.flags = 0};

	type.key_dup = dup_string;
	type.key_free = free_string;
	type.value_free = free_value;
	deeds = 0;
	result = 1;
	crew_check(!nbmap_domain_new(&domain, &domain_config));
	crew_check(!nbmap_domain_new(&other_domain, &domain_config));
	config.domain = inner_config.domain = domain;
	crew_check(!nbmap_new(&outer, &config));
	crew_check(!nbmap_u64_new(&inner, &inner_config));
	flavor_register(flavor);
}

static void close_inner(void)
{
	crew_check(!nbmap_u64_destroy(inner));
	crew_check(!nbmap_domain_destroy(domain));
	crew_check(!nbmap_domain_destroy(other_domain));
	flavor_unregister(flavor);
}

/* Garbage of the outer map, which is ripe; and then a writer who must free, to make more. */
static void write_until_freed(void)
{
	struct nbmap_config config = {.domain = domain};
	struct nbmap_type type = {.value_free = free_value};
	struct nbmap_u64 *third;

	config.type = &type;
	config.arg = &deeds; /* whose values do nothing */
	crew_check(!nbmap_u64_new(&third, &config));
	for (unsigned i = 0; !deeds; i++) {
		crew_check(i < 1000);
		nbmap_u64_enter(third);
		crew_check(!nbmap_u64_put(third, 1, nbmap_int(i), NULL));
		nbmap_u64_leave(third);
		flavor_quiescent(flavor);
		/* Grace periods alone: this frees nothing. */
		crew_check(!nbmap_domain_synchronize(domain));
	}
	crew_check(!nbmap_u64_destroy(third));
}

static int make_and_keep(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	(void)current;
	(void)arg;
	*value = nbmap_int(7);
	return NBMAP_KEEP;
}

/* Let a callback of the outer map run, where it says; the map is gone afterwards. */
static void let_it_run(enum place place)
{
	nbmap_enter(outer);
	crew_check(!nbmap_put(outer, "key", nbmap_int(1), NULL));
	if (place == IN_A_BARRIER)
		crew_check(!nbmap_del(outer, "key", NULL));
	if (place == IN_A_WRITE)
		for (unsigned i = 2; i < 100; i++)
			crew_check(!nbmap_put(outer, "key", nbmap_int(i), NULL));
	if (place == IN_A_CLEAR)
		crew_check(!nbmap_clear(outer));
	if (place == IN_AN_UPDATE)
		crew_check(!nbmap_update(outer, "key", make_and_keep, NULL, NULL));
	if (place == IN_RETIRE_FREE)
		crew_check(!nbmap_retire(outer, &deeds, free_retired, NULL));
	nbmap_leave(outer);
	flavor_quiescent(flavor);
	if (place == IN_A_WRITE)
		write_until_freed();
	else if (place != IN_DESTROY && place != IN_KEY_FREE)
		crew_check(!nbmap_barrier(outer));
	crew_check(deeds > 0 || place == IN_DESTROY || place == IN_KEY_FREE);
	if (place != IN_DESTROY && place != IN_KEY_FREE)
		deed = NULL;
	crew_check(!nbmap_destroy(outer));
	crew_check(deeds > 0);
}

/* ---- Deeds that wait ----------------------------------------------------- */

static int destroy_map(void)
{
	return nbmap_u64_destroy(inner);
}

static int destroy_domain(void)
{
	return nbmap_domain_destroy(other_domain);
}

static int wait_for_all(void)
{
	return nbmap_u64_barrier(inner);
}

static int wait_for_readers(void)
{
	return nbmap_domain_synchronize(other_domain);
}

static void run_in_a_child(void *place)
{
	open_maps(*(enum place *)place);
	let_it_run(*(enum place *)place);
}

static const struct {
	int (*deed)(void);
	const char *name; /* of what is named: others only refuse */
} waits[] = {
	{destroy_map, "nbmap_u64_destroy"},
	{destroy_domain, "nbmap_domain_destroy"},
	{wait_for_all, NULL},
	{wait_for_readers, NULL},
};
#define WAITS ((int)(sizeof(waits) / sizeof(*waits)))

/* _i: deed, place and flavour. */
START_TEST(test_a_callback_destroys_nothing)
{
	enum place place = (enum place)(_i / FLAVORS % PLACES);

	flavor = (enum nbmap_flavor)(_i % FLAVORS);
	deed = waits[_i / FLAVORS / PLACES].deed;
	if (named && waits[_i / FLAVORS / PLACES].name) {
		words_assert_named(run_in_a_child, &place, waits[_i / FLAVORS / PLACES].name, "by a callback");
		return;
	}
	open_maps(place);
	let_it_run(place);
	ck_assert_int_eq(result, -EDEADLK);
	/* What was to be destroyed is there. */
	nbmap_u64_enter(inner);
	ck_assert_int_eq(nbmap_u64_put(inner, 1, nbmap_int(1), NULL), 0);
	nbmap_u64_leave(inner);
	close_inner();
}
END_TEST

/* ---- Deeds that are allowed ---------------------------------------------- */

static int use_inner(void)
{
	struct nbmap_iter iter;
	uint64_t key;
	void *value;
	int error;

	nbmap_u64_enter(inner);
	error = nbmap_u64_put(inner, deeds, nbmap_int(deeds), NULL);
	crew_check(nbmap_u64_get(inner, deeds) == nbmap_int(deeds));
	crew_check(!nbmap_u64_iter_init(inner, &iter));
	crew_check(nbmap_u64_iter_next(&iter, &key, &value));
	nbmap_u64_leave(inner);
	return error;
}

START_TEST(test_a_callback_may_use_another_map)
{
	enum place place = (enum place)(_i / FLAVORS);

	flavor = (enum nbmap_flavor)(_i % FLAVORS);
	deed = use_inner;
	open_maps(place);
	let_it_run(place);
	ck_assert_int_eq(result, 0);
	nbmap_u64_enter(inner);
	ck_assert_uint_eq(nbmap_u64_count(inner), deeds);
	nbmap_u64_leave(inner);
	close_inner();
}
END_TEST

/* Also where the thread that waits was not known to the flavour, or was offline. */
static void destroy_outer(void *arg)
{
	(void)arg;
	crew_check(!nbmap_destroy(outer));
}

START_TEST(test_also_while_a_map_is_destroyed_by_a_stranger)
{
	flavor = (enum nbmap_flavor)(_i % FLAVORS);
	deed = use_inner;
	open_maps(IN_DESTROY);
	nbmap_enter(outer);
	for (char key[2] = "A"; key[0] <= 'Z'; key[0]++)
		crew_check(!nbmap_put(outer, key, nbmap_int(1), NULL));
	nbmap_leave(outer);
	flavor_offline(flavor);
	if (_i / FLAVORS)
		elsewhere(destroy_outer, NULL);
	else
		destroy_outer(NULL);
	flavor_online(flavor);
	ck_assert_uint_eq(deeds, 26);
	ck_assert_int_eq(result, 0);
	close_inner();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nesting");
	TCase *tcase = tcase_create("nesting");

	named = words_are_to_be_expected();
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_a_callback_destroys_nothing, 0, WAITS * PLACES * FLAVORS);
	tcase_add_loop_test(tcase, test_a_callback_may_use_another_map, 0, PLACES * FLAVORS);
	tcase_add_loop_test(tcase, test_also_while_a_map_is_destroyed_by_a_stranger, 0, 2 * FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
