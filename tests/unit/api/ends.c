/*
 * ends: of sections, of waits, of all entries, of the map; and who owns what then.
 */
#include "fixture.h"

START_TEST(test_sections_nest)
{
	struct count_key key = count_key(1);
	void *seen;

	put(1, 10);
	nbmap_enter(map);
	ck_assert_int_eq(nbmap_del(map, &key, &seen), 0);
	nbmap_leave(map);
	/* Still inside the outer one. */
	ck_assert_int_eq(nbmap_barrier(map), -EDEADLK);
	ck_assert_uint_eq(count_number(seen), 10);
}
END_TEST

START_TEST(test_waiting_inside_a_section_is_refused)
{
	put(1, 5);
	put(1, 7);
	ck_assert_int_eq(nbmap_barrier(map), -EDEADLK);
	ck_assert_int_eq(nbmap_reclaim(map), -EDEADLK);
	ck_assert_int_eq(nbmap_destroy(map), -EDEADLK);
	ck_assert_int_eq(nbmap_before_fork(), -EDEADLK);
	ck_assert_uint_eq(stats().pending_objects, 1);
	assert_only_seven();
	put(2, 20);
	ck_assert_uint_eq(number_at(2), 20);
}
END_TEST

START_TEST(test_destroying_nothing_is_allowed)
{
	ck_assert_int_eq(nbmap_destroy(NULL), 0);
}
END_TEST

START_TEST(test_reclaim_says_how_much_it_freed)
{
	put(1, 10);
	put(1, 11);
	put(1, 12);
	ck_assert_uint_eq(stats().pending_objects, 2);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_reclaim(map), 2);
	ck_assert_int_eq(nbmap_reclaim(map), 0);
	nbmap_enter(map);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
}
END_TEST

START_TEST(test_clear_removes_everything)
{
	ck_assert_int_eq(nbmap_clear(map), 0);
	for (uint64_t id = 0; id < 500; id++)
		put(id, id + 1);
	ck_assert_int_eq(nbmap_clear(map), 0);
	ck_assert_uint_eq(nbmap_count(map), 0);
	for (uint64_t id = 0; id < 500; id++)
		ck_assert_uint_eq(number_at(id), 0);
	put(3, 30);
	ck_assert_uint_eq(nbmap_count(map), 1);
	settle();
	/* All that was cleared is gone, keys too. */
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 1);
	ck_assert_uint_eq(number_at(3), 30);
}
END_TEST

START_TEST(test_without_value_free_values_are_the_callers)
{
	struct count_key key = count_key(1);
	void *first = value(10), *second = value(20), *seen;

	type.value_free = NULL;
	restart();
	ck_assert_int_eq(nbmap_put(map, &key, first, NULL), 0);
	ck_assert_int_eq(nbmap_put(map, &key, second, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	ck_assert_int_eq(nbmap_del(map, &key, &seen), 0);
	ck_assert_ptr_eq(seen, second);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 2);
	unused(first);
	unused(second);
}
END_TEST

/* Without key_dup the map keeps the caller's pointer. */
START_TEST(test_without_key_dup_keys_are_the_callers)
{
	static struct count_key keys[300];
	struct nbmap_iter iter;
	const void *key;
	void *stored;
	size_t met = 0;

	type.key_dup = NULL;
	type.key_free = NULL;
	restart();
	for (size_t i = 0; i < 300; i++) {
		keys[i] = count_key(i);
		ck_assert_int_eq(nbmap_put(map, &keys[i], value(i), NULL), 0);
	}
	ck_assert_uint_eq(count_made(count, COUNT_KEYS), 0);
	ck_assert_int_eq(nbmap_iter_init(map, &iter), 0);
	for (; nbmap_iter_next(&iter, &key, &stored); met++)
		ck_assert_ptr_eq(key, &keys[count_number(stored)]);
	ck_assert_uint_eq(met, 300);
}
END_TEST

void add_ends(TCase *tcase)
{
	tcase_add_test(tcase, test_sections_nest);
	tcase_add_test(tcase, test_waiting_inside_a_section_is_refused);
	tcase_add_test(tcase, test_destroying_nothing_is_allowed);
	tcase_add_test(tcase, test_reclaim_says_how_much_it_freed);
	tcase_add_test(tcase, test_clear_removes_everything);
	tcase_add_test(tcase, test_without_value_free_values_are_the_callers);
	tcase_add_test(tcase, test_without_key_dup_keys_are_the_callers);
}
