/*
 * sizes: garbage counted in bytes, to the byte: tables, and the keys and values
 * of types that say how large theirs are.
 *
 * Both kinds of key, all flavours, and a domain without threads, so that nothing
 * is freed before a test asks.  Then there is one equation for every state of a
 * map, also in the midst of a migration:
 *
 *   what waits  =  all that is alive - what the map still has
 *
 * On the left what the library says, on the right what was counted when it was
 * made, and what is found slot by slot.  When a test ends all of it must be off
 * the account again, and stand as freed.
 *
 * One thing may be counted twice: a key that a writer takes along from a table
 * whose last block it has swept itself just before, so that the table waits
 * already, with that key on its account.
 */
#include <check.h>
#include <string.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "retire.h"
#include "run.h"
#include "stripe.h"
#include "subject.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define IDS 300

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static struct nb_map *core;
static uint32_t number[IDS];	/* of each key's value, 0: none */
static uint64_t tables, newest; /* bytes of all there ever were, up to this number */
static uint64_t twice;		/* bytes of keys that are perhaps counted twice */

/* ---- What waits --------------------------------------------------------- */

static struct nb_table *top(void)
{
	return nb_load_acquire(&core->top);
}

/* To be asked so often that no table comes and goes in between. */
static void meet_tables(void)
{
	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		if (table->number > newest) {
			crew_check(table->number == newest + 1);
			newest = table->number;
			tables += table->bytes;
		}
}

/* The keys that go with the table. */
static uint64_t keys_of(struct nb_table *table)
{
	uint64_t bytes = 0;

	for (size_t slot = 0; slot < nb_table_capacity(table) && !subject.integer; slot++) {
		struct nb_place place = nb_place_at(table, slot);
		uint64_t word = nb_load_relaxed(nb_place_key(place));

		if (word > NB_KEY_CLOSED && nb_phase(nb_load_relaxed(nb_place_value(place))) != NB_CARRIED)
			bytes += count_key_size(nb_object_of_word(&core->keys, word), count);
	}
	return bytes;
}

static uint64_t what_the_map_has(void)
{
	uint64_t bytes = 0;

	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		bytes += table->bytes + keys_of(table);
	for (uint64_t id = 0; id < IDS; id++)
		bytes += number[id] ? COUNT_VALUE_SIZE(id << 32 | number[id]) : 0;
	return bytes;
}

static uint64_t what_waits(void)
{
	return tables + count_sizes(count, COUNT_KEYS) + count_sizes(count, COUNT_VALUES) - what_the_map_has();
}

static struct nbmap_domain_stats stats(void)
{
	struct nbmap_domain_stats now;

	nbmap_domain_stats(domain, &now);
	return now;
}

static void check_what_waits(void)
{
	struct nbmap_stats of_map;

	meet_tables();
	/* What stands in a batch that is not full yet is not counted. */
	nbr_seal_patiently(nb_domain_in(domain));
	subject_stats(&subject, &of_map);
	crew_check(stats().pending_bytes - what_waits() <= twice);
	crew_check(of_map.pending_bytes == stats().pending_bytes);
	crew_check(of_map.pending_objects == stats().pending_objects);
}

/* ---- The fixture -------------------------------------------------------- */

static const struct nbmap_type sizes = {.value_size = count_value_size, .key_size = count_key_size};

static void begin(int turn, size_t capacity)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(turn / KINDS);
	struct nbmap_domain_config config = {.flavor = flavor, .flags = NBMAP_NO_THREAD};
	struct nbmap_config base = {.type = &sizes, .flavor = flavor, .capacity = capacity};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	base.domain = domain;
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	core = subject_core(&subject);
	memset(number, 0, sizeof(number));
	tables = newest = twice = 0;
	flavor_register(flavor);
	subject_enter(&subject);
	check_what_waits();
}

/* All that waits is freed. */
static void walk_back(void)
{
	uint64_t freed = stats().freed_bytes, there_were;

	check_what_waits();
	there_were = stats().pending_bytes + what_the_map_has();
	subject_leave(&subject);
	/* A migration that is finished thereby leaves one more table. */
	while (stats().pending_objects)
		ck_assert_int_gt(subject_reclaim(&subject), 0);
	subject_enter(&subject);
	there_were -= tables;
	meet_tables();
	there_were += tables;
	ck_assert_uint_eq(stats().pending_bytes, 0);
	ck_assert_uint_eq(stats().freed_bytes - freed, there_were - what_the_map_has());
	tables = twice = 0;
	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		tables += table->bytes;
	ck_assert_uint_eq(what_waits(), 0);
}

static void finish(void)
{
	walk_back();
	subject_leave(&subject);
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

static void put(uint64_t id, uint32_t n)
{
	uint64_t copies = count_made(count, COUNT_KEYS);
	struct nb_table *before = top();

	crew_check(!subject_put(&subject, id, n));
	if (!subject.integer && !number[id] && copies == count_made(count, COUNT_KEYS) && top() != before)
		twice += COUNT_KEY_SIZE(id);
	number[id] = n;
}

static void del(uint64_t id)
{
	crew_check(!subject_del(&subject, id));
	number[id] = 0;
}

static void clear(void)
{
	crew_check(!subject_clear(&subject));
	memset(number, 0, sizeof(number));
}

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

/* ---- Types -------------------------------------------------------------- */

static void fill_and_clear(const struct nbmap_type *type, const void *const *keys, size_t n, uint64_t bytes)
{
	struct nbmap_config config = {.type = type, .domain = domain};
	uint64_t before = stats().pending_bytes;
	struct nb_table *table;
	struct nbmap *map;

	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(nbmap_put(map, keys[i], nbmap_int(i), NULL), 0);
	table = nb_load_acquire(&map->map.top);
	ck_assert_int_eq(nbmap_clear(map), 0);
	ck_assert_uint_eq(stats().pending_bytes - before, table->bytes + bytes);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}

START_TEST(test_ready_made_types_know_the_sizes_of_their_keys)
{
	const struct nbmap_bytes bytes[] = {{NULL, 0}, {"abc", 3}, {"\0\0", 2}};

	begin(NBMAP_BP * KINDS, 0);
	subject_leave(&subject);
	fill_and_clear(nbmap_type_string(), (const void *const[]){"", "a", "twelve bytes"}, 3, 1 + 2 + 13);
	/* One block that holds both. */
	fill_and_clear(nbmap_type_bytes(), (const void *const[]){&bytes[0], &bytes[1], &bytes[2]}, 3,
		       3 * sizeof(struct nbmap_bytes) + 5);
	fill_and_clear(nbmap_type_pointer(), (const void *const[]){&bytes[0], &bytes[1], &bytes[2]}, 3, 0);
	subject_enter(&subject);
	finish();
}
END_TEST

static size_t no_size(const void *object, void *arg)
{
	(void)object;
	(void)arg;
	crew_check(!"asked");
	return 0;
}

/* Keys and values that are not the map's own are not counted, so nobody asks. */
START_TEST(test_sizes_of_what_is_not_owned_are_not_asked_for)
{
	struct nbmap_type type = *nbmap_type_pointer();

	begin(NBMAP_BP * KINDS, 0);
	subject_leave(&subject);
	type.key_size = no_size;
	type.value_size = no_size;
	fill_and_clear(&type, (const void *const[]){&type, &subject, &count}, 3, 0);
	subject_enter(&subject);
	finish();
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
	tcase_add_test(tcase, test_ready_made_types_know_the_sizes_of_their_keys);
	tcase_add_test(tcase, test_sizes_of_what_is_not_owned_are_not_asked_for);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
