/*
 * configuration: what the map copies of it, and what it hands on to callbacks.
 */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

START_TEST(test_a_domain_in_use_is_not_destroyed)
{
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_domain_destroy(domain), -EBUSY);
	nbmap_enter(map);
	put(1, 10);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_int_eq(nbmap_domain_destroy(NULL), 0);
}
END_TEST

/* Everything the map was told by pointer it has copied. */
START_TEST(test_type_and_allocator_are_copied)
{
	memset(&type, 0, sizeof(type));
	memset(&allocator, 0, sizeof(allocator));
	memset(&config, 0, sizeof(config));
	for (uint64_t id = 0; id < 200; id++)
		put(id, id);
	ck_assert_uint_eq(nbmap_count(map), 200);
}
END_TEST

/* ---- The argument of callbacks ------------------------------------------ */

static char marker;
static unsigned called; /* one bit a callback */

static uint64_t marked_hash(const void *key, uint64_t seed, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	ck_assert_uint_eq(seed, SEED);
	called |= 1;
	return (uintptr_t)key;
}

static bool marked_equal(const void *a, const void *b, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	called |= 2;
	return *(const char *)a == *(const char *)b;
}

static void *marked_dup(const void *key, void *arg)
{
	char *copy = malloc(1);

	ck_assert_ptr_eq(arg, &marker);
	ck_assert_ptr_nonnull(copy);
	*copy = *(const char *)key;
	called |= 4;
	return copy;
}

static void marked_key_free(void *key, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	called |= 8;
	free(key);
}

static void marked_value_free(void *stored, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	ck_assert_uint_ge(nbmap_int_of(stored), 1);
	called |= 16;
}

static bool marked_value_equal(const void *a, const void *b, void *arg)
{
	ck_assert_ptr_eq(arg, &marker);
	called |= 32;
	return a == b;
}

static uint64_t same_hash(const void *key, uint64_t seed, void *arg)
{
	(void)marked_hash(key, seed, arg);
	return 1;
}

START_TEST(test_every_callback_gets_the_argument_last)
{
	type = (struct nbmap_type){same_hash,	      marked_equal,	  marked_dup, marked_key_free,
				   marked_value_free, marked_value_equal, NULL,	      NULL};
	config.arg = &marker;
	called = 0;
	restart();
	ck_assert_int_eq(nbmap_put(map, "a", nbmap_int(1), NULL), 0);
	ck_assert_int_eq(nbmap_put(map, "b", nbmap_int(2), NULL), 0);
	ck_assert_ptr_eq(nbmap_get(map, "b"), nbmap_int(2));
	ck_assert_int_eq(nbmap_replace(map, "a", nbmap_int(3), nbmap_int(4), NULL), -EAGAIN);
	ck_assert_int_eq(nbmap_del(map, "a", NULL), 0);
	restart();
	ck_assert_uint_eq(called, 63);
}
END_TEST

/* ---- Seeds -------------------------------------------------------------- */

/* The order of a walk shows the seed: strings, whose hash is keyed. */
static void order_of_strings(char order[64])
{
	struct nbmap_iter iter;
	const void *key;
	void *stored;

	type = *nbmap_type_string();
	restart();
	for (char text[2] = "A"; text[0] < 'A' + 50; text[0]++)
		ck_assert_int_eq(nbmap_put(map, text, nbmap_int(1), NULL), 0);
	ck_assert_int_eq(nbmap_iter_init(map, &iter), 0);
	while (nbmap_iter_next(&iter, &key, &stored))
		*order++ = *(const char *)key;
	*order = 0;
}

START_TEST(test_a_fixed_seed_fixes_the_order)
{
	char first[64], second[64];

	order_of_strings(first);
	order_of_strings(second);
	ck_assert_uint_eq(strlen(first), 50);
	ck_assert_str_eq(first, second);
	config.seed = 0; /* a seed like any other */
	order_of_strings(first);
	ck_assert_str_ne(first, second);
	order_of_strings(second);
	ck_assert_str_eq(first, second);
}
END_TEST

/* 50! orders: no chance to meet the same one. */
START_TEST(test_seeds_are_random_by_default)
{
	char first[64], second[64];

	config.flags = 0;
	order_of_strings(first);
	order_of_strings(second);
	ck_assert_str_ne(first, second);
}
END_TEST

void add_configuration(TCase *tcase)
{
	tcase_add_test(tcase, test_a_domain_in_use_is_not_destroyed);
	tcase_add_test(tcase, test_type_and_allocator_are_copied);
	tcase_add_test(tcase, test_every_callback_gets_the_argument_last);
	tcase_add_test(tcase, test_a_fixed_seed_fixes_the_order);
	tcase_add_test(tcase, test_seeds_are_random_by_default);
}
