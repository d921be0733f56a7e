/*
 * shortage: memory that runs out.
 */
#include "fixture.h"
#include "script.h"
#include "tuning.h"

START_TEST(test_inserting_without_memory_for_the_key)
{
	struct count_key key = count_key(2);
	void *made = value(10), *seen = UNTOUCHED;

	put(1, 5);
	count_fail_from(count, COUNT_KEYS, 1);
	ck_assert_int_eq(nbmap_put(map, &key, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_add(map, &key, made, &seen), -ENOMEM);
	ck_assert_ptr_eq(seen, UNTOUCHED);
	/* A key that is there needs no copy. */
	put(1, 7);
	ck_assert_uint_eq(count_fail_stop(count), 2);
	assert_only_seven();
	ck_assert_int_eq(nbmap_put(map, &key, made, NULL), 0);
}
END_TEST

START_TEST(test_update_without_memory_for_the_key_frees_its_value)
{
	struct script script = {.step = {{.action = NBMAP_SET, .value = value(10)}}};

	count_fail_from(count, COUNT_KEYS, 1);
	ck_assert_int_eq(update(&script, NULL), -ENOMEM);
	ck_assert_uint_eq(count_fail_stop(count), 1);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
}
END_TEST

/* An overwritten value needs a place to wait in: without one nothing is overwritten. */
START_TEST(test_overwriting_without_memory_for_garbage)
{
	struct count_key key = count_key(1);
	void *made = value(10), *present, *seen = UNTOUCHED;
	struct script script = {.step = {{.action = NBMAP_SET, .value = value(20)}}};

	put(1, 7);
	present = nbmap_get(map, &key);
	count_fail_from(count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nbmap_put(map, &key, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_set(map, &key, made, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_replace(map, &key, present, made, &seen), -ENOMEM);
	ck_assert_int_eq(update(&script, &seen), -ENOMEM);
	ck_assert_int_eq(nbmap_clear(map), -ENOMEM); /* an empty table is missing */
	ck_assert_uint_eq(count_fail_stop(count), 5);
	ck_assert_ptr_eq(seen, UNTOUCHED);
	assert_only_seven();
	ck_assert_int_eq(nbmap_put(map, &key, made, NULL), 0);
}
END_TEST

/* A removed one, too, but for removals the domain has places of its own. */
START_TEST(test_removing_without_memory_for_garbage)
{
	struct count_key key = count_key(1);
	struct script script = {.step = {{.action = NBMAP_REMOVE}}};
	void *seen = UNTOUCHED;

	count_fail_from(count, COUNT_MEMORY, 1);
	put(1, 10);
	ck_assert_int_eq(nbmap_del(map, &key, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	put(1, 11);
	ck_assert_int_eq(nbmap_del_if(map, &key, nbmap_get(map, &key), &seen), 0);
	ck_assert_uint_eq(count_number(seen), 11);
	put(1, 12);
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 12);
	ck_assert_uint_gt(count_fail_stop(count), 0);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(stats().pending_objects, 3);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
}
END_TEST

START_TEST(test_making_a_map_or_domain_without_memory)
{
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD, .allocator = &allocator};
	struct nbmap_domain *no_domain = (void *)UNTOUCHED;
	struct nbmap *none = (void *)UNTOUCHED;
	uint64_t nth = 0;
	int error;

	/* Every allocation of nbmap_new() in turn, until there is none left to fail. */
	do {
		count_fail_nth(count, COUNT_MEMORY, ++nth);
		error = nbmap_new(&none, &config);
		ck_assert_int_eq(error, count_fail_stop(count) ? -ENOMEM : 0);
		ck_assert(!error == (none != (void *)UNTOUCHED));
	} while (error);
	ck_assert_uint_gt(nth, 1);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(none), 0);
	nbmap_enter(map);
	count_fail_nth(count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nbmap_domain_new(&no_domain, &domain_config), -ENOMEM);
	ck_assert_ptr_eq(no_domain, UNTOUCHED);
	count_fail_stop(count);
}
END_TEST

/* A map that cannot grow takes entries until it is crowded, then says so, and keeps what it has. */
START_TEST(test_growing_without_memory)
{
	uint64_t stored = 0;
	int error;

	count_fail_from(count, COUNT_MEMORY, 1);
	do {
		struct count_key key = count_key(stored + 1);
		void *made = value(stored + 1);

		error = nbmap_put(map, &key, made, NULL);
		if (error)
			unused(made);
		else
			stored++;
	} while (!error);
	ck_assert_int_eq(error, -ENOMEM);
	ck_assert_uint_gt(stored * NB_CROWDED_DEN, stats().capacity * NB_CROWDED_MAX);
	ck_assert_uint_le(stored, stats().capacity * NB_CROWDED_MAX / NB_CROWDED_DEN + 1);
	count_fail_stop(count);
	ck_assert_uint_eq(nbmap_count(map), stored);
	for (uint64_t id = 1; id <= stored; id++)
		ck_assert_uint_eq(number_at(id), id);
	put(stored + 1, stored + 1);
	ck_assert_uint_eq(number_at(stored + 1), stored + 1);
}
END_TEST

void add_shortages(TCase *tcase)
{
	tcase_add_test(tcase, test_inserting_without_memory_for_the_key);
	tcase_add_test(tcase, test_update_without_memory_for_the_key_frees_its_value);
	tcase_add_test(tcase, test_overwriting_without_memory_for_garbage);
	tcase_add_test(tcase, test_removing_without_memory_for_garbage);
	tcase_add_test(tcase, test_making_a_map_or_domain_without_memory);
	tcase_add_test(tcase, test_growing_without_memory);
}
