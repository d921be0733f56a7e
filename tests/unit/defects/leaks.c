/*
 * leaks: what the original leaked.
 */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

START_TEST(test_leak_map_destroyed_with_entries)
{
	begin(_i);
	subject_put_range(&subject, 0, 100);
	finish();
	ck_assert_uint_eq(count_bytes(count), 0);
}
END_TEST

START_TEST(test_leak_map_destroyed_with_a_chain_of_several_tables)
{
	begin(_i);
	subject_put_range(&subject, 0, 20);
	for (unsigned i = 1; i <= 5; i++) {
		extend();
		subject_put_range(&subject, 20 * i, 20 * i + 3);
		crew_check(!subject_del(&subject, i));
	}
	ck_assert_uint_ge(stats().tables, 4);
	finish();
	ck_assert_uint_eq(count_bytes(count), 0);
}
END_TEST

START_TEST(test_leak_superseded_table_after_promotion)
{
	struct nb_table *old;

	begin(_i);
	subject_put_range(&subject, 0, 50);
	old = fresh_table();
	subject_settle(&subject);
	ck_assert_ptr_ne(fresh_table(), old);
	ck_assert_uint_gt(count_bytes(count), stats().bytes);
	subject_settle(&subject);
	/* What is left is what the map says it has, and no more. */
	ck_assert_uint_eq(count_bytes(count), stats().bytes);
	finish();
}
END_TEST

static void rival_installs_a_table(void)
{
	extend();
}

START_TEST(test_leak_allocation_that_lost_the_race_to_install_a_table)
{
	struct nb_table *table;

	begin(_i);
	table = top_table();
	in_alloc = rival_installs_a_table;
	ck_assert_int_eq(nb_migrate_start(core, table), 0);
	ck_assert(!in_alloc);
	ck_assert_uint_eq(stats().tables, 2);
	ck_assert_uint_eq(stats().migrations, 1);
	ck_assert_uint_eq(count_bytes(count), stats().bytes);
	finish();
}
END_TEST

START_TEST(test_leak_value_overwritten)
{
	begin(_i);
	put(1, 1);
	put(1, 2);
	ck_assert_int_eq(subject_update(&subject, 1), 0);
	ck_assert_uint_eq(subject_get(&subject, 1), 3);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 3);
	subject_settle(&subject);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
	finish();
}
END_TEST

START_TEST(test_leak_key_of_a_put_on_an_existing_key)
{
	begin(0);
	put(1, 1);
	put(1, 2);
	ck_assert_int_eq(subject_update(&subject, 1), 0);
	ck_assert_uint_eq(count_made(count, COUNT_KEYS), 1);
	finish();
}
END_TEST

static void rival_puts_one(void)
{
	put(1, 77);
}

/* The key exists only since a moment ago: a copy was made, and goes at once. */
START_TEST(test_leak_key_of_a_put_that_lost_its_claim)
{
	begin(0);
	in_dup = rival_puts_one;
	put(1, 2);
	ck_assert_uint_eq(count_made(count, COUNT_KEYS), 2);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 1);
	ck_assert_uint_eq(subject_get(&subject, 1), 2);
	ck_assert_uint_eq(subject_size(&subject), 1);
	finish();
}
END_TEST

/* Both stay the caller's, and are only looked at. */
START_TEST(test_leak_value_and_expected_of_a_conditional_that_did_not_apply)
{
	struct count_key key = count_key(1);
	void *expected, *value;

	begin(0);
	expected = count_value(count, 1);
	value = count_value(count, 2);
	ck_assert_int_eq(nbmap_replace(subject.objects, &key, expected, value, NULL), -ENOENT);
	ck_assert_int_eq(nbmap_del_if(subject.objects, &key, expected, NULL), -ENOENT);
	ck_assert_int_eq(nbmap_set(subject.objects, &key, value, NULL), -ENOENT);
	put(1, 5);
	ck_assert_int_eq(nbmap_replace(subject.objects, &key, expected, value, NULL), -EAGAIN);
	ck_assert_int_eq(nbmap_del_if(subject.objects, &key, expected, NULL), -EAGAIN);
	ck_assert_int_eq(nbmap_add(subject.objects, &key, value, NULL), -EEXIST);
	subject_settle(&subject);
	ck_assert_uint_eq(count_number(expected), 1);
	ck_assert_uint_eq(count_number(value), 2);
	count_value_free(expected, count);
	count_value_free(value, count);
	finish();
}
END_TEST

START_TEST(test_leak_put_of_the_value_already_there_neither_frees_nor_retires_it)
{
	struct count_key key = count_key(1);
	void *value;

	begin(0);
	put(1, 1);
	value = nbmap_get(subject.objects, &key);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(nbmap_put(subject.objects, &key, value, NULL), 0);
	ck_assert_uint_eq(stats().pending_objects, 0);
	subject_settle(&subject);
	ck_assert_uint_eq(subject_get(&subject, 1), 1);
	finish();
}
END_TEST

/* Slots in every state there is; then nothing may be asked for any more. */
START_TEST(test_leak_get_allocates_nothing_in_any_state)
{
	struct nb_table *table;

	begin(_i);
	subject_put_range(&subject, 0, 8);
	table = fresh_table();
	crew_check(!subject_del(&subject, 2) && !subject_del(&subject, 3));
	(void)claim_only(table, 20);
	(void)claim_only(table, 21);
	extend();
	/* Key 0: VALUE.  1: CARRIED.  2: SEALED_TOMB.  3: TOMB.  4: FROZEN.  20: EMPTY.  21: SEALED_EMPTY. */
	ck_assert_int_eq(nb_migrate_copy(core, table, place_of(table, 1)), 0);
	nb_value_freeze(nb_place_value(place_of(table, 2)));
	nb_value_freeze(nb_place_value(place_of(table, 4)));
	nb_value_freeze(nb_place_value(place_of(table, 21)));
	for (unsigned closed = 0; closed < 2; closed++) {
		count_fail_from(count, COUNT_ALL, 1);
		for (uint64_t id = 0; id < 8; id++)
			ck_assert_uint_eq(subject_get(&subject, id), id == 2 || id == 3 ? 0 : id + 1);
		for (uint64_t id = 8; id < 100; id++)
			ck_assert_uint_eq(subject_get(&subject, id), 0);
		ck_assert_uint_eq(count_attempts(count), 0);
		count_fail_stop(count);
		/* And once more with every free place closed. */
		sweep_all(table);
	}
	finish();
}
END_TEST

/* Nor does it change a byte of the table. */
START_TEST(test_leak_get_writes_nothing)
{
	struct nb_table *table;
	void *before;
	size_t size;

	begin(_i);
	subject_put_range(&subject, 0, 10);
	table = fresh_table();
	extend();
	nb_value_freeze(nb_place_value(place_of(table, 3)));
	size = table->lines * sizeof(struct nb_line);
	before = malloc(size);
	ck_assert_ptr_nonnull(before);
	memcpy(before, table->line, size);
	for (uint64_t id = 0; id < 50; id++)
		(void)subject_get(&subject, id);
	ck_assert_int_eq(memcmp(before, table->line, size), 0);
	free(before);
	finish();
}
END_TEST

/* What happens while the first copier stands between freeze and arrival. */
static struct nb_table *copied_table;

static void second_copier(void)
{
	crew_check(!nb_migrate_copy(core, copied_table, place_of(copied_table, 1)));
}

static void second_copier_and_put(void)
{
	second_copier();
	put(1, 55);
}

static void second_copier_and_del(void)
{
	second_copier();
	crew_check(!subject_del(&subject, 1));
}

START_TEST(test_leak_copy_of_a_slot_by_two_copiers)
{
	static void (*const meanwhile[])(void) = {second_copier, second_copier_and_put, second_copier_and_del};
	static const uint32_t left[] = {1, 55, 0};
	struct nb_place place;

	begin(0);
	put(1, 1);
	copied_table = top_table();
	extend();
	place = place_of(copied_table, 1);
	in_hash = meanwhile[_i];
	ck_assert_int_eq(nb_migrate_copy(core, copied_table, place), 0);
	ck_assert(!in_hash);
	ck_assert_uint_eq(subject_get(&subject, 1), left[_i]);
	ck_assert_uint_eq(subject_size(&subject), left[_i] != 0);
	ck_assert(nb_map_valid(core));
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 1);
	finish();
}
END_TEST

#define COPIERS 4
#define COPIED 200

static void sweep_the_same_blocks(struct crew_member *member)
{
	subject_enter(&subject);
	sweep_all(member->arg);
	subject_leave(&subject);
}

START_TEST(test_leak_copy_of_every_slot_by_several_threads)
{
	struct nb_table *table, *now;

	begin(_i);
	subject_put_range(&subject, 0, COPIED);
	table = fresh_table();
	extend();
	subject_leave(&subject);
	crew_run(NBMAP_BP, COPIERS, sweep_the_same_blocks, table);
	subject_enter(&subject);
	ck_assert_int_eq(nb_migrate_finish(core, &now), 0);
	for (uint64_t id = 0; id < COPIED; id++)
		ck_assert_uint_eq(subject_get(&subject, id), id + 1);
	ck_assert_uint_eq(subject_size(&subject), COPIED);
	assert_at_rest();
	subject_settle(&subject);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), _i ? 0 : COPIED);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), COPIED);
	finish();
}
END_TEST

START_TEST(test_leak_key_pointer_that_stands_in_two_tables)
{
	struct nb_table *old, *next;
	uint64_t word;

	begin(0);
	put(1, 1);
	old = top_table();
	next = extend();
	word = nb_load_relaxed(nb_place_key(place_of(old, 1)));
	ck_assert_int_eq(nb_migrate_copy(core, old, place_of(old, 1)), 0);
	ck_assert_uint_eq(nb_load_relaxed(nb_place_key(place_of(next, 1))), word);
	ck_assert_uint_eq(nb_phase(nb_load_relaxed(nb_place_value(place_of(old, 1)))), NB_CARRIED);
	if (_i) {
		/* The older table goes first: the key must stay. */
		sweep_all(old);
		nb_migrate_promote(core, old);
		assert_at_rest();
		subject_settle(&subject);
		ck_assert_uint_eq(subject_get(&subject, 1), 1);
		ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 1);
	}
	/* Else both go at once, and the key once. */
	finish();
}
END_TEST

/* The key's writer itself takes it along: from a slot that has no value to carry. */
START_TEST(test_leak_key_pointer_that_a_writer_took_along)
{
	struct nb_table *old;

	begin(0);
	put(1, 1);
	old = top_table();
	crew_check(!subject_del(&subject, 1));
	(void)claim_only(old, 2);
	extend();
	nb_value_freeze(nb_place_value(place_of(old, 1))); /* SEALED_TOMB */
	nb_value_freeze(nb_place_value(place_of(old, 2))); /* SEALED_EMPTY */
	put(1, 10);
	put(2, 20);
	/* No second copy was made of either. */
	ck_assert_uint_eq(count_made(count, COUNT_KEYS), 2);
	ck_assert_uint_eq(subject_get(&subject, 1), 10);
	ck_assert_uint_eq(subject_get(&subject, 2), 20);
	finish();
}
END_TEST

START_TEST(test_leak_key_of_a_removed_entry)
{
	begin(0);
	subject_put_range(&subject, 0, 50);
	for (uint64_t id = 0; id < 50; id++)
		crew_check(!subject_del(&subject, id));
	fresh_table();
	subject_settle(&subject);
	/* The tables in which they stood are gone, and they with them. */
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
	finish();
}
END_TEST

#define CLEARED_KEYS 30

static void write_or_clear(struct crew_member *member)
{
	for (unsigned i = 0; i < 3000; i++) {
		subject_enter(&subject);
		if (member->index || i % 8)
			subject_random(&subject, &member->random, CLEARED_KEYS, false);
		else
			crew_check(!subject_clear(&subject));
		subject_leave(&subject);
	}
}

START_TEST(test_leak_clear_with_other_threads_in_the_old_tables)
{
	begin(_i);
	subject_leave(&subject);
	crew_run(NBMAP_BP, 4, write_or_clear, NULL);
	subject_enter(&subject);
	ck_assert(nb_map_valid(core));
	subject_settle(&subject);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), subject_size(&subject));
	ck_assert_int_eq(subject_clear(&subject), 0);
	subject_settle(&subject);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
	ck_assert_uint_eq(count_bytes(count), stats().bytes);
	finish();
}
END_TEST

/* A writer that still works in the old chain: what it inserts is cleared with the rest. */
static void rival_clears(void)
{
	crew_check(!subject_clear(&subject));
}

START_TEST(test_leak_value_put_into_a_chain_that_was_cleared)
{
	begin(0);
	put(5, 5);
	in_dup = rival_clears;
	put(1, 1);
	ck_assert_uint_eq(subject_get(&subject, 1), 0);
	ck_assert_uint_eq(subject_size(&subject), 0);
	subject_settle(&subject);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
	finish();
}
END_TEST

void add_leaks(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_leak_map_destroyed_with_entries, 0, KINDS);
	tcase_add_loop_test(tcase, test_leak_map_destroyed_with_a_chain_of_several_tables, 0, KINDS);
	tcase_add_loop_test(tcase, test_leak_superseded_table_after_promotion, 0, KINDS);
	tcase_add_loop_test(tcase, test_leak_allocation_that_lost_the_race_to_install_a_table, 0, KINDS);
	tcase_add_loop_test(tcase, test_leak_value_overwritten, 0, KINDS);
	tcase_add_test(tcase, test_leak_key_of_a_put_on_an_existing_key);
	tcase_add_test(tcase, test_leak_key_of_a_put_that_lost_its_claim);
	tcase_add_test(tcase, test_leak_value_and_expected_of_a_conditional_that_did_not_apply);
	tcase_add_test(tcase, test_leak_put_of_the_value_already_there_neither_frees_nor_retires_it);
	tcase_add_loop_test(tcase, test_leak_get_allocates_nothing_in_any_state, 0, KINDS);
	tcase_add_loop_test(tcase, test_leak_get_writes_nothing, 0, KINDS);
	tcase_add_loop_test(tcase, test_leak_copy_of_a_slot_by_two_copiers, 0, 3);
	tcase_add_loop_test(tcase, test_leak_copy_of_every_slot_by_several_threads, 0, KINDS);
	tcase_add_loop_test(tcase, test_leak_key_pointer_that_stands_in_two_tables, 0, 2);
	tcase_add_test(tcase, test_leak_key_pointer_that_a_writer_took_along);
	tcase_add_test(tcase, test_leak_key_of_a_removed_entry);
	tcase_add_loop_test(tcase, test_leak_clear_with_other_threads_in_the_old_tables, 0, KINDS);
	tcase_add_test(tcase, test_leak_value_put_into_a_chain_that_was_cleared);
}
