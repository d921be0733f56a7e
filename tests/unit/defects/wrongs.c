/*
 * wrongs: what the original also got wrong.
 */
#include "fixture.h"

static struct nb_table *installed;

static void rival_installs_a_table_and_puts(void)
{
	installed = extend();
	put(2, 3);
}

START_TEST(test_wrong_resize_overwrites_an_installed_next_table)
{
	struct nb_table *table;

	begin(_i);
	put(1, 2);
	table = fresh_table();
	/* Somebody else's table is there while we make ours ... */
	in_alloc = rival_installs_a_table_and_puts;
	ck_assert_int_eq(nb_migrate_start(core, table), 0);
	ck_assert_ptr_eq(nb_load_acquire(&table->next), installed);
	/* ... or has been there all the time. */
	ck_assert_int_eq(nb_migrate_start(core, table), 0);
	ck_assert_ptr_eq(nb_load_acquire(&table->next), installed);
	ck_assert_uint_eq(subject_get(&subject, 1), 2);
	ck_assert_uint_eq(subject_get(&subject, 2), 3);
	finish();
}
END_TEST

START_TEST(test_wrong_load_driven_growth_never_fires)
{
	size_t first, limit;

	begin(_i);
	first = stats().capacity;
	for (uint64_t id = 0; id < 5000; id++) {
		struct nb_table *last;

		put(id, 1);
		last = last_table();
		/* Long before a table is full, so that a miss stays cheap; it is looked at every so many claims, and
		 * each of some more, beside which a block may be copied, clears a slice of its successor. */
		limit = nb_table_limit(last) + nb_table_capacity(last) / NB_CHECKS + 1;
		limit += (nb_table_capacity(last) * NB_LOOSE_ROOM_NUM / NB_LOOSE_ROOM_DEN * 16 / NB_CLEAR_BYTES + 1) *
			 (1 + NB_BLOCK_SLOTS);
		crew_check(nb_claims_sum(&last->used) <= limit);
	}
	ck_assert_uint_ge(stats().migrations, 5);
	ck_assert_uint_gt(nb_table_capacity(last_table()), 5000);
	ck_assert_uint_gt(stats().capacity, first);
	finish();
}
END_TEST

#define EQUAL_KEYS 10000

static int write_equal(uint64_t id, bool del)
{
	struct count_key key = count_key_hashed(id, 7);

	return del ? nbmap_del(subject.objects, &key, NULL)
		   : nbmap_put(subject.objects, &key, count_value(count, id), NULL);
}

static void assert_equal_keys(uint64_t from, uint64_t to)
{
	for (uint64_t id = from; id < to; id++) {
		struct count_key key = count_key_hashed(id, 7);
		void *value = nbmap_get(subject.objects, &key);

		crew_check(value && count_number(value) == id);
	}
}

START_TEST(test_wrong_eleven_keys_of_equal_hash_grow_without_end)
{
	const size_t slot = sizeof(struct nb_line) / NB_LINE_SLOTS;

	begin(0);
	for (uint64_t id = 0; id < EQUAL_KEYS; id++) {
		crew_check(!write_equal(id, false));
		/* All tables of the chain together; the rest of a map is not worth 1 KiB. */
		if (id + 1 == 11 || id % 500 == 499)
			ck_assert_uint_le(stats().bytes, 1024 + 16 * slot * (id + 1));
	}
	ck_assert_uint_eq(subject_size(&subject), EQUAL_KEYS);
	assert_equal_keys(0, EQUAL_KEYS);
	for (uint64_t id = 0; id < EQUAL_KEYS; id += 100)
		crew_check(!write_equal(id, true));
	ck_assert_uint_eq(subject_size(&subject), EQUAL_KEYS - EQUAL_KEYS / 100);
	finish();
}
END_TEST

/* Sizes of which no machine has the memory: what is computed from them must be right all the same. */
START_TEST(test_wrong_probe_limits_and_sizes_overflow_32_bits)
{
	const size_t big = (size_t)1 << 33;
	struct nb_table huge = {.lines = big};
	struct nb_count many = {0};

	begin(_i);
	ck_assert_uint_eq(nb_table_capacity(&huge), big * NB_LINE_SLOTS);
	ck_assert_uint_eq(nb_table_home(&huge, 0), 0);
	ck_assert_uint_eq(nb_table_home(&huge, UINT64_C(1) << 63), big / 2);
	ck_assert_uint_eq(nb_table_home(&huge, UINT64_MAX), big - 1);
	ck_assert_uint_gt(nb_table_size(big), big * sizeof(struct nb_line));
	ck_assert_uint_lt(nb_table_size(big), 2 * big * sizeof(struct nb_line));
	ck_assert_uint_eq(nb_policy_lines((uint64_t)5 << 40, 0), (size_t)11 << 38);
	/* What does not fit is refused, not wrapped. */
	ck_assert_uint_ge(nb_policy_lines(UINT64_MAX, 0), SIZE_MAX / 64);
	ck_assert_uint_ge(nb_policy_lines(UINT64_MAX / 4, 0), SIZE_MAX / 64);
	for (unsigned shift = 0; shift < 10; shift++)
		ck_assert_ptr_null(nb_table_new(core, top_table()->chain,
						(struct nb_size){.lines = SIZE_MAX >> shift}, 2));
	nb_count_add(&many, big);
	nb_count_add(&many, big);
	ck_assert_uint_eq(nb_count_sum(&many), 2 * big);
	finish();
}
END_TEST

/* The size policy, too, with counts above 32 bits: a table "used" 2^33 times is over its limit. */
START_TEST(test_wrong_counts_overflow_32_bits)
{
	const uint64_t many = UINT64_C(1) << 33;
	struct nb_table *table;

	begin(_i);
	put(1, 1);
	table = fresh_table();
	nb_claims_add(&table->used, many);
	nb_count_add(&table->chain->live, many);
	ck_assert_uint_eq(subject_size(&subject), many + 1);
	ck_assert_uint_eq(stats().used, many + 1);
	/* The successor would have 2^33 * 11/5 slots; nobody has the memory, and nothing is harmed. */
	count_fail_from(count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nb_migrate_start(core, table), -ENOMEM);
	count_fail_stop(count);
	ck_assert_uint_eq(subject_get(&subject, 1), 1);
	nb_claims_add(&table->used, 0 - many);
	nb_count_remove(&table->chain->live, many);
	finish();
}
END_TEST

START_TEST(test_wrong_get_on_a_claimed_but_valueless_slot_is_a_hit)
{
	struct nbmap_iter iter;
	struct nb_table *table;
	uint32_t number;
	uint64_t id;

	begin(_i);
	(void)claim_only(top_table(), 1);
	for (unsigned sealed = 0; sealed < 2; sealed++) {
		ck_assert_uint_eq(subject_get(&subject, 1), 0);
		ck_assert_uint_eq(subject_size(&subject), 0);
		ck_assert_int_eq(subject_del(&subject, 1), -ENOENT);
		if (sealed)
			break;
		ck_assert_int_eq(subject_walk(&subject, &iter), 0);
		ck_assert(!subject_next(&subject, &iter, &id, &number));
		table = top_table();
		extend();
		nb_value_freeze(nb_place_value(place_of(table, 1)));
	}
	put(1, 10);
	ck_assert_uint_eq(subject_get(&subject, 1), 10);
	finish();
}
END_TEST

START_TEST(test_wrong_removal_is_impossible)
{
	begin(_i);
	for (unsigned round = 0; round < 3; round++) {
		subject_put_range(&subject, 0, 100);
		for (uint64_t id = 0; id < 100; id++) {
			crew_check(!subject_del(&subject, id));
			crew_check(!subject_get(&subject, id));
			crew_check(subject_size(&subject) == 99 - id);
		}
		ck_assert(nb_map_valid(core));
	}
	finish();
}
END_TEST

START_TEST(test_wrong_size_after_a_resize)
{
	uint64_t size = 0;

	begin(_i);
	for (uint64_t id = 0; id < 2000; id++) {
		put(id, 1);
		size++;
		if (id % 3 == 2) {
			crew_check(!subject_del(&subject, id - 1));
			size--;
		}
		/* At each moment of each migration. */
		crew_check(subject_size(&subject) == size);
	}
	ck_assert_uint_ge(stats().migrations, 5);
	ck_assert(nb_map_valid(core));
	finish();
}
END_TEST

START_TEST(test_wrong_removing_or_replacing_an_absent_key_uses_up_slots)
{
	struct count_key key;
	uint64_t made;
	void *value;

	begin(0);
	value = count_value(count, 1);
	made = count_made(count, COUNT_MEMORY);
	for (uint64_t id = 0; id < 10000; id++) {
		key = count_key(id);
		crew_check(nbmap_del(subject.objects, &key, NULL) == -ENOENT);
		crew_check(nbmap_del_if(subject.objects, &key, value, NULL) == -ENOENT);
		crew_check(nbmap_set(subject.objects, &key, value, NULL) == -ENOENT);
		crew_check(nbmap_replace(subject.objects, &key, value, value, NULL) == -ENOENT);
	}
	ck_assert_uint_eq(stats().used, 0);
	ck_assert_uint_eq(stats().migrations, 0);
	ck_assert_uint_eq(count_made(count, COUNT_KEYS), 0);
	ck_assert_uint_eq(count_made(count, COUNT_MEMORY), made);
	count_value_free(value, count);
	finish();
}
END_TEST

void add_wrongs(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_wrong_resize_overwrites_an_installed_next_table, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_load_driven_growth_never_fires, 0, KINDS);
	tcase_add_test(tcase, test_wrong_eleven_keys_of_equal_hash_grow_without_end);
	tcase_add_loop_test(tcase, test_wrong_probe_limits_and_sizes_overflow_32_bits, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_counts_overflow_32_bits, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_get_on_a_claimed_but_valueless_slot_is_a_hit, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_removal_is_impossible, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_size_after_a_resize, 0, KINDS);
	tcase_add_test(tcase, test_wrong_removing_or_replacing_an_absent_key_uses_up_slots);
}
