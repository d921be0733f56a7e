/*
 * guarantees: the three promises that the original broke.
 */
#include "fixture.h"
#include "lanes.h"

/*
 * A.  A copier stalls with a frozen value in hand; others finish the slot, the
 * key is removed, the next table is itself left and the tombstone dropped.
 */
static struct nb_table *first_table;

static void others_move_on_and_remove(void)
{
	struct nb_table *second = nb_load_acquire(&first_table->next);

	crew_check(!nb_migrate_copy(core, first_table, place_of(first_table, 1)));
	crew_check(!subject_del(&subject, 1));
	crew_check(!nb_migrate_start(core, second));
	sweep_all(first_table);
	sweep_all(second);
	nb_migrate_promote(core, first_table);
	crew_check(stats().tables == 1);
	crew_check(top_table() == nb_load_acquire(&second->next));
	crew_check(stats().used == 0);
}

static void assert_not_risen(void)
{
	ck_assert_uint_eq(subject_get(&subject, 1), 0);
	ck_assert_uint_eq(subject_size(&subject), 0);
	ck_assert_uint_eq(stats().used, 0);
	assert_at_rest();
}

START_TEST(test_guarantee_a_a_removed_value_is_not_resurrected)
{
	struct nb_place place;

	begin(0);
	put(1, 1);
	first_table = fresh_table();
	extend();
	place = place_of(first_table, 1);
	/* The copier asks for the key's hash when it has frozen the value. */
	in_hash = others_move_on_and_remove;
	ck_assert_int_eq(nb_migrate_copy(core, first_table, place), 0);
	ck_assert(!in_hash);
	assert_not_risen();
	finish();
}
END_TEST

/* The same with the stalled copier's view restored by hand, for integer keys too. */
START_TEST(test_guarantee_a_nor_by_a_copier_that_wakes_much_later)
{
	struct nb_place place;

	begin(_i);
	put(1, 1);
	first_table = fresh_table();
	extend();
	place = place_of(first_table, 1);
	others_move_on_and_remove();
	ck_assert(nb_phase(nb_load_relaxed(nb_place_value(place))) >= NB_MOVED);
	nb_store_relaxed(nb_place_value(place), nb_payload(nb_load_relaxed(nb_place_value(place))) | NB_FROZEN);
	ck_assert_int_eq(nb_migrate_copy(core, first_table, place), 0);
	assert_not_risen();
	finish();
}
END_TEST

/*
 * B.  A thread stops for ever in a migration, at any point: the others finish
 * it by a bounded number of their own operations.
 */
static void stop_after_taking_all_blocks(struct nb_table *table)
{
	lanes_hand_out_all(table);
}

static void stop_with_values_frozen(struct nb_table *table)
{
	stop_after_taking_all_blocks(table);
	for (uint64_t id = 0; id < 40; id += 2)
		nb_value_freeze(nb_place_value(place_of(table, id)));
}

/* All slots are done; what counts them is not. */
static void stop_before_any_flag(struct nb_table *table)
{
	sweep_all(table);
	stop_after_taking_all_blocks(table);
	for (size_t i = 0; i < (table->blocks + 63) / 64; i++)
		nb_store_relaxed(&nb_table_swept(table)[i], 0);
}

static void stop_before_promotion(struct nb_table *table)
{
	sweep_all(table);
	stop_after_taking_all_blocks(table);
}

static void stop_before_anything(struct nb_table *table)
{
	(void)table;
}

#define STOPS 5

START_TEST(test_guarantee_b_nobody_waits_for_a_stopped_copier)
{
	static void (*const stop[STOPS])(struct nb_table *) = {
		stop_before_anything, stop_after_taking_all_blocks, stop_with_values_frozen,
		stop_before_any_flag, stop_before_promotion,
	};
	struct nb_table *table;

	begin(_i % KINDS);
	subject_put_range(&subject, 0, 40);
	table = fresh_table();
	extend();
	stop[_i / KINDS](table);
	/* Each write sweeps a block: with one write more than blocks, the table must be gone. */
	for (size_t i = 0; i <= table->blocks; i++)
		put(i % 40, (uint32_t)(i % 40) + 1);
	ck_assert_ptr_ne(top_table(), table);
	for (uint64_t id = 0; id < 40; id++)
		ck_assert_uint_eq(subject_get(&subject, id), id + 1);
	assert_at_rest();
	finish();
}
END_TEST

/* A writer that claimed a slot and stopped delays nobody either. */
START_TEST(test_guarantee_b_nobody_waits_for_a_stopped_writer)
{
	struct nb_table *table;

	begin(_i);
	subject_put_range(&subject, 0, 8);
	table = fresh_table();
	(void)claim_only(table, 20);
	put(20, 5);
	ck_assert_uint_eq(subject_get(&subject, 20), 5);
	crew_check(!subject_del(&subject, 20));
	(void)claim_only(table, 21);
	extend();
	for (size_t i = 0; i <= table->blocks; i++)
		put(i % 8, 1);
	assert_at_rest();
	finish();
}
END_TEST

/* C.  Ever-fresh keys come and go: memory stays within a constant of the live. */
static size_t most_bytes_of_churn(uint64_t live, uint64_t turns)
{
	size_t most = 0;

	subject_put_range(&subject, 0, live);
	for (uint64_t id = live; id < live + turns; id++) {
		size_t bytes;

		put(id, 1);
		crew_check(!subject_del(&subject, id));
		bytes = stats().bytes;
		if (bytes > most)
			most = bytes;
		/* Garbage is another matter, and would be counted in time. */
		if (id % 1000 == 0)
			subject_settle(&subject);
	}
	ck_assert_uint_eq(subject_size(&subject), live);
	return most;
}

START_TEST(test_guarantee_c_churn_does_not_grow_the_map)
{
	static const uint64_t live[] = {1, 10, 100, 1000};
	const size_t slot = sizeof(struct nb_line) / NB_LINE_SLOTS;

	for (unsigned i = 0; i < sizeof(live) / sizeof(*live); i++) {
		begin(_i);
		/* All tables of the chain, for as long as it takes to fill them twenty times over. */
		ck_assert_uint_le(most_bytes_of_churn(live[i], 5000 + 20 * live[i]), 2048 + 16 * slot * live[i]);
		ck_assert_uint_gt(stats().migrations, 20);
		ck_assert(nb_map_valid(core));
		finish();
	}
}
END_TEST

void add_guarantees(TCase *tcase)
{
	tcase_add_test(tcase, test_guarantee_a_a_removed_value_is_not_resurrected);
	tcase_add_loop_test(tcase, test_guarantee_a_nor_by_a_copier_that_wakes_much_later, 0, KINDS);
	tcase_add_loop_test(tcase, test_guarantee_b_nobody_waits_for_a_stopped_copier, 0, STOPS * KINDS);
	tcase_add_loop_test(tcase, test_guarantee_b_nobody_waits_for_a_stopped_writer, 0, KINDS);
	tcase_add_loop_test(tcase, test_guarantee_c_churn_does_not_grow_the_map, 0, KINDS);
}
