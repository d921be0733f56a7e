/*
 * defects: what the original of this design leaked, what it got wrong, and the
 * three ways in which it broke its own promises.  One test each, named after
 * the sentence that says so, and each fails on a map that repeats the defect:
 * test_leak_*, test_wrong_*, test_guarantee_*.
 *
 * The library is the one with the smallest tables.  Threads that stop at a bad
 * moment are played by one thread: either by a hook in a callback or in the
 * allocator, which runs "the others" while the caller is in the midst of its
 * work, or by putting words by hand into the state that a stopped thread would
 * have left.  Both are the same on every run.
 *
 * Every block of memory, key and value is counted; the fixture's teardown
 * fails if one was not freed, or freed twice.  The domain has no thread, so
 * nothing is freed before a test asks.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count_alloc.h"
#include "flavor_thread.h"
#include "host.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "tuning.h"

#define KINDS 2

/* ---- The fixture -------------------------------------------------------- */

static struct count *count;
static struct nbmap_allocator counting;
static struct nbmap_domain *domain;
static uint64_t domain_bytes;
static struct subject subject;
static struct nb_map *core;

/* What is to happen once, in the midst of the next hash, key_dup or alloc. */
static void (*in_hash)(void);
static void (*in_dup)(void);
static void (*in_alloc)(void);

static void run_once(void (**hook)(void))
{
	void (*run)(void) = *hook;

	/* Not written when there is none: several threads may be here. */
	if (!run)
		return;
	*hook = NULL;
	run();
}

static uint64_t hooked_hash(const void *key, uint64_t seed, void *arg)
{
	run_once(&in_hash);
	return count_type().hash(key, seed, arg);
}

static void *hooked_dup(const void *key, void *arg)
{
	void *copy = count_type().key_dup(key, arg);

	run_once(&in_dup);
	return copy;
}

static void *hooked_alloc(size_t size, size_t align, void *arg)
{
	void *block = counting.alloc(size, align, arg);

	run_once(&in_alloc);
	return block;
}

static void setup(void)
{
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	counting = count_allocator(count);
	config.allocator = &counting;
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	domain_bytes = count_bytes(count);
}

static void begin(int integer)
{
	struct nbmap_allocator allocator = {hooked_alloc, counting.free, count};
	struct nbmap_type type = integer ? count_value_type() : count_type();
	struct nbmap_config config = {.type = &type, .arg = count, .domain = domain, .allocator = &allocator};

	subject = (struct subject){.flavor = NBMAP_BP, .integer = integer, .count = count};
	if (integer) {
		ck_assert_int_eq(nbmap_u64_new(&subject.integers, &config), 0);
	} else {
		type.hash = hooked_hash;
		type.key_dup = hooked_dup;
		ck_assert_int_eq(nbmap_new(&subject.objects, &config), 0);
	}
	core = subject_core(&subject);
	subject_enter(&subject);
}

static void finish(void)
{
	subject_leave(&subject);
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
}

static void teardown(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

/* Free what waits. */
static void settle(void)
{
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	subject_enter(&subject);
}

static void put(uint64_t id, uint32_t number)
{
	crew_check(!subject_put(&subject, id, number));
}

static void put_range(uint64_t from, uint64_t to)
{
	for (uint64_t id = from; id < to; id++)
		put(id, (uint32_t)id + 1);
}

static struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	subject_stats(&subject, &now);
	return now;
}

/* ---- Inside the map ----------------------------------------------------- */

static struct nb_table *top_table(void)
{
	return nb_load_acquire(&core->top);
}

static struct nb_table *last_table(void)
{
	struct nb_table *table = top_table(), *next;

	while ((next = nb_load_acquire(&table->next)))
		table = next;
	return table;
}

/* Give the last table a successor. */
static struct nb_table *extend(void)
{
	ck_assert_int_eq(nb_migrate_start(core, last_table()), 0);
	return last_table();
}

static struct nb_key key_of(uint64_t id)
{
	static struct count_key object; /* as long as the core looks at it */

	object = count_key(id);
	return subject.integer ? nb_key_of_integer(&core->keys, id) : nb_key_of_object(&core->keys, &object);
}

static struct nb_place place_of(struct nb_table *table, uint64_t id)
{
	struct nb_key key = key_of(id);
	struct nb_place place;

	ck_assert_int_eq(nb_table_find(table, &core->keys, core->keys.kind, &key, &place), NB_FOUND);
	return place;
}

/* A writer that claims the key's slot and stops before it sets a value. */
static struct nb_place claim_only(struct nb_table *table, uint64_t id)
{
	struct nb_key key = key_of(id);
	struct nb_place place;
	uint64_t word = key.word, seen;

	ck_assert_int_eq(nb_table_find(table, &core->keys, core->keys.kind, &key, &place), NB_VACANT);
	if (!subject.integer)
		word = nb_word_of_object(&core->keys, core->keys.dup(key.object, count), key.hash);
	ck_assert(nb_key_claim(nb_place_key(place), &seen, word));
	nb_count_add(&table->used, 1);
	return place;
}

/* Move everything to a table without tombstones and with room. */
static struct nb_table *fresh_table(void)
{
	struct nb_table *table;

	extend();
	ck_assert_int_eq(nb_migrate_finish(core, &table), 0);
	return table;
}

static void sweep_all(struct nb_table *table)
{
	int error;

	for (size_t block = 0; block < table->blocks; block++)
		crew_check(nb_migrate_sweep(core, table, block, &error));
}

/* No successor, and everything is where it should be. */
static void assert_at_rest(void)
{
	ck_assert_uint_eq(stats().tables, 1);
	ck_assert(nb_map_valid(core));
}

/* ==== What the original leaked =========================================== */

START_TEST(test_leak_map_destroyed_with_entries)
{
	begin(_i);
	put_range(0, 100);
	finish();
	ck_assert_uint_eq(count_bytes(count), domain_bytes);
}
END_TEST

START_TEST(test_leak_map_destroyed_with_a_chain_of_several_tables)
{
	begin(_i);
	put_range(0, 20);
	for (unsigned i = 1; i <= 5; i++) {
		extend();
		put_range(20 * i, 20 * i + 3);
		crew_check(!subject_del(&subject, i));
	}
	ck_assert_uint_ge(stats().tables, 4);
	finish();
	ck_assert_uint_eq(count_bytes(count), domain_bytes);
}
END_TEST

START_TEST(test_leak_superseded_table_after_promotion)
{
	struct nb_table *old;

	begin(_i);
	put_range(0, 50);
	old = fresh_table();
	settle();
	ck_assert_ptr_ne(fresh_table(), old);
	ck_assert_uint_gt(count_bytes(count) - domain_bytes, stats().bytes);
	settle();
	/* What is left is what the map says it has, and no more. */
	ck_assert_uint_eq(count_bytes(count) - domain_bytes, stats().bytes);
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
	ck_assert_uint_eq(count_bytes(count) - domain_bytes, stats().bytes);
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
	settle();
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
	settle();
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
	settle();
	ck_assert_uint_eq(subject_get(&subject, 1), 1);
	finish();
}
END_TEST

/* Slots in every state there is; then nothing may be asked for any more. */
START_TEST(test_leak_get_allocates_nothing_in_any_state)
{
	struct nb_table *table;

	begin(_i);
	put_range(0, 8);
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
	put_range(0, 10);
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
	ck_assert_int_eq(nb_migrate_copy(core, copied_table, place_of(copied_table, 1)), 0);
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
	put_range(0, COPIED);
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
	settle();
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
		settle();
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
	put_range(0, 50);
	for (uint64_t id = 0; id < 50; id++)
		crew_check(!subject_del(&subject, id));
	fresh_table();
	settle();
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
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), subject_size(&subject));
	ck_assert_int_eq(subject_clear(&subject), 0);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
	ck_assert_uint_eq(count_bytes(count) - domain_bytes, stats().bytes);
	finish();
}
END_TEST

/* A writer that still works in the old chain: what it inserts is cleared with the rest. */
static void rival_clears(void)
{
	ck_assert_int_eq(subject_clear(&subject), 0);
}

START_TEST(test_leak_value_put_into_a_chain_that_was_cleared)
{
	begin(0);
	put(5, 5);
	in_dup = rival_clears;
	put(1, 1);
	ck_assert_uint_eq(subject_get(&subject, 1), 0);
	ck_assert_uint_eq(subject_size(&subject), 0);
	settle();
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
	finish();
}
END_TEST

/* ==== What it also got wrong ============================================== */

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
		/* Long before a table is full, so that a miss stays cheap; it is looked at every so many claims. */
		limit = nb_table_capacity(last) * NB_USED_MAX / NB_USED_DEN + nb_table_capacity(last) / NB_CHECKS + 1;
		crew_check(nb_count_sum(&last->used) <= limit);
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
	ck_assert_uint_eq(nb_migrate_lines(core, (uint64_t)1 << 40), ((size_t)1 << 40) * 5 / 8);
	/* What does not fit is refused, not wrapped. */
	ck_assert_uint_ge(nb_migrate_lines(core, UINT64_MAX), SIZE_MAX / 64);
	ck_assert_uint_ge(nb_migrate_lines(core, UINT64_MAX / 4), SIZE_MAX / 64);
	for (unsigned shift = 0; shift < 10; shift++)
		ck_assert_ptr_null(nb_table_new(core, top_table()->chain, SIZE_MAX >> shift, 2));
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
	nb_count_add(&table->used, many);
	nb_count_add(&table->chain->live, many);
	ck_assert_uint_eq(subject_size(&subject), many + 1);
	ck_assert_uint_eq(stats().used, many + 1);
	/* The successor would have 2^33 * 5/2 slots; nobody has the memory, and nothing is harmed. */
	count_fail_from(count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nb_migrate_start(core, table), -ENOMEM);
	count_fail_stop(count);
	ck_assert_uint_eq(subject_get(&subject, 1), 1);
	nb_count_remove(&table->used, many);
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
		put_range(0, 100);
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

/* ---- A chain of ten thousand tables, and a stack that would not bear it -- */

#define DEEP 10000

static void build_deep_chain(int integer)
{
	struct nb_table *last;

	begin(integer);
	put_range(0, 3);
	last = fresh_table();
	for (unsigned i = 0; i < DEEP; i++) {
		ck_assert_int_eq(nb_migrate_start(core, last), 0);
		last = nb_load_acquire(&last->next);
	}
}

/* All that is in the chain goes to its last table; but no table is unlinked. */
static void sweep_deep_chain(void)
{
	for (struct nb_table *table = top_table(); nb_load_acquire(&table->next); table = nb_load_acquire(&table->next))
		sweep_all(table);
}

static void *use_deep_chain(void *arg)
{
	struct nbmap_iter iter;
	uint32_t number;
	uint64_t id;

	(void)arg;
	subject_enter(&subject);
	crew_check(stats().tables == DEEP + 1);
	/* From the first table to the last. */
	crew_check(subject_get(&subject, 1) == 2 && subject_get(&subject, 7) == 0);
	crew_check(subject_del(&subject, 7) == -ENOENT);
	put(1, 5);
	put(8, 9);
	crew_check(!subject_update(&subject, 2) && !subject_del(&subject, 0));
	crew_check(subject_get(&subject, 1) == 5 && subject_get(&subject, 2) == 4 && subject_size(&subject) == 3);
	/* And completes ten thousand migrations. */
	crew_check(!subject_walk(&subject, &iter));
	for (unsigned i = 0; i < 3; i++)
		crew_check(subject_next(&subject, &iter, &id, &number));
	crew_check(!subject_next(&subject, &iter, &id, &number));
	crew_check(stats().tables == 1);
	subject_leave(&subject);
	return NULL;
}

static void *clear_deep_chain(void *arg)
{
	(void)arg;
	subject_enter(&subject);
	crew_check(!subject_clear(&subject) && subject_size(&subject) == 0);
	subject_leave(&subject);
	crew_check(!subject_barrier(&subject));
	return NULL;
}

static void *destroy_deep_chain(void *arg)
{
	(void)arg;
	crew_check(!subject_close(&subject));
	return NULL;
}

static void on_a_small_stack(void *(*work)(void *))
{
	size_t size = 64 * 1024;
	pthread_attr_t attr;
	pthread_t thread;
	long least = sysconf(_SC_THREAD_STACK_MIN);

	if (least > (long)size)
		size = (size_t)least;
	subject_leave(&subject);
	ck_assert_int_eq(pthread_attr_init(&attr), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, size), 0);
	ck_assert_int_eq(pthread_create(&thread, &attr, work, NULL), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
}

START_TEST(test_wrong_recursion_as_deep_as_the_chain)
{
	build_deep_chain(_i);
	sweep_deep_chain();
	on_a_small_stack(use_deep_chain);
	subject_enter(&subject);
	finish();
}
END_TEST

START_TEST(test_wrong_recursion_as_deep_as_a_chain_that_is_cleared)
{
	build_deep_chain(_i);
	on_a_small_stack(clear_deep_chain);
	subject_enter(&subject);
	finish();
}
END_TEST

START_TEST(test_wrong_recursion_as_deep_as_a_chain_that_is_destroyed)
{
	build_deep_chain(_i);
	on_a_small_stack(destroy_deep_chain);
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

/* ==== The three guarantees ================================================ */

/*
 * A.  A copier stalls with a frozen value in hand; others finish the slot, the
 * key is removed, the next table is itself left and the tombstone dropped.
 */
static struct nb_table *first_table;

static void others_move_on_and_remove(void)
{
	struct nb_table *second = nb_load_acquire(&first_table->next);

	ck_assert_int_eq(nb_migrate_copy(core, first_table, place_of(first_table, 1)), 0);
	crew_check(!subject_del(&subject, 1));
	ck_assert_int_eq(nb_migrate_start(core, second), 0);
	sweep_all(first_table);
	sweep_all(second);
	nb_migrate_promote(core, first_table);
	ck_assert_uint_eq(stats().tables, 1);
	ck_assert_ptr_eq(top_table(), nb_load_acquire(&second->next));
	ck_assert_uint_eq(stats().used, 0);
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
	nb_store_relaxed(&table->cursor, table->blocks);
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
		nb_store_relaxed(&table->swept[i], 0);
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
	put_range(0, 40);
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
	put_range(0, 8);
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

	put_range(0, live);
	for (uint64_t id = live; id < live + turns; id++) {
		size_t bytes;

		put(id, 1);
		crew_check(!subject_del(&subject, id));
		bytes = stats().bytes;
		if (bytes > most)
			most = bytes;
		/* Garbage is another matter, and would be counted in time. */
		if (id % 1000 == 0)
			settle();
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

/* ---- The suite ---------------------------------------------------------- */

static void add_leaks(TCase *tcase)
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

static void add_wrongs(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_wrong_resize_overwrites_an_installed_next_table, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_load_driven_growth_never_fires, 0, KINDS);
	tcase_add_test(tcase, test_wrong_eleven_keys_of_equal_hash_grow_without_end);
	tcase_add_loop_test(tcase, test_wrong_probe_limits_and_sizes_overflow_32_bits, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_counts_overflow_32_bits, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_get_on_a_claimed_but_valueless_slot_is_a_hit, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_removal_is_impossible, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_size_after_a_resize, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_recursion_as_deep_as_the_chain, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_recursion_as_deep_as_a_chain_that_is_cleared, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_recursion_as_deep_as_a_chain_that_is_destroyed, 0, KINDS);
	tcase_add_test(tcase, test_wrong_removing_or_replacing_an_absent_key_uses_up_slots);
}

static void add_guarantees(TCase *tcase)
{
	tcase_add_test(tcase, test_guarantee_a_a_removed_value_is_not_resurrected);
	tcase_add_loop_test(tcase, test_guarantee_a_nor_by_a_copier_that_wakes_much_later, 0, KINDS);
	tcase_add_loop_test(tcase, test_guarantee_b_nobody_waits_for_a_stopped_copier, 0, STOPS * KINDS);
	tcase_add_loop_test(tcase, test_guarantee_b_nobody_waits_for_a_stopped_writer, 0, KINDS);
	tcase_add_loop_test(tcase, test_guarantee_c_churn_does_not_grow_the_map, 0, KINDS);
}

static TCase *group(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("defects");

	add_leaks(group(suite, "leak"));
	add_wrongs(group(suite, "wrong"));
	add_guarantees(group(suite, "guarantee"));
	return test_run(suite);
}
