/*
 * operations: get, put, add, set, replace, del and del_if.
 */
#include "fixture.h"

/* ---- Get, put, add, set ------------------------------------------------- */

START_TEST(test_get_of_an_absent_key_is_null)
{
	ck_assert_uint_eq(number_at(1), 0);
	put(1, 10);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_uint_eq(number_at(2), 0);
}
END_TEST

START_TEST(test_put_inserts_and_overwrites)
{
	struct count_key key = count_key(1);
	void *first = value(10), *second = value(20), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_put(map, &key, first, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_ptr_eq(nbmap_get(map, &key), first);
	ck_assert_int_eq(nbmap_put(map, &key, second, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	/* Valid until the section ends, displaced or not. */
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_ptr_eq(nbmap_get(map, &key), second);
	ck_assert_uint_eq(nbmap_count(map), 1);
	ck_assert_uint_eq(stats().pending_objects, 1);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
}
END_TEST

START_TEST(test_put_of_the_same_value_neither_frees_nor_retires)
{
	struct count_key key = count_key(1);
	void *made = value(10), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_put(map, &key, made, NULL), 0);
	ck_assert_int_eq(nbmap_put(map, &key, made, &seen), 0);
	ck_assert_ptr_eq(seen, made);
	ck_assert_int_eq(nbmap_set(map, &key, made, NULL), 0);
	ck_assert_int_eq(nbmap_replace(map, &key, made, made, NULL), 0);
	ck_assert_uint_eq(stats().pending_objects, 0);
	settle();
	ck_assert_uint_eq(number_at(1), 10);
}
END_TEST

START_TEST(test_add_only_inserts)
{
	struct count_key key = count_key(1);
	void *first = value(10), *second = value(20), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_add(map, &key, first, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_add(map, &key, second, &seen), -EEXIST);
	ck_assert_ptr_eq(seen, first);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_int_eq(del(1), 0);
	ck_assert_int_eq(nbmap_add(map, &key, second, NULL), 0);
	ck_assert_uint_eq(number_at(1), 20);
}
END_TEST

START_TEST(test_set_only_overwrites)
{
	struct count_key key = count_key(1);
	void *made = value(10), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_set(map, &key, made, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(nbmap_count(map), 0);
	put(1, 5);
	ck_assert_int_eq(nbmap_set(map, &key, made, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 5);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_int_eq(del(1), 0);
	made = value(30);
	seen = UNTOUCHED;
	ck_assert_int_eq(nbmap_set(map, &key, made, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	unused(made);
}
END_TEST

/* ---- Replace, del, del_if ----------------------------------------------- */

START_TEST(test_replace_compares_pointers)
{
	struct count_key key = count_key(1);
	void *first = value(10), *twin = value(10), *second = value(20), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_replace(map, &key, first, second, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_put(map, &key, first, NULL), 0);
	ck_assert_int_eq(nbmap_replace(map, &key, twin, second, &seen), -EAGAIN);
	ck_assert_ptr_eq(seen, first);
	ck_assert_int_eq(nbmap_replace(map, &key, first, second, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	ck_assert_uint_eq(number_at(1), 20);
	unused(twin);
}
END_TEST

START_TEST(test_value_equal_decides_replace_and_del_if)
{
	struct count_key key = count_key(1);
	void *twin = value(10), *other = value(11), *second = value(20), *seen = UNTOUCHED;

	type.value_equal = count_value_equal;
	restart();
	put(1, 10);
	ck_assert_int_eq(nbmap_replace(map, &key, other, second, NULL), -EAGAIN);
	ck_assert_int_eq(nbmap_replace(map, &key, twin, second, &seen), 0);
	ck_assert_ptr_ne(seen, twin);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_int_eq(nbmap_del_if(map, &key, twin, NULL), -EAGAIN);
	put(1, 10);
	ck_assert_int_eq(nbmap_del_if(map, &key, twin, NULL), 0);
	ck_assert_uint_eq(number_at(1), 0);
	unused(twin);
	unused(other);
}
END_TEST

START_TEST(test_del_removes_once)
{
	struct count_key key = count_key(1);
	void *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_del(map, &key, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	put(1, 10);
	ck_assert_int_eq(nbmap_del(map, &key, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(number_at(1), 0);
	seen = UNTOUCHED;
	ck_assert_int_eq(nbmap_del(map, &key, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	put(1, 20);
	ck_assert_uint_eq(number_at(1), 20);
}
END_TEST

START_TEST(test_del_if_removes_only_what_is_expected)
{
	struct count_key key = count_key(1);
	void *first = value(10), *other = value(11), *seen = UNTOUCHED;

	ck_assert_int_eq(nbmap_del_if(map, &key, first, &seen), -ENOENT);
	ck_assert_ptr_null(seen);
	ck_assert_int_eq(nbmap_put(map, &key, first, NULL), 0);
	ck_assert_int_eq(nbmap_del_if(map, &key, other, &seen), -EAGAIN);
	ck_assert_ptr_eq(seen, first);
	ck_assert_uint_eq(number_at(1), 10);
	ck_assert_int_eq(nbmap_del_if(map, &key, first, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	ck_assert_uint_eq(nbmap_count(map), 0);
	unused(other);
}
END_TEST

void add_operations(TCase *tcase)
{
	tcase_add_test(tcase, test_get_of_an_absent_key_is_null);
	tcase_add_test(tcase, test_put_inserts_and_overwrites);
	tcase_add_test(tcase, test_put_of_the_same_value_neither_frees_nor_retires);
	tcase_add_test(tcase, test_add_only_inserts);
	tcase_add_test(tcase, test_set_only_overwrites);
	tcase_add_test(tcase, test_replace_compares_pointers);
	tcase_add_test(tcase, test_value_equal_decides_replace_and_del_if);
	tcase_add_test(tcase, test_del_removes_once);
	tcase_add_test(tcase, test_del_if_removes_only_what_is_expected);
}
