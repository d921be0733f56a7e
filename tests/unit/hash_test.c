/*
 * hash: poor and hostile hash functions cost time, never an entry and never
 * memory without bound.
 *
 *   constant      all keys have one hash, so one home and one tag
 *   one bit       two homes, two tags
 *   identity      the hash is the key's small number
 *   first line    the home is the first line in a table of any size
 *   last line     the last one: every probe wraps
 *
 * The last two are chosen by an adversary who knows the map's seed.  Each is
 * led through growth, all operations at random, shrinking, walks and clear,
 * beside a plain array of what every key should hold; with keys that are
 * copied, borrowed, without a tag, and integers.  Integers are chosen by the
 * word that the map makes of them, which is their hash.
 *
 * Of a good hash a tag is left to tell keys apart that have one home: hardly any
 * other key is then compared with the one that is looked for.
 */
#include <check.h>
#include <errno.h>

#include "count_alloc.h"
#include "crew.h"
#include "life.h"
#include "run.h"
#include "map.h"
#include "nbmap.h"
#include "table.h"
#include "unmix.h"

enum type { COPIED, BORROWED, WIDE, INTEGER, TYPES };
enum hashing { CONSTANT, ONE_BIT, IDENTITY, FIRST_LINE, LAST_LINE, HASHINGS };
#define CASES (TYPES * HASHINGS)
#define KEYS 150u
#define MIXED 4000u
#define KEPT 5u

/* ---- The map, and what it should hold ----------------------------------- */

static struct count *count;
static struct nbmap_domain *domain;
static enum hashing hashing;
static uint64_t seed, state;
static struct nbmap *objects;
static struct nbmap_u64 *integers;
static struct nb_map *core;
static struct count_key key[KEYS]; /* borrowed ones must outlive the map */
static void *held[KEYS];

static uint64_t hash_of(uint64_t id)
{
	switch (hashing) {
	case CONSTANT:
		return 7;
	case ONE_BIT:
		return id & 1;
	case IDENTITY:
		return id;
	case FIRST_LINE:
		return unmix64(id) ^ seed;
	default:
		return unmix64(~id) ^ seed;
	}
}

/* The words 0 and 1 are among those of the first line: the keys aside. */
static uint64_t integer_of(uint64_t id)
{
	const uint64_t middle = UINT64_C(1) << 63;

	switch (hashing) {
	case CONSTANT:
		return nb_integer_of_word(&core->keys, middle + id);
	case ONE_BIT:
		return nb_integer_of_word(&core->keys, (id & 1) * middle + id);
	case IDENTITY:
		return id;
	case FIRST_LINE:
		return nb_integer_of_word(&core->keys, id);
	default:
		return nb_integer_of_word(&core->keys, ~id);
	}
}

#define CALL_0(id, name) (objects ? nbmap_##name(objects, &key[id]) : nbmap_u64_##name(integers, integer_of(id)))
#define CALL(id, name, ...)                                                                                            \
	(objects ? nbmap_##name(objects, &key[id], __VA_ARGS__)                                                        \
		 : nbmap_u64_##name(integers, integer_of(id), __VA_ARGS__))
#define WHOLE(name) (objects ? nbmap_##name(objects) : nbmap_u64_##name(integers))

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
	enum type kind = (enum type)(turn / HASHINGS);
	struct nbmap_allocator allocator;
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD, .allocator = &allocator};
	struct nbmap_config config = {.allocator = &allocator, .flags = NBMAP_FIXED_SEED};
	struct nbmap_type type = kind == INTEGER ? count_value_type() : count_type();

	hashing = (enum hashing)(turn % HASHINGS);
	state = test_random_stream((uint64_t)turn);
	seed = test_random(&state);
	count = count_new();
	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	config.type = &type;
	config.arg = count;
	config.domain = domain;
	config.seed = seed;
	if (kind == WIDE)
		config.flags |= NBMAP_WIDE_KEYS;
	if (kind == BORROWED) {
		type.key_dup = NULL;
		type.key_free = NULL;
	}
	objects = NULL;
	if (kind == INTEGER)
		ck_assert_int_eq(nbmap_u64_new(&integers, &config), 0);
	else
		ck_assert_int_eq(nbmap_new(&objects, &config), 0);
	core = objects ? &objects->map : &integers->map;
	for (unsigned id = 0; id < KEYS; id++) {
		key[id] = count_key_hashed(id, hash_of(id));
		held[id] = NULL;
	}
	WHOLE(enter);
}

static void finish(void)
{
	WHOLE(leave);
	ck_assert_int_eq(WHOLE(destroy), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

/* Outside for a moment: free what waits. */
static void settle(void)
{
	WHOLE(leave);
	ck_assert_int_eq(WHOLE(barrier), 0);
	WHOLE(enter);
}

/* ---- Operations, each beside the array ---------------------------------- */

static void *value(unsigned id)
{
	void *made = count_value(count, id);

	crew_check(made != NULL);
	return made;
}

static int store_object(const void *object, void *current, void **made, void *arg)
{
	(void)object;
	(void)current;
	*made = arg;
	return arg ? NBMAP_SET : NBMAP_REMOVE;
}

static int store_integer(uint64_t integer, void *current, void **made, void *arg)
{
	(void)integer;
	return store_object(NULL, current, made, arg);
}

/* Store `made`, or remove if it is NULL. */
static int update(unsigned id, void *made, void **seen)
{
	return objects ? nbmap_update(objects, &key[id], store_object, made, seen)
		       : nbmap_u64_update(integers, integer_of(id), store_integer, made, seen);
}

static void store(unsigned verb, unsigned id)
{
	void *made = value(id), *seen, *before = held[id];
	int result, expected = 0;

	switch (verb % 5) {
	case 0:
		result = CALL(id, add, made, &seen);
		expected = before ? -EEXIST : 0;
		break;
	case 1:
		result = CALL(id, set, made, &seen);
		expected = before ? 0 : -ENOENT;
		break;
	case 2:
		result = CALL(id, replace, before ? before : made, made, &seen);
		expected = before ? 0 : -ENOENT;
		break;
	case 3:
		result = update(id, made, &seen);
		break;
	default:
		result = CALL(id, put, made, &seen);
	}
	crew_check(result == expected && seen == before);
	if (result)
		count_value_free(made, count);
	else
		held[id] = made;
}

static void erase(unsigned verb, unsigned id)
{
	void *seen, *before = held[id];
	int result, expected = before ? 0 : -ENOENT;

	if (verb % 3 == 0) {
		result = update(id, NULL, &seen);
		expected = 0;
	} else if (verb % 3 == 1 && before) {
		result = CALL(id, del_if, before, &seen);
	} else {
		result = CALL(id, del, &seen);
	}
	crew_check(result == expected && seen == before);
	held[id] = NULL;
}

static void check_all(void)
{
	bool met[KEYS] = {false};
	size_t entries = 0, walked = 0;
	struct nbmap_iter iter;
	const void *object;
	uint64_t integer;
	void *found;

	for (unsigned id = 0; id < KEYS; id++) {
		crew_check(CALL_0(id, get) == held[id]);
		entries += held[id] != NULL;
	}
	ck_assert_uint_eq(WHOLE(count), entries);
	ck_assert(nb_map_valid(core));
	ck_assert_int_eq(objects ? nbmap_iter_init(objects, &iter) : nbmap_u64_iter_init(integers, &iter), 0);
	while (objects ? nbmap_iter_next(&iter, &object, &found) : nbmap_u64_iter_next(&iter, &integer, &found)) {
		uint64_t id = count_number(found);

		crew_check(id < KEYS && !met[id] && held[id] == found);
		crew_check(objects ? ((const struct count_key *)object)->id == id : integer == integer_of(id));
		met[id] = true;
		walked++;
	}
	ck_assert_uint_eq(walked, entries);
	/* Never memory: a table is not made larger because its keys crowd. */
	ck_assert_uint_le(stats().capacity, 16 * KEYS);
}

/* The adversary's keys are what they are meant to be, whatever size the table has. */
static void check_homes(void)
{
	struct nb_table *top = nb_load_acquire(&core->top);

	for (unsigned id = 0; id < KEYS && hashing != IDENTITY && hashing != ONE_BIT; id++) {
		struct nb_key first = objects ? nb_key_of_object(&core->keys, &key[0])
					      : nb_key_of_integer(&core->keys, integer_of(0));
		struct nb_key other = objects ? nb_key_of_object(&core->keys, &key[id])
					      : nb_key_of_integer(&core->keys, integer_of(id));
		size_t home = nb_table_home(top, other.hash);

		crew_check(home == nb_table_home(top, first.hash));
		crew_check(hashing != FIRST_LINE || home == 0);
		crew_check(hashing != LAST_LINE || home == top->lines - 1);
	}
}

START_TEST(test_poor_hashes_lose_no_key)
{
	size_t peak;

	begin(_i);
	/* Grow. */
	check_homes();
	for (unsigned id = 0; id < KEYS; id++) {
		store(id % 2 ? 0 : id % 4 + 3, id);
		if (id % 16 == 0)
			check_all();
	}
	check_homes();
	check_all();
	ck_assert_uint_gt(stats().migrations, 1);
	/* All operations. */
	for (unsigned i = 0; i < MIXED; i++) {
		uint64_t r = test_random(&state);
		unsigned id = (unsigned)(r >> 32) % KEYS;

		if (r % 8 < 5)
			store((unsigned)(r >> 8) % 60, id);
		else
			erase((unsigned)(r >> 8) % 60, id);
		if (i % 512 == 0)
			check_all();
		if (i % 64 == 0)
			settle();
	}
	check_all();
	for (unsigned id = 0; id < KEYS; id++)
		store(4, id);
	peak = stats().capacity;
	/* Shrink: by removals, and what comes and goes among the few that stay. */
	for (unsigned id = KEPT; id < KEYS; id++)
		erase(id, id);
	check_all();
	for (unsigned i = 0; i < 4 * KEYS; i++) {
		store(4, KEPT + i % (KEYS - KEPT));
		erase(i, KEPT + i % (KEYS - KEPT));
	}
	check_all();
	check_homes();
	ck_assert_uint_lt(stats().capacity, peak);
	/* Clear, and begin again. */
	for (unsigned id = 0; id < KEYS; id++)
		store(4, id);
	ck_assert_int_eq(WHOLE(clear), 0);
	for (unsigned id = 0; id < KEYS; id++)
		held[id] = NULL;
	check_all();
	for (unsigned id = 0; id < KEYS / 2; id++)
		store(0, id);
	check_all();
	finish();
}
END_TEST

/* ---- Tags --------------------------------------------------------------- */

#define NUMBERS 16384u

static uint64_t number[2 * NUMBERS], compared;

static uint64_t number_hash(const void *object, uint64_t unused, void *arg)
{
	const uint64_t *value = object;

	(void)unused;
	(void)arg;
	return *value;
}

static bool number_equal(const void *a, const void *b, void *arg)
{
	const uint64_t *x = a, *y = b;

	(void)arg;
	compared++;
	return *x == *y;
}

/* A tag says more of a key than its home does: of those in one line hardly two have the same. */
START_TEST(test_other_keys_are_hardly_ever_compared)
{
	struct nbmap_type type = {.hash = number_hash, .equal = number_equal};
	struct nbmap_config config = {.type = &type, .flags = NBMAP_NO_THREAD | NBMAP_FIXED_SEED};
	struct nbmap *map;

	state = test_random_stream(CASES);
	config.seed = test_random(&state);
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	for (unsigned n = 0; n < 2 * NUMBERS; n++)
		number[n] = n;
	for (unsigned n = 0; n < NUMBERS; n++)
		ck_assert_int_eq(nbmap_put(map, &number[n], nbmap_int(n), NULL), 0);
	compared = 0;
	for (unsigned n = NUMBERS; n < 2 * NUMBERS; n++)
		ck_assert_ptr_null(nbmap_get(map, &number[n]));
	ck_assert_uint_le(compared, NUMBERS / 64);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hash");
	TCase *tcase = tcase_create("hash");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_poor_hashes_lose_no_key, 0, CASES);
	tcase_add_test(tcase, test_other_keys_are_hardly_ever_compared);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
