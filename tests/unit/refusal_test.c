/*
 * refusal: arguments that no call may take: keys and values that are NULL,
 * misaligned, reserved or out of range, reserved words as the expected value,
 * actions that do not exist.  Each goes to every call that takes such a thing,
 * and after each refusal the map must be what it was: every entry, the count,
 * the copies of keys, the values, and, where no migration is under way to be
 * helped along, the very statistics.
 *
 * All kinds of key take part: copied objects, pointers with a tag, pointers of
 * 64 bits, integers; and maps at rest as well as in the midst of a migration.
 */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "life.h"
#include "run.h"
#include "map.h"
#include "nbmap.h"

enum kind { COPIED, POINTER, WIDE, INTEGER, KINDS };
#define CASES (2 * KINDS) /* at rest, migrating */
#define KEYS 64u
#define ABSENT (KEYS - 1) /* never put */
#define REMOVED 0u	  /* put and removed: a tombstone */
#define PRESENT 1u

/* ---- The map ------------------------------------------------------------ */

static struct count *count;
static struct nbmap_domain *domain;
static enum kind kind;
static bool migrating;
static struct nbmap *objects;
static struct nbmap_u64 *integers;
static struct nb_map *core;

struct key {
	const void *object;
	uint64_t integer;
};

static struct key key_of(unsigned id)
{
	static struct count_key keys[KEYS];

	keys[id] = count_key(id);
	return (struct key){kind == COPIED ? (const void *)&keys[id] : (const void *)(uintptr_t)(8 * (id + 1)), id};
}

static struct key key_of_bits(uint64_t bits)
{
	return (struct key){(const void *)(uintptr_t)bits, bits};
}

/* What an update does. */
struct update {
	int action;
	void *value;
	unsigned calls;
};

static int update_object(const void *key, void *current, void **value, void *arg)
{
	struct update *update = arg;

	(void)key;
	(void)current;
	update->calls++;
	*value = update->value;
	return update->action;
}

static int update_integer(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	return update_object(NULL, current, value, arg);
}

enum verb { PUT, ADD, SET, REPLACE, DEL, DEL_IF, UPDATE, VERBS };

static const char *const verb_name[VERBS] = {"put", "add", "set", "replace", "del", "del_if", "update"};

#define CALL(key, name, ...)                                                                                           \
	(objects ? nbmap_##name(objects, (key).object, __VA_ARGS__)                                                    \
		 : nbmap_u64_##name(integers, (key).integer, __VA_ARGS__))
#define WHOLE(name) (objects ? nbmap_##name(objects) : nbmap_u64_##name(integers))

static int call_update(struct key key, struct update *update, void **seen)
{
	return objects ? nbmap_update(objects, key.object, update_object, update, seen)
		       : nbmap_u64_update(integers, key.integer, update_integer, update, seen);
}

/* UPDATE stores `value`. */
static int call(enum verb verb, struct key key, const void *expected, void *value, void **seen)
{
	struct update update = {.action = NBMAP_SET, .value = value};

	switch (verb) {
	case PUT:
		return CALL(key, put, value, seen);
	case ADD:
		return CALL(key, add, value, seen);
	case SET:
		return CALL(key, set, value, seen);
	case REPLACE:
		return CALL(key, replace, expected, value, seen);
	case DEL:
		return CALL(key, del, seen);
	case DEL_IF:
		return CALL(key, del_if, expected, seen);
	default:
		return call_update(key, &update, seen);
	}
}

static void *get(struct key key)
{
	return objects ? nbmap_get(objects, key.object) : nbmap_u64_get(integers, key.integer);
}

static void *value(uint64_t number)
{
	void *made = count_value(count, number);

	crew_check(made != NULL);
	return made;
}

static void put(unsigned id)
{
	crew_check(!call(PUT, key_of(id), NULL, value(id), NULL));
}

static struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	if (objects)
		nbmap_stats(objects, &now);
	else
		nbmap_u64_stats(integers, &now);
	return now;
}

static void begin(int turn)
{
	struct nbmap_allocator allocator;
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD, .allocator = &allocator};
	struct nbmap_config config = {.allocator = &allocator};
	struct nbmap_type type;
	unsigned id = PRESENT + 1;

	kind = (enum kind)(turn % KINDS);
	migrating = turn / KINDS;
	count = count_new();
	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	config.domain = domain;
	config.arg = count;
	config.flags = kind == WIDE ? NBMAP_WIDE_KEYS : 0;
	type = kind == COPIED ? count_type() : kind == INTEGER ? count_value_type() : *nbmap_type_pointer();
	type.value_free = count_value_free;
	config.type = &type;
	objects = NULL;
	if (kind == INTEGER)
		ck_assert_int_eq(nbmap_u64_new(&integers, &config), 0);
	else
		ck_assert_int_eq(nbmap_new(&objects, &config), 0);
	core = objects ? &objects->map : &integers->map;
	WHOLE(enter);
	put(REMOVED);
	put(PRESENT);
	crew_check(!call(DEL, key_of(REMOVED), NULL, NULL, NULL));
	while (stats().tables == 1)
		put(id++);
	ck_assert_uint_lt(id, ABSENT);
	while (!migrating && stats().tables > 1)
		put(PRESENT);
	ck_assert(migrating == (stats().tables > 1));
}

/* A walk completes what was left, and meets every entry once. */
static void finish(void)
{
	struct nbmap_iter iter;
	const void *object;
	uint64_t integer;
	void *found;
	size_t entries = 0;

	ck_assert_int_eq(objects ? nbmap_iter_init(objects, &iter) : nbmap_u64_iter_init(integers, &iter), 0);
	while (objects ? nbmap_iter_next(&iter, &object, &found) : nbmap_u64_iter_next(&iter, &integer, &found))
		entries++;
	ck_assert_uint_eq(entries, WHOLE(count));
	ck_assert(nb_map_valid(core));
	WHOLE(leave);
	ck_assert_int_eq(WHOLE(destroy), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

/* ---- What must not change ----------------------------------------------- */

static char untouched_mark;
#define UNTOUCHED ((void *)&untouched_mark)

static struct picture {
	void *value[KEYS];
	size_t entries;
	uint64_t keys, values;
	struct nbmap_stats stats;
} before;

static struct picture picture(void)
{
	struct picture now;

	for (unsigned id = 0; id < KEYS; id++)
		now.value[id] = get(key_of(id));
	now.entries = WHOLE(count);
	now.keys = count_alive(count, COUNT_KEYS);
	now.values = count_alive(count, COUNT_VALUES);
	now.stats = stats();
	return now;
}

/* As it was in `before`, but for `extra` values that the test holds. */
static void assert_unchanged(const char *after, uint64_t extra)
{
	struct picture now = picture();

	for (unsigned id = 0; id < KEYS; id++)
		ck_assert_msg(now.value[id] == before.value[id], "after %s: key %u holds %p, not %p", after, id,
			      now.value[id], before.value[id]);
	ck_assert_msg(now.entries == before.entries && now.stats.entries == before.stats.entries,
		      "after %s: %zu entries", after, now.entries);
	ck_assert_msg(now.keys == before.keys && now.values == before.values + extra,
		      "after %s: a key or value more or less", after);
	if (!migrating)
		ck_assert_msg(!memcmp(&now.stats, &before.stats, sizeof(now.stats)), "after %s: other statistics",
			      after);
	ck_assert_msg(nb_map_valid(core), "after %s: the invariants do not hold", after);
}

static void assert_refused(enum verb verb, int result, int expected, void *seen)
{
	ck_assert_msg(result == expected, "%s: %d, not %d", verb_name[verb], result, expected);
	ck_assert_msg(seen == UNTOUCHED, "%s: seen was set", verb_name[verb]);
}

/* ---- Values ------------------------------------------------------------- */

START_TEST(test_values_that_cannot_be_stored)
{
	static const enum verb storing[] = {PUT, ADD, SET, REPLACE, UPDATE};
	static const unsigned ids[] = {PRESENT, REMOVED, ABSENT};
	uintptr_t present;

	begin(_i);
	before = picture();
	present = (uintptr_t)get(key_of(PRESENT));
	/* Below 8 are the codes of an empty slot and of a removed value; what is no multiple of 4 has a phase in it. */
	const uintptr_t bad[] = {0, 2, 3, 4, 5, 6, 7, 9, 10, 11, present + 1, present + 2, present + 3, UINTPTR_MAX};
	void *const too_large[] = {nbmap_int(NBMAP_INT_MAX + 1), nbmap_int(UINT64_MAX / 4), nbmap_int(UINT64_MAX)};

	for (size_t v = 0; v < sizeof(storing) / sizeof(*storing); v++)
		for (size_t k = 0; k < 3; k++) {
			for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
				void *seen = UNTOUCHED;

				assert_refused(storing[v],
					       call(storing[v], key_of(ids[k]), (void *)present, (void *)bad[i], &seen),
					       -EINVAL, seen);
				assert_unchanged(verb_name[storing[v]], 0);
			}
			for (size_t i = 0; i < sizeof(too_large) / sizeof(*too_large); i++) {
				void *seen = UNTOUCHED;

				assert_refused(storing[v],
					       call(storing[v], key_of(ids[k]), (void *)present, too_large[i], &seen),
					       -ERANGE, seen);
				assert_unchanged(verb_name[storing[v]], 0);
			}
		}
	finish();
}
END_TEST

/* The expected value is only compared: no word of the map's own equals it. */
START_TEST(test_reserved_words_are_never_the_expected_value)
{
	static const enum verb comparing[] = {REPLACE, DEL_IF};
	static const unsigned ids[] = {PRESENT, REMOVED, ABSENT};
	void *made;
	uintptr_t present;

	begin(_i);
	before = picture();
	present = (uintptr_t)get(key_of(PRESENT));
	made = value(1);
	const uintptr_t words[] = {1, 2, 3, 4, 5, 6, 7, 9, present + 1, present + 2, present + 3, UINTPTR_MAX};

	for (size_t v = 0; v < 2; v++)
		for (size_t k = 0; k < 3; k++)
			for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
				void *seen = UNTOUCHED;
				int result = call(comparing[v], key_of(ids[k]), (void *)words[i], made, &seen);

				ck_assert_int_eq(result, ids[k] == PRESENT ? -EAGAIN : -ENOENT);
				ck_assert_ptr_eq(seen, ids[k] == PRESENT ? (void *)present : NULL);
				assert_unchanged(verb_name[comparing[v]], 1);
			}
	count_value_free(made, count);
	finish();
}
END_TEST

/* ---- Keys --------------------------------------------------------------- */

static const struct odd_key {
	enum kind kind;
	uint64_t bits;
	int inserting; /* what a call that would insert it answers */
	int other;
} odd_keys[] = {
	{COPIED, 0, -EINVAL, -EINVAL},
	{POINTER, 0, -EINVAL, -EINVAL},
	/* Too wide for a tag beside them; the lower bits of some are a key that is there. */
	{POINTER, UINT64_C(1) << 48, -ERANGE, -ENOENT},
	{POINTER, UINT64_C(1) << 48 | 16, -ERANGE, -ENOENT},
	{POINTER, UINT64_C(1) << 63 | 16, -ERANGE, -ENOENT},
	{POINTER, UINT64_MAX, -ERANGE, -ENOENT},
	/* The words of a slot that is empty or closed. */
	{WIDE, 0, -EINVAL, -EINVAL},
	{WIDE, 1, -EINVAL, -EINVAL},
};

static void give_odd_key(const struct odd_key *odd)
{
	struct key key = key_of_bits(odd->bits);
	void *made = value(1);

	ck_assert_ptr_null(get(key));
	for (int verb = 0; verb < VERBS; verb++) {
		bool inserts = verb == PUT || verb == ADD || verb == UPDATE;
		int expected = inserts ? odd->inserting : odd->other;
		void *seen = UNTOUCHED;
		int result = call((enum verb)verb, key, made, made, &seen);

		/* An update's value belongs to the map from the call of the callback on. */
		if (verb == UPDATE && expected == -ERANGE)
			made = value(1);
		ck_assert_msg(result == expected, "%s of %#llx: %d, not %d", verb_name[verb],
			      (unsigned long long)odd->bits, result, expected);
		ck_assert_ptr_eq(seen, expected == -ENOENT ? NULL : UNTOUCHED);
		assert_unchanged(verb_name[verb], 1);
	}
	count_value_free(made, count);
}

/* What stores nothing finds nothing. */
static void update_odd_key(const struct odd_key *odd)
{
	static const int actions[] = {NBMAP_KEEP, NBMAP_REMOVE};

	for (size_t i = 0; i < 2; i++) {
		struct update update = {.action = actions[i]};
		void *seen = UNTOUCHED;
		int result = call_update(key_of_bits(odd->bits), &update, &seen);

		ck_assert_int_eq(result, odd->other == -EINVAL ? -EINVAL : 0);
		ck_assert_uint_eq(update.calls, odd->other == -EINVAL ? 0 : 1);
		ck_assert_ptr_eq(seen, odd->other == -EINVAL ? UNTOUCHED : NULL);
		assert_unchanged("update", 0);
	}
}

START_TEST(test_keys_that_cannot_be_stored)
{
	begin(_i);
	before = picture();
	for (size_t i = 0; i < sizeof(odd_keys) / sizeof(*odd_keys); i++)
		if (odd_keys[i].kind == kind) {
			give_odd_key(&odd_keys[i]);
			update_odd_key(&odd_keys[i]);
		}
	finish();
}
END_TEST

/* No integer is reserved, and no pointer that is not in the list above. */
START_TEST(test_keys_at_the_edge_are_keys)
{
	static const uint64_t edges[KINDS][4] = {
		[POINTER] = {1, 2, (UINT64_C(1) << 48) - 1, 7},
		[WIDE] = {2, UINT64_MAX, UINT64_C(1) << 63, UINT64_C(1) << 48},
		[INTEGER] = {UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63, UINT64_C(1) << 48},
	};

	begin(_i);
	for (size_t i = 0; i < 4 && kind != COPIED; i++) {
		struct key key = key_of_bits(edges[kind][i]);
		void *made = value(i);

		ck_assert_ptr_null(get(key));
		ck_assert_int_eq(call(ADD, key, NULL, made, NULL), 0);
		ck_assert_ptr_eq(get(key), made);
		if (i % 2)
			ck_assert_int_eq(call(DEL_IF, key, made, NULL, NULL), 0);
	}
	finish();
}
END_TEST

/* ---- Other arguments ---------------------------------------------------- */

START_TEST(test_missing_arguments)
{
	static const unsigned ids[] = {PRESENT, REMOVED, ABSENT};
	void *made;

	begin(_i);
	before = picture();
	made = value(1);
	for (size_t k = 0; k < 3; k++) {
		struct key key = key_of(ids[k]);
		void *seen = UNTOUCHED;

		assert_refused(REPLACE, call(REPLACE, key, NULL, made, &seen), -EINVAL, seen);
		assert_refused(DEL_IF, call(DEL_IF, key, NULL, made, &seen), -EINVAL, seen);
		assert_refused(UPDATE, CALL(key, update, NULL, NULL, &seen), -EINVAL, seen);
		assert_unchanged("a missing argument", 1);
	}
	count_value_free(made, count);
	finish();
}
END_TEST

/* What the callback left in *value is freed at once, as it is at any other end. */
START_TEST(test_actions_that_do_not_exist)
{
	static const struct {
		int action, result;
	} odd[] = {
		{3, -EINVAL}, {4, -EINVAL},	  {255, -EINVAL},	    {INT_MAX, -EINVAL},
		{-1, -1},     {INT_MIN, INT_MIN}, {-ECANCELED, -ECANCELED},
	};
	static const unsigned ids[] = {PRESENT, REMOVED, ABSENT};

	begin(_i);
	before = picture();
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
			for (unsigned leaves = 0; leaves < 2; leaves++) {
				struct update update = {.action = odd[i].action, .value = leaves ? value(1) : NULL};
				void *seen = UNTOUCHED;

				assert_refused(UPDATE, call_update(key_of(ids[k]), &update, &seen), odd[i].result,
					       seen);
				ck_assert_uint_eq(update.calls, 1);
				assert_unchanged("update", 0);
			}
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("refusal");
	TCase *tcase = tcase_create("refusal");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_values_that_cannot_be_stored, 0, CASES);
	tcase_add_loop_test(tcase, test_reserved_words_are_never_the_expected_value, 0, CASES);
	tcase_add_loop_test(tcase, test_keys_that_cannot_be_stored, 0, CASES);
	tcase_add_loop_test(tcase, test_keys_at_the_edge_are_keys, 0, CASES);
	tcase_add_loop_test(tcase, test_missing_arguments, 0, CASES);
	tcase_add_loop_test(tcase, test_actions_that_do_not_exist, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
