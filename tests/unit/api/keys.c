/*
 * keys: pointers as keys, with and without room for a tag.
 */
#include "fixture.h"

/* Keys that are pointers and nothing else need not point anywhere. */
#define BOGUS(bits) ((const void *)(uintptr_t)(bits))
#define HIGH_BIT (UINT64_C(1) << 63)

static void restart_with_pointers(unsigned flags)
{
	type = *nbmap_type_pointer();
	config.flags |= flags;
	restart();
}

START_TEST(test_keys_that_use_their_upper_bits_are_refused)
{
	static const uint64_t high[] = {UINT64_C(1) << 48, HIGH_BIT, UINT64_MAX};

	restart_with_pointers(0);
	for (size_t i = 0; i < sizeof(high) / sizeof(*high); i++) {
		/* Its lower bits are a key of their own, not to be mistaken for it. */
		const void *low = BOGUS((high[i] & (UINT64_MAX >> 16)) | 1);
		void *seen = UNTOUCHED;

		ck_assert_int_eq(nbmap_put(map, low, nbmap_int(1), NULL), 0);
		ck_assert_int_eq(nbmap_put(map, BOGUS(high[i]), nbmap_int(2), &seen), -ERANGE);
		ck_assert_int_eq(nbmap_add(map, BOGUS(high[i]), nbmap_int(2), &seen), -ERANGE);
		ck_assert_ptr_eq(seen, UNTOUCHED);
		ck_assert_ptr_null(nbmap_get(map, BOGUS(high[i])));
		ck_assert_int_eq(nbmap_del(map, BOGUS(high[i]), NULL), -ENOENT);
		ck_assert_ptr_eq(nbmap_get(map, low), nbmap_int(1));
	}
}
END_TEST

START_TEST(test_wide_keys_may_use_all_bits)
{
	const void *const keys[] = {BOGUS(2), BOGUS(HIGH_BIT), BOGUS(HIGH_BIT | 2), BOGUS(UINT64_MAX),
				    BOGUS(1ull << 48)};
	const size_t n = sizeof(keys) / sizeof(*keys);

	restart_with_pointers(NBMAP_WIDE_KEYS);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(nbmap_put(map, keys[i], nbmap_int(i), NULL), 0);
	ck_assert_uint_eq(nbmap_count(map), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_ptr_eq(nbmap_get(map, keys[i]), nbmap_int(i));
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(nbmap_del(map, keys[i], NULL), 0);
	/* The two that would look like the states of an empty slot. */
	for (uintptr_t bits = 0; bits < 2; bits++) {
		ck_assert_int_eq(nbmap_put(map, BOGUS(bits), nbmap_int(1), NULL), -EINVAL);
		ck_assert_int_eq(nbmap_del(map, BOGUS(bits), NULL), -EINVAL);
		ck_assert_ptr_null(nbmap_get(map, BOGUS(bits)));
	}
}
END_TEST

/* A tag keeps the pointer 1 apart from the states. */
START_TEST(test_the_pointer_one_is_a_key_like_any_other)
{
	restart_with_pointers(0);
	ck_assert_int_eq(nbmap_put(map, BOGUS(1), nbmap_int(5), NULL), 0);
	ck_assert_ptr_eq(nbmap_get(map, BOGUS(1)), nbmap_int(5));
	ck_assert_int_eq(nbmap_del(map, BOGUS(1), NULL), 0);
	ck_assert_ptr_null(nbmap_get(map, BOGUS(1)));
}
END_TEST

/* Copies, too, must fit: one whose pointer does not is given back as it is. */
static void *far_copy(const void *key, void *arg)
{
	void *copy = count_type().key_dup(key, arg);

	return (void *)((uintptr_t)copy | HIGH_BIT);
}

static void far_free(void *key, void *arg)
{
	ck_assert((uintptr_t)key & HIGH_BIT);
	count_type().key_free((void *)((uintptr_t)key & ~HIGH_BIT), arg);
}

START_TEST(test_a_key_copy_that_uses_its_upper_bits_is_refused)
{
	struct count_key key = count_key(1);

	type.key_dup = far_copy;
	type.key_free = far_free;
	restart();
	ck_assert_int_eq(nbmap_put(map, &key, nbmap_int(1), NULL), -ERANGE);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(count_made(count, COUNT_KEYS), 1);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
}
END_TEST

START_TEST(test_pointers_are_never_read_through)
{
	restart_with_pointers(0);
	for (uintptr_t bits = 1; bits < 1000; bits++)
		ck_assert_int_eq(nbmap_put(map, BOGUS(bits), nbmap_int(bits), NULL), 0);
	for (uintptr_t bits = 1; bits < 1000; bits++)
		ck_assert_ptr_eq(nbmap_get(map, BOGUS(bits)), nbmap_int(bits));
	ck_assert_ptr_null(nbmap_get(map, BOGUS(1000)));
}
END_TEST

void add_keys(TCase *tcase)
{
	tcase_add_test(tcase, test_keys_that_use_their_upper_bits_are_refused);
	tcase_add_test(tcase, test_wide_keys_may_use_all_bits);
	tcase_add_test(tcase, test_the_pointer_one_is_a_key_like_any_other);
	tcase_add_test(tcase, test_a_key_copy_that_uses_its_upper_bits_is_refused);
	tcase_add_test(tcase, test_pointers_are_never_read_through);
}
