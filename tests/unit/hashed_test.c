/*
 * hashed: the calls that take a hash computed before do what the plain ones do.
 *
 * Two maps of one type and seed are driven side by side by random operations, one by
 * plain calls, the other by either; every answer must be the same, while the maps
 * grow, shrink, and are in the midst of migrations.  Types: strings, bytes, pointers
 * with and without room for a tag, copied keys whose hashes collide.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "nbmap.h"
#include "run.h"
#include "words.h"

#define KEYS 300
#define SEED UINT64_C(0x5eed)

/* ---- Types and keys ------------------------------------------------------ */

enum kind { STRING, BYTES, POINTER, WIDE, COUNTED, TYPES };

static enum kind kind;
static struct count *count;
static struct nbmap_domain *domain;
static struct nbmap *plain, *hashed;

/* Each twice, at different places: a key is what it says, not where it stands. */
static struct key {
	char string[2][16];
	struct nbmap_bytes bytes[2];
	struct count_key counted[2];
} keys[KEYS];

static const void *key_of(unsigned id, unsigned copy)
{
	struct key *key = &keys[id];

	switch (kind) {
	case STRING:
		return key->string[copy];
	case BYTES:
		return &key->bytes[copy];
	case COUNTED:
		return &key->counted[copy];
	default:
		return (const void *)(uintptr_t)(8 * (id + 1));
	}
}

static uint64_t calls_of_hash;

static uint64_t counting_hash(const void *key, uint64_t seed, void *arg)
{
	(void)seed;
	(void)arg;
	calls_of_hash++;
	return ((const struct count_key *)key)->hash;
}

static struct nbmap_type type_of_kind(void)
{
	struct nbmap_type type;

	switch (kind) {
	case STRING:
		return *nbmap_type_string();
	case BYTES:
		return *nbmap_type_bytes();
	case COUNTED:
		type = count_type();
		type.hash = counting_hash;
		type.value_free = NULL;
		return type;
	default:
		return *nbmap_type_pointer();
	}
}

static struct nbmap *make_map(uint64_t seed)
{
	const struct nbmap_type type = type_of_kind();
	struct nbmap_config config = {.type = &type, .arg = count, .domain = domain, .seed = seed};
	struct nbmap *map;

	config.flags = NBMAP_FIXED_SEED | (kind == WIDE ? NBMAP_WIDE_KEYS : 0);
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	return map;
}

static void begin(enum kind of)
{
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD};

	kind = of;
	for (unsigned i = 0; i < KEYS; i++)
		for (unsigned copy = 0; copy < 2; copy++) {
			snprintf(keys[i].string[copy], sizeof(keys[i].string[copy]), "key %u", i);
			keys[i].bytes[copy] = (struct nbmap_bytes){keys[i].string[copy], strlen(keys[i].string[copy])};
			/* Twenty hashes for all of them. */
			keys[i].counted[copy] = count_key_hashed(i, i % 20);
		}
	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	plain = make_map(SEED);
	hashed = make_map(SEED);
	nbmap_domain_enter(domain);
}

static void finish(void)
{
	nbmap_domain_leave(domain);
	ck_assert_int_eq(nbmap_destroy(plain), 0);
	ck_assert_int_eq(nbmap_destroy(hashed), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

/* ---- Agreement ----------------------------------------------------------- */

/* Adds one, sets, keeps or removes, by what is there. */
static int toggle(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	(void)arg;
	*value = nbmap_int(current ? nbmap_int_of(current) + 1 : 1);
	if (current && nbmap_int_of(current) % 5 == 0)
		return NBMAP_REMOVE;
	return current && nbmap_int_of(current) % 7 == 0 ? NBMAP_KEEP : NBMAP_SET;
}

static void *create(const void *key, void *value)
{
	(void)key;
	return value;
}

/* To add: half of them are below 0, and too much to take away from most. */
static int64_t delta_of(const void *value)
{
	int64_t n = (int64_t)nbmap_int_of(value);

	return n % 2 ? n : -n;
}

enum operation { GET, PUT, ADD, DEL, UPDATE, GET_OR_ADD, ADD_INT, OPERATIONS };

/* Do it to `map`, by the call that takes a hash or the plain one. */
static int operate(struct nbmap *map, bool with_hash, enum operation operation, const void *key, void *value,
		   void **seen)
{
	const uint64_t hash = nbmap_hash(plain, key);

	switch (operation) {
	case PUT:
		return with_hash ? nbmap_put_hashed(map, key, hash, value, seen) : nbmap_put(map, key, value, seen);
	case ADD:
		return with_hash ? nbmap_add_hashed(map, key, hash, value, seen) : nbmap_add(map, key, value, seen);
	case DEL:
		return with_hash ? nbmap_del_hashed(map, key, hash, seen) : nbmap_del(map, key, seen);
	case UPDATE:
		return with_hash ? nbmap_update_hashed(map, key, hash, toggle, NULL, seen)
				 : nbmap_update(map, key, toggle, NULL, seen);
	case GET_OR_ADD:
		return with_hash ? nbmap_get_or_add_hashed(map, key, hash, create, value, seen)
				 : nbmap_get_or_add(map, key, create, value, seen);
	case ADD_INT:
		return with_hash ? nbmap_add_int_hashed(map, key, hash, delta_of(value), seen)
				 : nbmap_add_int(map, key, delta_of(value), seen);
	default:
		*seen = with_hash ? nbmap_get_hashed(map, key, hash) : nbmap_get(map, key);
		return 0;
	}
}

static void assert_all_agree(void)
{
	const void *wanted[KEYS + 1];
	void *values[3][KEYS + 1];
	uint64_t hashes[KEYS + 1];

	for (unsigned i = 0; i < KEYS; i++)
		wanted[i] = key_of(i, i % 2);
	wanted[KEYS] = NULL;
	for (unsigned i = 0; i <= KEYS; i++)
		hashes[i] = nbmap_hash(hashed, wanted[i]);
	nbmap_get_batch(plain, wanted, values[0], KEYS + 1);
	nbmap_get_batch(hashed, wanted, values[1], KEYS + 1);
	nbmap_get_batch_hashed(hashed, wanted, hashes, values[2], KEYS + 1);
	for (unsigned i = 0; i <= KEYS; i++)
		crew_check(values[0][i] == values[1][i] && values[0][i] == values[2][i]);
	ck_assert_uint_eq(nbmap_count(plain), nbmap_count(hashed));
}

START_TEST(test_they_agree_with_the_plain_calls)
{
	uint64_t random = test_random_stream((uint64_t)_i), migrating = 0;
	struct nbmap_stats stats;

	begin((enum kind)_i);
	for (unsigned round = 0; round < 12; round++) {
		/* The maps grow to all the keys, and shrink to a few. */
		const unsigned range = round % 2 ? 5 : KEYS, operations = (unsigned)test_rounds(4000, 1000);

		for (unsigned i = 0; i < operations; i++) {
			uint64_t r = test_random(&random);
			enum operation operation = (enum operation)(r % OPERATIONS);
			const void *key = key_of((r >> 8) % range, r >> 20 & 1);
			void *value = nbmap_int(r >> 32), *seen[2] = {NULL, NULL};
			int result = operate(plain, false, operation, key, value, &seen[0]);

			crew_check(operate(hashed, r >> 21 & 3, operation, key, value, &seen[1]) == result);
			crew_check(seen[0] == seen[1]);
			nbmap_stats(hashed, &stats);
			migrating += stats.tables > 1;
		}
		assert_all_agree();
		for (unsigned i = 5; i < KEYS && round % 2 == 0; i++) {
			const void *key = key_of(i, 1);

			crew_check(nbmap_del(plain, key, NULL) ==
				   nbmap_del_hashed(hashed, key, nbmap_hash(hashed, key), NULL));
		}
	}
	ck_assert_uint_gt(migrating, 0);
	finish();
}
END_TEST

START_TEST(test_they_refuse_what_the_plain_calls_refuse)
{
	static char untouched;
	void *seen = &untouched;

	begin((enum kind)_i);
	const void *key = key_of(1, 0);
	const uint64_t hash = nbmap_hash(hashed, key);

	ck_assert_uint_eq(nbmap_hash(hashed, NULL), 0);
	ck_assert_ptr_null(nbmap_get_hashed(hashed, NULL, 0));
	ck_assert_int_eq(nbmap_put_hashed(hashed, NULL, 0, nbmap_int(1), &seen), -EINVAL);
	ck_assert_int_eq(nbmap_add_hashed(hashed, NULL, 0, nbmap_int(1), &seen), -EINVAL);
	ck_assert_int_eq(nbmap_del_hashed(hashed, NULL, 0, &seen), -EINVAL);
	ck_assert_int_eq(nbmap_update_hashed(hashed, NULL, 0, toggle, NULL, &seen), -EINVAL);
	ck_assert_int_eq(nbmap_update_hashed(hashed, key, hash, NULL, NULL, &seen), -EINVAL);
	ck_assert_int_eq(nbmap_get_or_add_hashed(hashed, NULL, 0, create, nbmap_int(1), &seen), -EINVAL);
	ck_assert_int_eq(nbmap_get_or_add_hashed(hashed, key, hash, NULL, NULL, &seen), -EINVAL);
	ck_assert_int_eq(nbmap_get_or_add_hashed(hashed, key, hash, create, NULL, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_put_hashed(hashed, key, hash, NULL, &seen), -EINVAL);
	ck_assert_int_eq(nbmap_add_hashed(hashed, key, hash, nbmap_int(UINT64_MAX), &seen), -ERANGE);
	ck_assert_int_eq(nbmap_add_int_hashed(hashed, NULL, 0, 1, &seen), -EINVAL);
	ck_assert_ptr_eq(seen, &untouched);
	ck_assert_int_eq(nbmap_add_int_hashed(hashed, key, hash, -1, &seen), -ERANGE);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(nbmap_count(hashed), 0);
	finish();
}
END_TEST

/* ---- The hash ------------------------------------------------------------ */

START_TEST(test_the_hash_is_that_of_the_type_under_the_seed)
{
	struct nbmap_type type;
	struct nbmap *other;
	unsigned same = 0;

	begin((enum kind)_i);
	type = type_of_kind();
	other = make_map(SEED + 1);
	for (unsigned i = 0; i < KEYS; i++) {
		const void *key = key_of(i, 0);

		crew_check(nbmap_hash(plain, key) == type.hash(key, SEED, count));
		crew_check(nbmap_hash(plain, key) == nbmap_hash(hashed, key_of(i, 1)));
		crew_check(nbmap_hash(other, key) == type.hash(key, SEED + 1, count));
		same += nbmap_hash(plain, key) == nbmap_hash(other, key);
	}
	ck_assert_uint_eq(same, kind == COUNTED ? KEYS : 0);
	nbmap_domain_leave(domain);
	ck_assert_int_eq(nbmap_destroy(other), 0);
	nbmap_domain_enter(domain);
	finish();
}
END_TEST

/* That is what they are for; but a library that names misuse computes it to compare. */
START_TEST(test_the_hash_is_not_computed_again)
{
	const bool again = words_are_to_be_expected();
	const void *key;
	uint64_t hash, before;
	void *value;

	begin(COUNTED);
	key = key_of(3, 0);
	hash = nbmap_hash(hashed, key);
	before = calls_of_hash;
	ck_assert_int_eq(nbmap_put_hashed(hashed, key, hash, nbmap_int(1), NULL), 0);
	ck_assert_ptr_eq(nbmap_get_hashed(hashed, key, hash), nbmap_int(1));
	nbmap_get_batch_hashed(hashed, &key, &hash, &value, 1);
	ck_assert_ptr_eq(value, nbmap_int(1));
	ck_assert_int_eq(nbmap_add_hashed(hashed, key, hash, nbmap_int(2), NULL), -EEXIST);
	ck_assert_int_eq(nbmap_update_hashed(hashed, key, hash, toggle, NULL, NULL), 0);
	ck_assert_int_eq(nbmap_get_or_add_hashed(hashed, key, hash, create, NULL, NULL), 0);
	ck_assert_int_eq(nbmap_add_int_hashed(hashed, key, hash, 1, NULL), 0);
	ck_assert_int_eq(nbmap_del_hashed(hashed, key, hash, NULL), 0);
	ck_assert_uint_eq(calls_of_hash - before, again ? 8 : 0);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hashed");
	TCase *tcase = tcase_create("hashed");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_they_agree_with_the_plain_calls, 0, TYPES);
	tcase_add_loop_test(tcase, test_they_refuse_what_the_plain_calls_refuse, 0, TYPES);
	tcase_add_loop_test(tcase, test_the_hash_is_that_of_the_type_under_the_seed, 0, TYPES);
	tcase_add_test(tcase, test_the_hash_is_not_computed_again);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
