/*
 * main: garbage counted in bytes, to the byte: tables, and the keys and values of
 * types that say how large theirs are.  Both kinds of key, all flavours, in every
 * state that a map may be in; the ledger knows what must be waiting.
 */
#include <check.h>

#include "crew.h"
#include "flavor_thread.h"
#include "ledger.h"
#include "run.h"
#include "tuning.h"

#define CASES (FLAVORS * KINDS)

/* ---- Values ------------------------------------------------------------- */

START_TEST(test_displaced_values_are_counted)
{
	begin(_i, 1000);
	put(1, 1);
	ck_assert_uint_eq(stats().pending_bytes, 0);
	put(1, 2);
	check_what_waits();
	ck_assert_uint_eq(stats().pending_bytes, COUNT_VALUE_SIZE(UINT64_C(1) << 32 | 1));
	/* The one that is there already displaces nothing. */
	crew_check(!subject_update(&subject, 1));
	number[1]++;
	check_what_waits();
	del(1);
	check_what_waits();
	ck_assert_uint_eq(stats().pending_objects, 3);
	crew_check(subject_del(&subject, 1));
	put(1, 7);
	check_what_waits();
	ck_assert_uint_eq(stats().pending_objects, 3);
	finish();
}
END_TEST

static size_t half_a_batch(const void *value, void *arg)
{
	(void)count_value_size(value, arg);
	return NBR_BATCH_BYTES / 2;
}

/* Without being asked to seal anything: a batch that holds much is not filled on. */
START_TEST(test_a_few_large_values_are_counted_at_once)
{
	begin(_i, 1000);
	core->value_size = half_a_batch;
	put(1, 1);
	for (uint32_t i = 1; i <= 10; i++) {
		put(1, i + 1);
		ck_assert_uint_eq(stats().pending_objects, i);
		ck_assert_uint_eq(stats().pending_bytes, i / 2 * 2 * (NBR_BATCH_BYTES / 2));
	}
	/* As they stand in no slot, the equation is not asked. */
	subject_leave(&subject);
	ck_assert_int_eq(subject_reclaim(&subject), 10);
	ck_assert_uint_eq(stats().pending_bytes, 0);
	ck_assert_uint_eq(stats().freed_bytes, 10 * (NBR_BATCH_BYTES / 2));
	core->value_size = count_value_size;
	subject_enter(&subject);
	finish();
}
END_TEST

/* ---- Tables and their keys ---------------------------------------------- */

static void begin_to_move(void)
{
	crew_check(!nb_migrate_start(core, top()));
}

static void move_all(void)
{
	struct nb_table *now;

	crew_check(!nb_migrate_finish(core, &now));
	crew_check(now == top());
}

START_TEST(test_a_table_takes_the_keys_of_removed_entries_along)
{
	uint64_t dead = 0;

	begin(_i, 1000);
	for (uint64_t id = 0; id < 100; id++)
		put(id, 1);
	for (uint64_t id = 0; id < 40; id++) {
		del(id);
		dead += subject.integer ? 0 : COUNT_KEY_SIZE(id);
	}
	check_what_waits();
	/* Half of them are wanted again, just in time: they go on. */
	begin_to_move();
	for (uint64_t id = 0; id < 20; id++) {
		put(id, 2);
		check_what_waits();
		dead -= subject.integer ? 0 : COUNT_KEY_SIZE(id);
	}
	move_all();
	check_what_waits();
	/* Not more than those, and not less, for a sweep may have been faster than a put, which then makes a copy. */
	ck_assert_uint_ge(stats().pending_bytes, dead + tables - top()->bytes);
	begin_to_move();
	move_all();
	finish();
}
END_TEST

/* Whatever is done, in whatever state. */
START_TEST(test_any_operations_are_counted)
{
	uint64_t random = test_random_stream((uint64_t)_i), rounds = test_rounds(4000, 500);

	begin(_i, 0);
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t r = test_random(&random), id = (r >> 32) % (i / 200 % 2 ? IDS : 20);

		if (r % 512 == 0)
			clear();
		else if (r % 4)
			put(id, (uint32_t)(r >> 8) | 1);
		else if (number[id])
			del(id);
		meet_tables();
		if (r % 8 == 0)
			check_what_waits();
		if (r % 1024 == 1)
			walk_back();
	}
	clear();
	check_what_waits();
	finish();
}
END_TEST

/* ---- Whole maps --------------------------------------------------------- */

/* A chain of tables, each half swept, with entries, dead keys and values in all of them. */
START_TEST(test_a_clear_counts_all_that_it_takes)
{
	begin(_i, 1000);
	for (uint64_t id = 0; id < 200; id++)
		put(id, 1);
	for (uint64_t id = 0; id < 200; id += 3)
		del(id);
	for (unsigned i = 0; i < 3; i++) {
		struct nb_table *last = top();

		while (nb_load_acquire(&last->next))
			last = nb_load_acquire(&last->next);
		crew_check(!nb_migrate_start(core, last));
		put(200 + i, 1);
		put(1 + i, 2);
		del(10 + 3 * i);
		check_what_waits();
	}
	clear();
	check_what_waits();
	/* All there is: but for the table that is there now. */
	ck_assert_uint_eq(what_the_map_has(), top()->bytes);
	put(1, 1);
	finish();
}
END_TEST

/* ---- A clear, as it is freed --------------------------------------------- */

#define CLEARED 2000
#define VALUE_BYTES 1000

static uint64_t pending_at_first, pending_at_last;
static unsigned values_freed;

static size_t a_thousand(const void *value, void *arg)
{
	(void)value;
	(void)arg;
	return VALUE_BYTES;
}

/* What waits becomes less while a cleared map is taken apart, and never more. */
static void look_at_what_waits(void *value, void *arg)
{
	uint64_t pending = stats().pending_bytes;

	(void)value;
	(void)arg;
	if (values_freed++ == 0)
		pending_at_first = pending;
	else
		crew_check(pending <= pending_at_last);
	pending_at_last = pending;
}

/* Fills a map of either kind and clears it; what that adds to what waits. */
static struct nbmap_domain_stats fill_and_clear(struct nbmap *objects, struct nbmap_u64 *integers)
{
	static _Alignas(16) char values[CLEARED][16];
	struct nbmap_domain_stats before, after;

	for (uintptr_t i = 0; i < CLEARED; i++)
		crew_check(!(objects ? nbmap_put(objects, values[i], values[i], NULL)
				     : nbmap_u64_put(integers, i, values[i], NULL)));
	before = stats();
	crew_check(!(objects ? nbmap_clear(objects) : nbmap_u64_clear(integers)));
	after = stats();
	after.pending_objects -= before.pending_objects;
	after.pending_bytes -= before.pending_bytes;
	return after;
}

START_TEST(test_a_clear_is_one_object_that_shrinks)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / KINDS);
	struct nbmap_domain_config of_domain = {.flavor = flavor, .flags = NBMAP_NO_THREAD};
	struct nbmap_type type = {.value_free = look_at_what_waits, .value_size = a_thousand};
	struct nbmap_config config = {.type = &type};
	struct nbmap *objects = NULL;
	struct nbmap_u64 *integers = NULL;
	struct nbmap_domain_stats added;

	values_freed = 0;
	ck_assert_int_eq(nbmap_domain_new(&domain, &of_domain), 0);
	config.domain = domain;
	if (_i % KINDS) {
		ck_assert_int_eq(nbmap_u64_new(&integers, &config), 0);
	} else {
		type.hash = nbmap_type_pointer()->hash;
		type.equal = nbmap_type_pointer()->equal;
		ck_assert_int_eq(nbmap_new(&objects, &config), 0);
	}
	flavor_register(flavor);
	nbmap_domain_enter(domain);
	added = fill_and_clear(objects, integers);
	nbmap_domain_leave(domain);
	ck_assert_uint_eq(added.pending_objects, 1);
	ck_assert_uint_ge(added.pending_bytes, CLEARED * VALUE_BYTES);
	ck_assert_uint_eq(values_freed, 0);
	ck_assert_int_ge(nbmap_domain_reclaim(domain), 1);
	ck_assert_uint_eq(values_freed, CLEARED);
	ck_assert_uint_ge(pending_at_first, CLEARED * VALUE_BYTES);
	/* All but the last slice were taken off when the last value went. */
	ck_assert_uint_le(pending_at_last, pending_at_first - (CLEARED - NB_FREE_SLOTS) * VALUE_BYTES);
	ck_assert_uint_eq(stats().pending_bytes, 0);
	flavor_unregister(flavor);
	ck_assert_int_eq(objects ? nbmap_destroy(objects) : nbmap_u64_destroy(integers), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sizes");
	TCase *tcase = tcase_create("sizes");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_displaced_values_are_counted, 0, CASES);
	tcase_add_loop_test(tcase, test_a_few_large_values_are_counted_at_once, 0, CASES);
	tcase_add_loop_test(tcase, test_a_table_takes_the_keys_of_removed_entries_along, 0, CASES);
	tcase_add_loop_test(tcase, test_any_operations_are_counted, 0, CASES);
	tcase_add_loop_test(tcase, test_a_clear_counts_all_that_it_takes, 0, CASES);
	tcase_add_loop_test(tcase, test_a_clear_is_one_object_that_shrinks, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
