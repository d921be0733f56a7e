/*
 * leak: everything made is freed exactly once, whatever state a map is in
 * when it ends, for both kinds of key and all four flavours.
 *
 * Keys, values, tables, the map, the domain and its batches all come from one
 * counter; at the end of every test nothing may be alive, and nothing may have
 * been freed twice.  The tests differ in the state that they leave to
 * nbmap_destroy() or to nbmap_clear(): a plain map, a chain of tables in
 * midst of a migration, slots that a copier froze and then forgot, keys that
 * stand in several tables.  The states of stopped threads are made by hand.
 *
 * The library is the one with the smallest tables, where all this is near.
 */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "alone.h"
#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "life.h"
#include "run.h"
#include "subject.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "successor.h"

#define KEYS 40
#define CASES (FLAVORS * 2) /* each test is run for all: the loop's turn says which */

/* ---- The fixture -------------------------------------------------------- */

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static struct nb_map *core;

/* `flags` of the domain. */
static void begin(int turn, unsigned flags)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(turn / 2);
	struct nbmap_domain_config config = {.flags = flags};
	struct nbmap_config base = {.flavor = flavor};

	subject_begin(&subject, turn % 2, &config, &base);
	count = subject.count;
	domain = subject_domain(&subject);
	core = subject_core(&subject);
}

static void finish(void)
{
	subject_end(&subject);
}

/* What a test leaves is taken over by a clear, while the map goes on, and by destroy. */
static void clear_and_finish(void)
{
	ck_assert_int_eq(subject_clear(&subject), 0);
	ck_assert_int_eq(subject_put(&subject, 1, 1), 0);
	subject_settle(&subject);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), !subject.integer);
	finish();
}

static void del_range(uint64_t from, uint64_t to)
{
	for (uint64_t id = from; id < to; id++)
		crew_check(!subject_del(&subject, id));
}

/* ---- States that a map may end in --------------------------------------- */

static struct nb_table *last_table(void)
{
	return successor_last(core);
}

static struct nb_table *extend(void)
{
	return successor_add(core);
}

/* A table at rest that holds the first KEYS keys and three tombstones. */
static struct nb_table *table_of_keys(void)
{
	struct nb_table *table;

	subject_put_range(&subject, 0, KEYS + 3);
	extend();
	ck_assert_int_eq(nb_migrate_finish(core, &table), 0);
	del_range(KEYS, KEYS + 3);
	ck_assert_ptr_null(nb_load_acquire(&table->next));
	return table;
}

/* Do `to` with the value word of every `nth` claimed slot, from the `first` on. */
static void each_slot(struct nb_table *table, unsigned first, unsigned nth,
		      void (*to)(struct nb_table *, struct nb_place))
{
	unsigned claimed = 0;

	for (size_t slot = 0; slot < nb_table_capacity(table); slot++) {
		struct nb_place place = {&table->line[slot / NB_LINE_SLOTS], (unsigned)(slot % NB_LINE_SLOTS)};

		if (nb_load_relaxed(nb_place_key(place)) > NB_KEY_CLOSED && claimed++ % nth == first)
			to(table, place);
	}
}

static void freeze(struct nb_table *table, struct nb_place place)
{
	(void)table;
	nb_value_freeze(nb_place_value(place));
}

static void copy(struct nb_table *table, struct nb_place place)
{
	ck_assert_int_eq(nb_migrate_copy(core, table, place), 0);
}

/* A copier that has put the value into the next table and stops before it says so. */
static void copy_and_forget(struct nb_table *table, struct nb_place place)
{
	nb_word *slot = nb_place_value(place);
	uint64_t frozen = nb_value_freeze(slot);

	copy(table, place);
	if (nb_has_value(frozen))
		nb_store_relaxed(slot, nb_payload(frozen) | NB_FROZEN);
}

/* A copier that has only claimed the key's slot in the next table. */
static void claim_ahead(struct nb_table *table, struct nb_place place)
{
	struct nb_table *next = nb_load_acquire(&table->next);
	uint64_t word = nb_load_relaxed(nb_place_key(place)), seen;
	struct nb_key key = nb_key_of_stored(&core->keys, word);
	struct nb_place later;

	if (!nb_has_value(nb_value_freeze(nb_place_value(place))))
		return;
	ck_assert_int_eq(nb_table_find(next, &core->keys, core->keys.kind, &key, &later), NB_VACANT);
	ck_assert(nb_key_claim(nb_place_key(later), &seen, word));
	nb_claims_add(&next->used, 1);
}

static void leave_nothing(void)
{
}

static void leave_entries(void)
{
	subject_put_range(&subject, 0, KEYS);
	subject_put_range(&subject, 0, KEYS / 2); /* overwritten */
	del_range(KEYS / 4, KEYS / 2);
}

static void leave_a_started_migration(void)
{
	table_of_keys();
	extend();
}

static void leave_a_chain(void)
{
	struct nb_table *first = table_of_keys();

	extend();
	subject_put_range(&subject, KEYS, KEYS + 5);
	extend();
	subject_put_range(&subject, KEYS + 5, KEYS + 10);
	del_range(0, 3);
	extend();
	subject_put_range(&subject, 1, 2);
	each_slot(first, 1, 3, copy);
	ck_assert_ptr_ne(first, last_table());
}

static void leave_frozen_slots(void)
{
	struct nb_table *table = table_of_keys();

	extend();
	each_slot(table, 0, 2, freeze);
}

static void leave_moved_slots(void)
{
	struct nb_table *table = table_of_keys();

	extend();
	each_slot(table, 0, 2, copy);
}

static void leave_arrived_but_frozen_slots(void)
{
	struct nb_table *table = table_of_keys();

	extend();
	each_slot(table, 0, 2, copy_and_forget);
}

/* Frozen in one table, arrived in the next, frozen there, arrived in the third. */
static void leave_slots_frozen_twice(void)
{
	struct nb_table *first = table_of_keys(), *second = extend();

	each_slot(first, 0, 2, copy_and_forget);
	extend();
	each_slot(second, 0, 2, copy_and_forget);
	each_slot(second, 1, 2, freeze);
}

static void leave_slots_claimed_ahead(void)
{
	struct nb_table *table = table_of_keys();

	extend();
	each_slot(table, 0, 3, claim_ahead);
}

/* Removed in the next table, while the older one still has the value frozen. */
static void leave_removed_after_arrival(void)
{
	struct nb_table *table = table_of_keys();

	extend();
	each_slot(table, 0, 1, copy_and_forget);
	/* Straight into the second table, for a writer would mend the first. */
	nb_store_relaxed(&core->top, nb_load_acquire(&table->next));
	del_range(0, KEYS);
	nb_store_relaxed(&core->top, table);
}

/* Writers took the keys along from sealed slots. */
static void leave_keys_carried_by_writers(void)
{
	struct nb_table *table = table_of_keys();

	extend();
	each_slot(table, 0, 1, freeze);
	subject_put_range(&subject, KEYS, KEYS + 3);
	subject_put_range(&subject, 0, 5);
}

static void (*const states[])(void) = {
	leave_nothing,
	leave_entries,
	leave_a_started_migration,
	leave_a_chain,
	leave_frozen_slots,
	leave_moved_slots,
	leave_arrived_but_frozen_slots,
	leave_slots_frozen_twice,
	leave_slots_claimed_ahead,
	leave_removed_after_arrival,
	leave_keys_carried_by_writers,
};
#define STATES ((int)(sizeof(states) / sizeof(*states)))

START_TEST(test_destroy_in_every_state)
{
	begin(_i % CASES, 0);
	states[_i / CASES]();
	finish();
}
END_TEST

START_TEST(test_clear_in_every_state)
{
	begin(_i % CASES, 0);
	states[_i / CASES]();
	clear_and_finish();
}
END_TEST

/* A walk finishes all that was left, and nothing is lost or doubled by it. */
START_TEST(test_walk_in_every_state)
{
	struct nbmap_iter iter;
	uint64_t id, seen = 0;
	uint32_t number;

	begin(_i % CASES, 0);
	states[_i / CASES]();
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	for (; subject_next(&subject, &iter, &id, &number); seen++)
		crew_check(number == id + 1);
	ck_assert_uint_eq(seen, subject_size(&subject));
	ck_assert(nb_map_valid(core));
	subject_settle(&subject);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), seen);
	finish();
}
END_TEST

/* Garbage that nobody asked for before the end. */
START_TEST(test_destroy_of_a_map_whose_garbage_nobody_freed)
{
	begin(_i, NBMAP_NO_THREAD);
	for (unsigned round = 0; round < 20; round++) {
		subject_put_range(&subject, 0, KEYS);
		del_range(0, KEYS / 2);
	}
	ck_assert_int_eq(subject_clear(&subject), 0);
	subject_put_range(&subject, 0, 3);
	ck_assert_uint_gt(count_alive(count, COUNT_VALUES), 10 * KEYS);
	finish();
}
END_TEST

/* Attempts to get memory that fail now and then must lose nothing either. */
START_TEST(test_failures_at_random_lose_nothing)
{
	uint64_t random = test_random_stream((uint64_t)_i);

	begin(_i, 0);
	count_fail_randomly(count, COUNT_ALL, test_random(&random), 200);
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t r = test_random(&random), id = (r >> 32) % KEYS;
		int error;

		switch (r % 4) {
		case 0:
			error = subject_del(&subject, id);
			break;
		case 1:
			error = subject_update(&subject, id);
			break;
		default:
			error = subject_put(&subject, id, 1);
		}
		crew_check(!error || error == -ENOMEM || error == -ENOENT);
		if (r % 256 == 0)
			(void)subject_clear(&subject);
		subject_leave(&subject);
		subject_enter(&subject);
	}
	ck_assert_uint_gt(count_fail_stop(count), 0);
	ck_assert(nb_map_valid(core));
	finish();
}
END_TEST

/* ---- Several threads ---------------------------------------------------- */

#define THREADS 4
#define OPERATIONS 3000

static void work(struct crew_member *member)
{
	for (unsigned i = 0; i < OPERATIONS; i++) {
		subject_enter(&subject);
		/* At times few keys, at times more: tables grow and shrink. */
		subject_random(&subject, &member->random, i / 500 % 2 ? 8 : KEYS, true);
		subject_leave(&subject);
	}
}

static void run_crew(int turn, unsigned flags)
{
	begin(turn, flags);
	subject_leave(&subject);
	crew_run(subject.flavor, THREADS, work, NULL);
	ck_assert(alone_valid(core));
	subject_enter(&subject);
	finish();
}

START_TEST(test_threads_with_a_reclaimer)
{
	run_crew(_i, 0);
}
END_TEST

START_TEST(test_threads_without_a_reclaimer)
{
	run_crew(_i, NBMAP_NO_THREAD);
}
END_TEST

/* ---- Updates that lose their attempts ------------------------------------ */

#define HOT 3

/* What an update's callback may do with a spare, and how it may end: one of all, at random. */
static int do_anything(uint64_t *random, void *current, void **value)
{
	static const int answers[] = {NBMAP_SET,  NBMAP_SET,	NBMAP_SET,    NBMAP_SET,
				      NBMAP_KEEP, NBMAP_REMOVE, NBMAP_REMOVE, -ECANCELED};
	uint64_t r = test_random(random);
	void *left;

	switch (r % 8) {
	case 0:
	case 1:
		/* `current` may be NULL, too: then the spare is ours. */
		left = r % 8 ? current : NULL;
		if (*value && !left)
			count_value_free(*value, count);
		*value = left;
		break;
	case 2:
	case 3:
		break;
	default:
		*value = count_value(count, 1);
		crew_check(*value != NULL);
	}
	/* Others get in between. */
	if (r >> 8 & 1)
		sched_yield();
	return answers[r >> 16 & 7];
}

static int do_anything_to_object(const void *key, void *current, void **value, void *random)
{
	(void)key;
	return do_anything(random, current, value);
}

static int do_anything_to_integer(uint64_t key, void *current, void **value, void *random)
{
	(void)key;
	return do_anything(random, current, value);
}

static void update_hot_keys(struct crew_member *member)
{
	for (unsigned i = 0; i < OPERATIONS; i++) {
		const uint64_t id = test_random(&member->random) % HOT;
		const struct count_key key = count_key(id);
		int error;

		subject_enter(&subject);
		error = subject.integer
				? nbmap_u64_update(subject.integers, id, do_anything_to_integer, &member->random, NULL)
				: nbmap_update(subject.objects, &key, do_anything_to_object, &member->random, NULL);
		/* NULL cannot be set. */
		crew_check(!error || error == -ECANCELED || error == -EINVAL);
		subject_leave(&subject);
	}
}

/* More threads than processors, so that attempts are lost. */
START_TEST(test_updates_lose_no_spare)
{
	begin(_i, 0);
	subject_leave(&subject);
	crew_run(subject.flavor, 8, update_hot_keys, NULL);
	subject_enter(&subject);
	finish();
}
END_TEST

/* ---- Memory that fails under load --------------------------------------- */

#define OWN_KEYS 64

struct owner {
	uint32_t number[OWN_KEYS]; /* 0: absent */
};

static struct owner owners[THREADS];

/* Nobody else writes these keys: after each -ENOMEM the key must be as it was. */
static void write_own_key(const struct crew_member *member, uint64_t r)
{
	struct owner *owner = &owners[member->index];
	const unsigned own = (unsigned)(r >> 32) % OWN_KEYS;
	const uint64_t id = member->index * OWN_KEYS + own;
	const uint32_t before = owner->number[own], number = (uint32_t)(r >> 40) | 1;
	uint32_t after = number;
	int error;

	switch (r % 8) {
	case 0:
	case 1:
	case 2:
		error = subject_del(&subject, id);
		crew_check(error == -ENOMEM || error == (before ? 0 : -ENOENT));
		after = 0;
		break;
	case 3:
		error = subject_update(&subject, id);
		crew_check(!error || error == -ENOMEM);
		after = before + 1;
		break;
	default:
		error = subject_put(&subject, id, number);
		crew_check(!error || error == -ENOMEM);
	}
	if (!error)
		owner->number[own] = after;
	crew_check(subject_get(&subject, id) == owner->number[own]);
}

static void work_while_memory_fails(struct crew_member *member)
{
	struct nbmap_iter iter;
	uint32_t number;
	uint64_t id;
	int error;

	for (unsigned i = 0; i < OPERATIONS; i++) {
		subject_enter(&subject);
		write_own_key(member, test_random(&member->random));
		(void)subject_get(&subject, test_random(&member->random) % (THREADS * OWN_KEYS));
		if (i % 128 == 0) {
			error = subject_walk(&subject, &iter);
			crew_check(!error || error == -ENOMEM);
			while (!error && subject_next(&subject, &iter, &id, &number))
				crew_check(id < THREADS * OWN_KEYS);
		}
		subject_leave(&subject);
	}
}

/* _i: flavour, kind, and whether there is a reclaimer. */
START_TEST(test_failures_at_random_under_load)
{
	uint64_t random = test_random_stream((uint64_t)_i), entries = 0;

	begin(_i % CASES, _i / CASES ? NBMAP_NO_THREAD : 0);
	for (unsigned i = 0; i < THREADS; i++)
		owners[i] = (struct owner){{0}};
	subject_leave(&subject);
	count_fail_randomly(count, COUNT_ALL, test_random(&random), 128);
	crew_run(subject.flavor, THREADS, work_while_memory_fails, NULL);
	ck_assert_uint_gt(count_fail_stop(count), 0);
	ck_assert(alone_valid(core));
	subject_enter(&subject);
	for (uint64_t id = 0; id < THREADS * OWN_KEYS; id++) {
		uint32_t number = owners[id / OWN_KEYS].number[id % OWN_KEYS];

		crew_check(subject_get(&subject, id) == number);
		entries += number != 0;
	}
	ck_assert_uint_eq(subject_size(&subject), entries);
	/* It goes on as if nothing had been. */
	subject_put_range(&subject, 0, THREADS * OWN_KEYS);
	ck_assert_uint_eq(subject_size(&subject), THREADS * OWN_KEYS);
	finish();
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

int main(void)
{
	Suite *suite = suite_create("leak");
	TCase *tcase = tcase_create("leak");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_destroy_in_every_state, 0, STATES * CASES);
	tcase_add_loop_test(tcase, test_clear_in_every_state, 0, STATES * CASES);
	tcase_add_loop_test(tcase, test_walk_in_every_state, 0, STATES * CASES);
	tcase_add_loop_test(tcase, test_destroy_of_a_map_whose_garbage_nobody_freed, 0, CASES);
	tcase_add_loop_test(tcase, test_failures_at_random_lose_nothing, 0, CASES);
	tcase_add_loop_test(tcase, test_threads_with_a_reclaimer, 0, CASES);
	tcase_add_loop_test(tcase, test_threads_without_a_reclaimer, 0, CASES);
	tcase_add_loop_test(tcase, test_updates_lose_no_spare, 0, CASES);
	tcase_add_loop_test(tcase, test_failures_at_random_under_load, 0, 2 * CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
