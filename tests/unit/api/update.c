/*
 * update: what becomes of a key, of the value that the callback made, and of
 * the spare of an attempt that was lost.
 */
#include "fixture.h"
#include "script.h"

static void rival_puts(void)
{
	put(1, 99);
}

static void rival_removes(void)
{
	crew_check(!del(1));
}

START_TEST(test_update_keeps)
{
	struct script script = {.step = {{.action = NBMAP_KEEP}}};
	void *seen = UNTOUCHED;

	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_ptr_null(script.current[0]);
	ck_assert_ptr_null(script.spare[0]);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(stats().used, 0);
	put(1, 10);
	script.calls = 0;
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_ptr_eq(script.current[0], seen);
	ck_assert_uint_eq(stats().pending_objects, 0);
}
END_TEST

START_TEST(test_update_sets)
{
	void *first = value(10), *second = value(20), *seen = UNTOUCHED;
	struct script script = {.step = {{.action = NBMAP_SET, .value = first}}};

	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(number_at(1), 10);
	/* Absent when asked and still so: asked once. */
	ck_assert_uint_eq(script.calls, 1);
	script = (struct script){.step = {{.action = NBMAP_SET, .value = second}}};
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_eq(seen, first);
	ck_assert_ptr_eq(script.current[0], first);
	ck_assert_uint_eq(number_at(1), 20);
	ck_assert_uint_eq(stats().pending_objects, 1);
	/* The value that is there: nothing changes. */
	script.calls = 0;
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_eq(seen, second);
	ck_assert_uint_eq(stats().pending_objects, 1);
	settle();
	ck_assert_uint_eq(number_at(1), 20);
}
END_TEST

START_TEST(test_update_removes)
{
	struct script script = {.step = {{.action = NBMAP_REMOVE}}};
	void *seen = UNTOUCHED;

	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(stats().used, 0);
	put(1, 10);
	script.calls = 0;
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_uint_eq(count_number(seen), 10);
	ck_assert_uint_eq(nbmap_count(map), 0);
	ck_assert_uint_eq(number_at(1), 0);
}
END_TEST

/* The callback's own errno, an action that does not exist, values that cannot
 * be stored: each ends the update, with the key absent and with it present. */
START_TEST(test_update_errors_leave_things_as_they_are)
{
	static const struct {
		int action;
		uintptr_t value;
		int error;
	} wrong[] = {
		{-ECANCELED, 0, -ECANCELED}, {3, 0, -EINVAL},	      {NBMAP_SET, 0, -EINVAL},
		{NBMAP_SET, 4, -EINVAL},     {NBMAP_SET, 9, -EINVAL}, {NBMAP_SET, 1, -ERANGE},
	};
	void *kept;

	put(1, 7);
	kept = nbmap_get(map, &(struct count_key){COUNT_KEY_MARK, 1, 1});
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct script script = {.step = {{.action = wrong[i].action, .value = (void *)wrong[i].value}}};
		void *seen = UNTOUCHED;

		ck_assert_int_eq(update(&script, &seen), wrong[i].error);
		ck_assert_ptr_eq(seen, UNTOUCHED);
		ck_assert_ptr_eq(script.current[0], kept);
		assert_only_seven();
	}
	ck_assert_int_eq(del(1), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct script script = {.step = {{.action = wrong[i].action, .value = (void *)wrong[i].value}}};

		ck_assert_int_eq(update(&script, NULL), wrong[i].error);
		ck_assert_ptr_null(script.current[0]);
		ck_assert_uint_eq(nbmap_count(map), 0);
	}
}
END_TEST

/* However an update ends, what it leaves in *value is freed at once. */
START_TEST(test_update_frees_a_value_that_it_does_not_store)
{
	static const int ends[] = {NBMAP_KEEP, NBMAP_REMOVE, -ECANCELED};

	for (unsigned present = 0; present < 2; present++)
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
			struct script script = {.step = {{.action = ends[i], .value = value(30)}}};
			uint64_t alive;

			if (present)
				put(1, 10);
			alive = count_alive(count, COUNT_VALUES);
			ck_assert_int_eq(update(&script, NULL), ends[i] < 0 ? ends[i] : 0);
			ck_assert_uint_eq(count_alive(count, COUNT_VALUES), alive - 1);
		}
}
END_TEST

/* A lost attempt's value is handed to the next one, which stores it. */
START_TEST(test_update_hands_the_spare_to_the_next_attempt)
{
	for (unsigned present = 0; present < 2; present++) {
		void *made = value(30), *seen;
		struct script script = {.step = {{NBMAP_SET, made, false, rival_puts}, {NBMAP_SET, NULL, true, NULL}}};

		if (present)
			put(1, 10);
		ck_assert_int_eq(update(&script, &seen), 0);
		ck_assert_uint_eq(script.calls, 2);
		ck_assert_ptr_eq(script.spare[1], made);
		/* The second attempt was shown what the rival stored, and took effect on that. */
		ck_assert_ptr_eq(script.current[1], seen);
		ck_assert_uint_eq(count_number(seen), 99);
		ck_assert_uint_eq(number_at(1), 30);
		ck_assert_int_eq(del(1), 0);
	}
}
END_TEST

/* The next attempt may also store something else: the spare is freed then. */
START_TEST(test_update_frees_a_spare_that_another_value_replaces)
{
	void *made = value(30), *other = value(40);
	struct script script = {.step = {{NBMAP_SET, made, false, rival_puts}, {NBMAP_SET, other, false, NULL}}};
	uint64_t alive;

	put(1, 10);
	settle();
	alive = count_alive(count, COUNT_VALUES); /* 10, 30, 40 */
	ck_assert_int_eq(update(&script, NULL), 0);
	ck_assert_uint_eq(script.calls, 2);
	ck_assert_uint_eq(number_at(1), 40);
	/* 99 came, 30 went; 10 and 99 wait for their grace period. */
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), alive);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
}
END_TEST

/* Or end without storing anything. */
START_TEST(test_update_frees_a_spare_at_any_other_end)
{
	static const int ends[] = {NBMAP_KEEP, NBMAP_REMOVE, -ECANCELED};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct script script = {
			.step = {{NBMAP_SET, value(30), false, rival_puts}, {ends[i], NULL, true, NULL}}};

		put(1, 10);
		ck_assert_int_eq(update(&script, NULL), ends[i] < 0 ? ends[i] : 0);
		ck_assert_uint_eq(script.calls, 2);
		ck_assert_uint_eq(number_at(1), ends[i] == NBMAP_REMOVE ? 0 : 99);
		settle();
		ck_assert_uint_eq(count_alive(count, COUNT_VALUES), ends[i] == NBMAP_REMOVE ? 0 : 1);
	}
}
END_TEST

/* NULL in *value says that the callback has taken the spare back, however the update ends: also refused, as NULL
 * cannot be stored. */
START_TEST(test_update_leaves_a_spare_that_is_taken_back)
{
	static const struct {
		int action, result;
	} ends[] = {{NBMAP_KEEP, 0}, {NBMAP_REMOVE, 0}, {-ECANCELED, -ECANCELED}, {NBMAP_SET, -EINVAL}};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		void *made = value(30);
		struct script script = {
			.step = {{NBMAP_SET, made, false, rival_puts}, {ends[i].action, NULL, false, NULL}}};

		put(1, 10);
		ck_assert_int_eq(update(&script, NULL), ends[i].result);
		ck_assert_ptr_eq(script.spare[1], made);
		ck_assert_uint_eq(count_number(made), 30);
		unused(made);
	}
}
END_TEST

/* The key vanishes during the attempt: the next one is shown an absent key. */
START_TEST(test_update_sees_a_removal_during_its_attempt)
{
	void *made = value(30), *seen = UNTOUCHED;
	struct script script = {.step = {{NBMAP_SET, made, false, rival_removes}, {NBMAP_SET, NULL, true, NULL}}};

	put(1, 10);
	ck_assert_int_eq(update(&script, &seen), 0);
	ck_assert_uint_eq(script.calls, 2);
	ck_assert_ptr_null(script.current[1]);
	ck_assert_ptr_null(seen);
	ck_assert_uint_eq(number_at(1), 30);
	ck_assert_uint_eq(nbmap_count(map), 1);
}
END_TEST

void add_updates(TCase *tcase)
{
	tcase_add_test(tcase, test_update_keeps);
	tcase_add_test(tcase, test_update_sets);
	tcase_add_test(tcase, test_update_removes);
	tcase_add_test(tcase, test_update_errors_leave_things_as_they_are);
	tcase_add_test(tcase, test_update_frees_a_value_that_it_does_not_store);
	tcase_add_test(tcase, test_update_hands_the_spare_to_the_next_attempt);
	tcase_add_test(tcase, test_update_frees_a_spare_that_another_value_replaces);
	tcase_add_test(tcase, test_update_frees_a_spare_at_any_other_end);
	tcase_add_test(tcase, test_update_leaves_a_spare_that_is_taken_back);
	tcase_add_test(tcase, test_update_sees_a_removal_during_its_attempt);
}
