/*
 * misuse: what debug builds name, and end the process for, beside calls outside of
 * sections (section_test), callbacks that change their own map (reentry_test) or
 * destroy something (nesting_test), and threads that register twice
 * (registration_test):
 *
 *   a map or a domain that is destroyed twice
 *   a section begun by a thread that the flavour does not know
 *   something retired outside of a section
 *   a hash that is not the key's
 *   a spare that an update's callback has freed and replaced, with AddressSanitizer
 *
 * Beside each stands what looks like it and is right, which must pass in silence.
 * Each happens in a child, which makes the maps itself.  The library is nbmap_tiny,
 * which names misuse in every build.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

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
	(void)!nbmap_domain_retire(domain, &flavor, free_nothing, arg);
}

START_TEST(test_what_is_retired_outside_a_section_is_named)
{
	flavor = (enum nbmap_flavor)_i;
	flags = NBMAP_NO_THREAD;
	words_assert_none(retire_inside, NULL);
	words_assert_named(retire_outside, NULL, "nbmap_domain_retire", "called outside");
}
END_TEST

/* ---- Spares ------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN 1
#endif
#endif

static void *make_value(void)
{
	void *made = malloc(16);

	crew_check(made != NULL);
	return made;
}

static void free_value(void *value, void *arg)
{
	(void)arg;
	free(value);
}

/* What a callback does with the spare of its lost attempt. */
struct deed {
	bool integer, frees, replaces;
	bool numbers; /* values are integers */
	bool unowned; /* there is no value_free, and only the first value is to be freed */
	int action;
	uint64_t place[3]; /* for the others */
	struct nbmap *objects;
	struct nbmap_u64 *integers;
	unsigned calls;
};

static void drop_value(void *value, void *arg)
{
	(void)value;
	(void)arg;
}

static void *value_of(struct deed *deed, unsigned n)
{
	if (deed->numbers)
		return nbmap_int((UINT64_C(1) << 40) + n);
	return deed->unowned && n ? &deed->place[n] : make_value();
}

static void put_another(void *arg)
{
	struct deed *deed = arg;

	nbmap_domain_enter(deed->integer ? nbmap_u64_domain_of(deed->integers) : nbmap_domain_of(deed->objects));
	crew_check(!(deed->integer ? nbmap_u64_put(deed->integers, 1, value_of(deed, 2), NULL)
				   : nbmap_put(deed->objects, "key", value_of(deed, 2), NULL)));
	nbmap_domain_leave(deed->integer ? nbmap_u64_domain_of(deed->integers) : nbmap_domain_of(deed->objects));
}

static int do_deed(void **value, struct deed *deed)
{
	if (!deed->calls++) {
		*value = value_of(deed, 0);
		elsewhere(put_another, deed);
		return NBMAP_SET;
	}
	if (deed->frees)
		free(*value);
	*value = deed->replaces ? value_of(deed, 1) : NULL;
	return deed->action;
}

static int do_deed_to_object(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	(void)current;
	return do_deed(value, arg);
}

static int do_deed_to_integer(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	(void)current;
	return do_deed(value, arg);
}

static void update_by_deed(void *arg)
{
	struct deed *deed = arg;
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_type values = {.value_free = NULL};
	struct nbmap_config config = {.type = deed->integer ? &values : &type, .flags = NBMAP_NO_THREAD};

	if (!deed->unowned)
		type.value_free = values.value_free = deed->numbers ? drop_value : free_value;
	if (deed->integer) {
		crew_check(!nbmap_u64_new(&deed->integers, &config));
		nbmap_u64_enter(deed->integers);
		(void)nbmap_u64_update(deed->integers, 1, do_deed_to_integer, deed, NULL);
		nbmap_u64_leave(deed->integers);
		crew_check(!nbmap_u64_destroy(deed->integers));
	} else {
		crew_check(!nbmap_new(&deed->objects, &config));
		nbmap_enter(deed->objects);
		(void)nbmap_update(deed->objects, "key", do_deed_to_object, deed, NULL);
		nbmap_leave(deed->objects);
		crew_check(!nbmap_destroy(deed->objects));
	}
	crew_check(deed->calls == 2);
}

/* _i: how the update ends, and the kind of key. */
START_TEST(test_a_spare_freed_and_replaced_is_named)
{
	static const int actions[] = {NBMAP_SET, NBMAP_KEEP, NBMAP_REMOVE, -ECANCELED};
	struct deed deed = {.integer = _i % 2, .replaces = true, .action = actions[_i / 2]};

	words_assert_none(update_by_deed, &deed);
	deed.frees = true;
#ifdef ASAN
	words_assert_named(update_by_deed, &deed, deed.integer ? "nbmap_u64_update" : "nbmap_update",
			   "freed the spare");
#endif
	/* NULL says that it has. */
	deed.replaces = false;
	words_assert_none(update_by_deed, &deed);
}
END_TEST

/* Whatever it is as an address. */
START_TEST(test_a_spare_may_be_an_integer)
{
	struct deed deed = {
		.integer = _i % 2, .unowned = _i / 2, .numbers = true, .replaces = true, .action = NBMAP_SET};

	words_assert_none(update_by_deed, &deed);
}
END_TEST

START_TEST(test_a_spare_that_no_value_free_frees_is_the_callbacks)
{
	struct deed deed = {.integer = _i, .unowned = true, .frees = true, .replaces = true, .action = NBMAP_SET};

	words_assert_none(update_by_deed, &deed);
}
END_TEST

/* ---- Hashes ------------------------------------------------------------- */

static int keep(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	(void)current;
	(void)value;
	(void)arg;
	return NBMAP_KEEP;
}

static void *create_nothing(const void *key, void *arg)
{
	(void)key;
	(void)arg;
	return NULL;
}

static const void *const two_keys[] = {"other", "key"};

static void get_hashed(struct nbmap *map, uint64_t hash)
{
	(void)nbmap_get_hashed(map, "key", hash);
}

static void get_batch_hashed(struct nbmap *map, uint64_t hash)
{
	const uint64_t hashes[] = {nbmap_hash(map, "other"), hash};
	void *values[2];

	nbmap_get_batch_hashed(map, two_keys, hashes, values, 2);
}

static void put_hashed(struct nbmap *map, uint64_t hash)
{
	(void)nbmap_put_hashed(map, "key", hash, nbmap_int(1), NULL);
}

static void add_hashed(struct nbmap *map, uint64_t hash)
{
	(void)nbmap_add_hashed(map, "key", hash, nbmap_int(1), NULL);
}

static void del_hashed(struct nbmap *map, uint64_t hash)
{
	(void)nbmap_del_hashed(map, "key", hash, NULL);
}

static void update_hashed(struct nbmap *map, uint64_t hash)
{
	(void)nbmap_update_hashed(map, "key", hash, keep, NULL, NULL);
}

static void get_or_add_hashed(struct nbmap *map, uint64_t hash)
{
	(void)!nbmap_get_or_add_hashed(map, "key", hash, create_nothing, NULL, NULL);
}

static void add_int_hashed(struct nbmap *map, uint64_t hash)
{
	(void)nbmap_add_int_hashed(map, "key", hash, 1, NULL);
}

static const struct hashed {
	const char *name;
	void (*make)(struct nbmap *map, uint64_t hash);
} hashed[] = {
	{"nbmap_get_hashed", get_hashed},
	{"nbmap_get_batch_hashed", get_batch_hashed},
	{"nbmap_put_hashed", put_hashed},
	{"nbmap_add_hashed", add_hashed},
	{"nbmap_del_hashed", del_hashed},
	{"nbmap_update_hashed", update_hashed},
	{"nbmap_get_or_add_hashed", get_or_add_hashed},
	{"nbmap_add_int_hashed", add_int_hashed},
};
#define HASHED ((int)(sizeof(hashed) / sizeof(*hashed)))

/* The hash is that of the key in this map; or of the key in a map of another seed, of
 * another key. */
enum whose { RIGHT, OTHER_MAP, OTHER_KEY };

struct hashed_call {
	const struct hashed *call;
	enum whose whose;
};

static void call_with_a_hash(void *arg)
{
	const struct hashed_call *now = arg;
	struct nbmap *map = make_objects(), *other = make_objects();

	flavor_register(flavor);
	nbmap_enter(map);
	now->call->make(map, now->whose == OTHER_MAP   ? nbmap_hash(other, "key")
			     : now->whose == OTHER_KEY ? nbmap_hash(map, "other")
						       : nbmap_hash(map, "key"));
	nbmap_leave(map);
}

START_TEST(test_a_wrong_hash_is_named)
{
	struct hashed_call now = {&hashed[_i], RIGHT};

	flavor = NBMAP_BP;
	flags = NBMAP_NO_THREAD;
	words_assert_none(call_with_a_hash, &now);
	now.whose = OTHER_MAP;
	words_assert_named(call_with_a_hash, &now, hashed[_i].name, "the hash is not");
	now.whose = OTHER_KEY;
	words_assert_named(call_with_a_hash, &now, hashed[_i].name, "the hash is not");
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
	tcase_add_loop_test(tcase, test_a_wrong_hash_is_named, 0, HASHED);
	tcase_add_loop_test(tcase, test_a_spare_freed_and_replaced_is_named, 0, 2 * 4);
	tcase_add_loop_test(tcase, test_a_spare_may_be_an_integer, 0, 2 * 2);
	tcase_add_loop_test(tcase, test_a_spare_that_no_value_free_frees_is_the_callbacks, 0, 2);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
