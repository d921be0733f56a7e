/*
 * reentry: a callback that changes the very map that is waiting for it: hash, equal,
 * key_dup, value_equal, an update's, create, the sizes; by each call that changes a map.
 *
 * Debug builds name the call, and end the process.  Looking into the map is allowed,
 * and so is changing another one.  Each case happens in a child of its own, which
 * makes the two maps.
 *
 * The library is nbmap_tiny, which names it in every build.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>

#include "count_alloc.h"
#include "crew.h"
#include "nbmap.h"
#include "run.h"
#include "words.h"

#define KINDS 2

/* ---- Two maps ----------------------------------------------------------- */

static struct count *count;
static bool integer;
static struct nbmap *objects, *other_objects;
static struct nbmap_u64 *integers, *other_integers;
static struct count_key key, other_key;
static void *fresh, *expected;

#define EITHER(other, name, ...)                                                                                       \
	((void)(integer ? nbmap_u64_##name((other) ? other_integers : integers, __VA_ARGS__)                           \
			: nbmap_##name((other) ? other_objects : objects, __VA_ARGS__)))
#define ON_KEY(other, name, ...)                                                                                       \
	((void)(integer ? nbmap_u64_##name((other) ? other_integers : integers, 1, __VA_ARGS__)                        \
			: nbmap_##name((other) ? other_objects : objects, &key, __VA_ARGS__)))
#define WHOLE(other, name)                                                                                             \
	((void)(integer ? nbmap_u64_##name((other) ? other_integers : integers)                                        \
			: nbmap_##name((other) ? other_objects : objects)))

/* ---- What a callback may want ------------------------------------------- */

static int keep_object(const void *k, void *current, void **value, void *arg)
{
	(void)k;
	(void)current;
	(void)value;
	(void)arg;
	return NBMAP_KEEP;
}

static int keep_integer(uint64_t k, void *current, void **value, void *arg)
{
	return keep_object(&k, current, value, arg);
}

static void change_put(bool other)
{
	ON_KEY(other, put, fresh, NULL);
}

static void change_add(bool other)
{
	ON_KEY(other, add, fresh, NULL);
}

static void change_set(bool other)
{
	ON_KEY(other, set, fresh, NULL);
}

static void change_replace(bool other)
{
	ON_KEY(other, replace, expected, fresh, NULL);
}

static void change_del(bool other)
{
	ON_KEY(other, del, NULL);
}

static void change_del_if(bool other)
{
	ON_KEY(other, del_if, expected, NULL);
}

static void change_update(bool other)
{
	if (integer)
		(void)nbmap_u64_update(other ? other_integers : integers, 1, keep_integer, NULL, NULL);
	else
		(void)nbmap_update(other ? other_objects : objects, &key, keep_object, NULL, NULL);
}

static void *create_object(const void *k, void *value)
{
	(void)k;
	return value;
}

static void *create_integer(uint64_t k, void *value)
{
	(void)k;
	return value;
}

static void change_get_or_add(bool other)
{
	if (integer)
		(void)!nbmap_u64_get_or_add(other ? other_integers : integers, 1, create_integer, fresh, NULL);
	else
		(void)!nbmap_get_or_add(other ? other_objects : objects, &key, create_object, fresh, NULL);
}

static void change_add_int(bool other)
{
	ON_KEY(other, add_int, 1, NULL);
}

static void change_clear(bool other)
{
	WHOLE(other, clear);
}

/* Maps of integers have none of these. */

static void change_put_hashed(bool other)
{
	struct nbmap *map = other ? other_objects : objects;

	(void)nbmap_put_hashed(map, &key, nbmap_hash(map, &key), fresh, NULL);
}

static void change_add_hashed(bool other)
{
	struct nbmap *map = other ? other_objects : objects;

	(void)nbmap_add_hashed(map, &key, nbmap_hash(map, &key), fresh, NULL);
}

static void change_del_hashed(bool other)
{
	struct nbmap *map = other ? other_objects : objects;

	(void)nbmap_del_hashed(map, &key, nbmap_hash(map, &key), NULL);
}

static void change_update_hashed(bool other)
{
	struct nbmap *map = other ? other_objects : objects;

	(void)nbmap_update_hashed(map, &key, nbmap_hash(map, &key), keep_object, NULL, NULL);
}

static void change_get_or_add_hashed(bool other)
{
	struct nbmap *map = other ? other_objects : objects;

	(void)!nbmap_get_or_add_hashed(map, &key, nbmap_hash(map, &key), create_object, fresh, NULL);
}

static void change_add_int_hashed(bool other)
{
	struct nbmap *map = other ? other_objects : objects;

	(void)nbmap_add_int_hashed(map, &key, nbmap_hash(map, &key), 1, NULL);
}

static const struct {
	const char *name;
	void (*make)(bool other);
} changes[] = {
	{"put", change_put},
	{"add", change_add},
	{"set", change_set},
	{"replace", change_replace},
	{"del", change_del},
	{"del_if", change_del_if},
	{"update", change_update},
	{"clear", change_clear},
	{"get_or_add", change_get_or_add},
	{"add_int", change_add_int},
	{"put_hashed", change_put_hashed},
	{"add_hashed", change_add_hashed},
	{"del_hashed", change_del_hashed},
	{"update_hashed", change_update_hashed},
	{"get_or_add_hashed", change_get_or_add_hashed},
	{"add_int_hashed", change_add_int_hashed},
};
#define CHANGES ((int)(sizeof(changes) / sizeof(*changes)))
#define BOTH_KINDS 10 /* so many have twins for integers */

/* Looking on, in all ways. */
static void look(bool other)
{
	struct nbmap_iter iter;
	struct nbmap_stats stats;

	(void)(integer ? nbmap_u64_get(integers, 1) : nbmap_get(objects, &key));
	EITHER(other, stats, &stats);
	WHOLE(other, count);
	EITHER(other, iter_init, &iter);
}

/* ---- The callbacks ------------------------------------------------------ */

static void (*deed)(bool other);
static bool on_the_other;
static unsigned deeds;

static void do_it(void)
{
	void (*now)(bool other) = deed;

	if (!now)
		return;
	deed = NULL; /* it has callbacks of its own */
	deeds++;
	now(on_the_other);
}

enum callback { HASH, EQUAL, DUP, VALUE_EQUAL, UPDATE, CREATE, VALUE_SIZE, KEY_SIZE, CALLBACKS };
static enum callback where;

static uint64_t hash(const void *k, uint64_t seed, void *arg)
{
	if (where == HASH)
		do_it();
	return count_type().hash(k, seed, arg);
}

static bool equal(const void *a, const void *b, void *arg)
{
	if (where == EQUAL)
		do_it();
	return count_type().equal(a, b, arg);
}

static void *dup(const void *k, void *arg)
{
	if (where == DUP)
		do_it();
	return count_type().key_dup(k, arg);
}

static bool value_equal(const void *a, const void *b, void *arg)
{
	if (where == VALUE_EQUAL)
		do_it();
	return count_value_equal(a, b, arg);
}

static size_t value_size(const void *value, void *arg)
{
	if (where == VALUE_SIZE)
		do_it();
	return count_value_size(value, arg);
}

static size_t key_size(const void *k, void *arg)
{
	if (where == KEY_SIZE)
		do_it();
	return count_key_size(k, arg);
}

static int update_object(const void *k, void *current, void **value, void *arg)
{
	if (where == UPDATE)
		do_it();
	return keep_object(k, current, value, arg);
}

static int update_integer(uint64_t k, void *current, void **value, void *arg)
{
	return update_object(&k, current, value, arg);
}

static void *create(void)
{
	if (where == CREATE)
		do_it();
	return NULL;
}

static void *create_for_object(const void *k, void *arg)
{
	(void)k;
	(void)arg;
	return create();
}

static void *create_for_integer(uint64_t k, void *arg)
{
	(void)k;
	(void)arg;
	return create();
}

/* Calls that come by every callback, one after the other. */
static void use_all_callbacks(void)
{
	void *made = count_value(count, 5), *unlike = count_value(count, 6);

	crew_check(made && unlike);
	if (integer) {
		crew_check(!nbmap_u64_update(integers, 1, update_integer, NULL, NULL));
		crew_check(nbmap_u64_get_or_add(integers, 2, create_for_integer, NULL, NULL) == -ENOMEM);
		(void)nbmap_u64_replace(integers, 1, unlike, fresh, NULL);
		(void)nbmap_u64_put(integers, 1, made, NULL);
	} else {
		(void)nbmap_get(objects, &key);
		crew_check(!nbmap_update(objects, &key, update_object, NULL, NULL));
		crew_check(nbmap_get_or_add(objects, &other_key, create_for_object, NULL, NULL) == -ENOMEM);
		(void)nbmap_replace(objects, &key, unlike, fresh, NULL);
		(void)nbmap_put(objects, &other_key, made, NULL);
		(void)nbmap_del(objects, &key, NULL);
	}
}

/* ---- The fixture -------------------------------------------------------- */

static void *open_map(bool other)
{
	const struct nbmap_type value_type = {
		.value_free = count_value_free, .value_equal = value_equal, .value_size = value_size};
	struct nbmap_type type = count_type();
	struct nbmap_config config = {.type = &type, .arg = count, .flags = NBMAP_NO_THREAD};
	void *value = count_value(count, 1);

	type.hash = hash;
	type.equal = equal;
	type.key_dup = dup;
	type.value_equal = value_equal;
	type.value_size = value_size;
	type.key_size = key_size;
	if (integer)
		config.type = &value_type;
	if (integer)
		crew_check(!nbmap_u64_new(other ? &other_integers : &integers, &config));
	else
		crew_check(!nbmap_new(other ? &other_objects : &objects, &config));
	if (integer)
		nbmap_u64_enter(other ? other_integers : integers);
	else
		nbmap_enter(other ? other_objects : objects);
	ON_KEY(other, put, value, NULL);
	return value;
}

/* In a child, which does not live long enough to free anything; all is bp's. */
static void let_a_callback_do_it(void *wanted)
{
	void (*to_do)(bool other) = *(void (**)(bool other))wanted;

	deed = NULL;
	count = count_new();
	crew_check(count != NULL);
	key = count_key(1);
	other_key = count_key_hashed(2, 1);
	fresh = count_value(count, 3);
	expected = open_map(true);
	if (!on_the_other)
		expected = open_map(false);
	else
		(void)open_map(false);
	deed = to_do;
	use_all_callbacks();
	crew_check(deeds == 1);
}

static bool is_there(int change)
{
	return !integer || change < BOTH_KINDS;
}

static bool is_asked(enum callback callback)
{
	return !integer || callback == VALUE_EQUAL || callback == UPDATE || callback == CREATE ||
	       callback == VALUE_SIZE;
}

/* _i: callback, change and kind of key. */
START_TEST(test_a_callback_that_changes_its_own_map)
{
	void (*change)(bool other) = changes[_i / KINDS % CHANGES].make;
	char name[64];

	integer = _i % KINDS;
	where = (enum callback)(_i / KINDS / CHANGES);
	on_the_other = false;
	snprintf(name, sizeof(name), "nbmap_%s%s", integer ? "u64_" : "", changes[_i / KINDS % CHANGES].name);
	if (is_asked(where) && is_there(_i / KINDS % CHANGES))
		words_assert_named(let_a_callback_do_it, &change, name, "changes the map");
}
END_TEST

START_TEST(test_a_callback_that_changes_another_map)
{
	void (*change)(bool other) = changes[_i / KINDS % CHANGES].make;

	integer = _i % KINDS;
	where = (enum callback)(_i / KINDS / CHANGES);
	on_the_other = true;
	if (is_asked(where) && is_there(_i / KINDS % CHANGES))
		words_assert_none(let_a_callback_do_it, &change);
}
END_TEST

START_TEST(test_a_callback_that_looks_into_its_own_map)
{
	void (*to_do)(bool other) = look;

	integer = _i % KINDS;
	where = (enum callback)(_i / KINDS);
	on_the_other = false;
	if (is_asked(where))
		words_assert_none(let_a_callback_do_it, &to_do);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reentry");
	TCase *tcase = tcase_create("reentry");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_a_callback_that_changes_its_own_map, 0, CALLBACKS * CHANGES * KINDS);
	tcase_add_loop_test(tcase, test_a_callback_that_changes_another_map, 0, CALLBACKS * CHANGES * KINDS);
	tcase_add_loop_test(tcase, test_a_callback_that_looks_into_its_own_map, 0, CALLBACKS * KINDS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
