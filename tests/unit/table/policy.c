/*
 * policy: when a table is left, and how large the next one is.
 */
#include "policy.h"
#include "heir.h"
#include "suite.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>

#define SMALL ((size_t)NB_LOOSE / NB_LINE_SLOTS) /* lines: the largest table that is loose by its size */

/* Churned: more than a third of the used slots have no living key. */
START_TEST(a_third_of_the_used_is_not_alive)
{
	static const struct {
		uint64_t live, used;
		bool churned;
	} cases[] = {
		{0, 0, false}, {0, 1, true}, {1, 1, false}, {2, 3, false}, {2, 4, true}, {3, 4, false}, {3, 5, true},
		{1000, 1500, false}, {1000, 1501, true},
		/* Some are still to be copied here. */
		{1000, 10, false}, {1000, 0, false}, {UINT64_MAX, UINT64_MAX, false}, {1, UINT64_MAX, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(nb_policy_is_churned(cases[i].live, cases[i].used) == cases[i].churned, "case %zu", i);
}
END_TEST

static uint64_t limit_of(size_t lines, bool churned)
{
	return nb_policy_limit((struct nb_size){lines, churned});
}

/* A table's limit: 4/5 where it is small or made for a churned map, else 7/8. */
START_TEST(limits)
{
	ck_assert_uint_eq(limit_of(1, false), 3);
	ck_assert_uint_eq(limit_of(25, false), 80);
	ck_assert_uint_eq(limit_of(25, true), 80);
	ck_assert_uint_eq(limit_of(SMALL, false), NB_LOOSE * 4 / 5);
	ck_assert_uint_eq(limit_of(SMALL + 1, false), (NB_LOOSE + 4) * 7 / 8);
	ck_assert_uint_eq(limit_of(SMALL + 1, true), (NB_LOOSE + 4) * 4 / 5);
	/* Beyond 32 bits. */
	ck_assert_uint_eq(limit_of((size_t)1 << 40, false), UINT64_C(7) << 39);
}
END_TEST

/* A successor's lines: 5/2 slots an entry where there are few, or the map is churned; else 11/5. */
START_TEST(lines_for_entries)
{
	for (uint64_t live = 0; live < 5000; live++)
		ck_assert_uint_eq(nb_policy_lines(live, live), (live * 5 + 7) / 8);
	ck_assert_uint_eq(nb_policy_lines(NB_LOOSE - 1, NB_LOOSE), (NB_LOOSE * 5 - 5 + 7) / 8);
	ck_assert_uint_eq(nb_policy_lines(NB_LOOSE, NB_LOOSE), (NB_LOOSE * 11 + 19) / 20);
	ck_assert_uint_eq(nb_policy_lines(NB_LOOSE, NB_LOOSE * 2), NB_LOOSE * 5 / 8);
	/* Beyond 32 bits, and where the product wraps. */
	ck_assert_uint_eq(nb_policy_lines(UINT64_C(5) << 34, 0), UINT64_C(11) << 32);
	ck_assert_uint_eq(nb_policy_lines(UINT64_C(1) << 40, UINT64_C(1) << 41), UINT64_C(5) << 37);
	ck_assert_uint_eq(nb_policy_lines(SIZE_MAX / 5, 0), SIZE_MAX);
	ck_assert_uint_eq(nb_policy_lines(SIZE_MAX / 4, 0), SIZE_MAX);
	ck_assert_uint_eq(nb_policy_lines(SIZE_MAX / 3, SIZE_MAX), SIZE_MAX);
	ck_assert_uint_eq(nb_policy_lines(UINT64_MAX, 0), SIZE_MAX);
}
END_TEST

/* What is asked for fits below the limit, with some churn: a seventh where a table is loose, else an eleventh, but less
 * where small ones end.  More entries never have fewer lines. */
START_TEST(room_for_entries)
{
	static const uint64_t around[] = {0, NB_LOOSE * 7 / 10, NB_LOOSE * 4 / 5, NB_LOOSE};
	size_t before = 0;

	ck_assert_uint_eq(nb_policy_room(0), 0);
	ck_assert_uint_eq(nb_policy_room(SIZE_MAX), SIZE_MAX / NB_LINE_SLOTS + 1);
	for (size_t i = 0; i < sizeof(around) / sizeof(*around); i++)
		for (uint64_t n = around[i] > 1000 ? around[i] - 1000 : 1; n < around[i] + 1000; n++) {
			size_t lines = nb_policy_room(n);

			ck_assert_uint_ge(lines, before);
			before = lines;
			/* What the checks may come too late by, and one line to spare. */
			ck_assert_uint_ge(limit_of(lines, false), n);
			ck_assert_uint_le(lines * NB_LINE_SLOTS, n * 10 / 7 + 2 * NB_LINE_SLOTS);
		}
	ck_assert_uint_le(nb_policy_room(10000000) * NB_LINE_SLOTS, 12500004);
}
END_TEST

/* Of the first invariants in policy.h: a successor takes nine claims or more for each ten entries that are copied. */
START_TEST(claims_pay_for_copies)
{
	for (uint64_t live = 8; live < NB_LOOSE * 64; live += 1 + live / 100)
		for (unsigned churned = 0; churned < 2; churned++) {
			uint64_t used = churned ? 2 * live : live;
			size_t lines = nb_policy_lines(live, used);
			uint64_t limit = limit_of(lines, nb_policy_is_churned(live, used));

			ck_assert_uint_lt(limit, lines * NB_LINE_SLOTS);
			ck_assert_uint_ge((limit - live) * 10, live * 9);
		}
}
END_TEST

/* A migration starts when the limit is passed, and not before. */
START_TEST(load_limit)
{
	static const size_t sizes[] = {1, 2, 5, 10, 31};
	size_t lines = sizes[_i], slots = lines * NB_LINE_SLOTS;

	for (uint64_t used = 0; used <= slots; used++) {
		struct core core;
		struct nb_table *table;

		core_open(&core, NB_INTEGER, false);
		table = core_top(&core, lines);
		nb_claims_add(&table->used, used);
		nb_migrate_check_used(core.map, table);
		ck_assert_msg((nb_load_relaxed(&table->next) != NULL) == (used > slots * 4 / 5),
			      "%d of %d slots used", (int)used, (int)slots);
		core_close(&core);
	}
}
END_TEST

/* A large table that was filled is left for a tight one; one that is full of tombstones for a loose one. */
START_TEST(successor_of_a_large_table)
{
	bool churn = _i;
	size_t lines = 2 * SMALL, slots = lines * NB_LINE_SLOTS;
	int64_t live = (int64_t)(churn ? slots / 2 : slots * 7 / 8);
	struct core core;
	struct nb_table *table, *next;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, lines);
	core_live(&core, live);
	nb_claims_add(&table->used, slots * 7 / 8);
	nb_migrate_check_used(core.map, table);
	ck_assert(!nb_heir_is_under_way(table));
	nb_claims_add(&table->used, 1);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	next = nb_load_relaxed(&table->next);
	ck_assert_uint_eq(next->lines, ((uint64_t)(live + 1) * (churn ? 5 : 11) + (churn ? 7 : 19)) / (churn ? 8 : 20));
	ck_assert_uint_eq(nb_table_limit(next), next->lines * NB_LINE_SLOTS * (churn ? 4 : 7) / (churn ? 5 : 8));
	core_live(&core, -live);
	core_close(&core);
}
END_TEST

/* A large table is not looked at on every claim, but often enough to overshoot by a 64th only. */
START_TEST(load_limit_of_a_large_table)
{
	struct core core;
	struct nb_table *table;
	size_t slots = 250 * NB_LINE_SLOTS;
	uint64_t used = 0;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 250);
	ck_assert_uint_gt(table->check_mask, 0);
	while (!nb_load_relaxed(&table->next)) {
		nb_migrate_claimed(core.map, table);
		ck_assert_uint_le(++used, nb_table_limit(table) + slots / 64 + 1);
	}
	ck_assert_uint_gt(used, nb_table_limit(table));
	core_close(&core);
}
END_TEST

/* Tombstones start a migration when they are more than the live and a quarter of the slots, but not in small tables. */
START_TEST(tombstone_limit)
{
	size_t lines = NB_SMALL_LINES + (size_t)_i, slots = lines * NB_LINE_SLOTS;

	for (uint64_t used = 0; used <= slots * 4 / 5; used += 1 + slots / 32)
		for (uint64_t live = 0; live <= used; live += 1 + slots / 32) {
			bool wanted = _i && used - live > live && (used - live) * 4 >= slots;
			struct core core;
			struct nb_table *table;

			core_open(&core, NB_INTEGER, false);
			table = core_top(&core, lines);
			nb_claims_add(&table->used, used);
			core_live(&core, (int64_t)live);
			nb_migrate_check_tombs(core.map, table);
			ck_assert_msg((nb_load_relaxed(&table->next) != NULL) == wanted, "%d slots, %d used, %d live",
				      (int)slots, (int)used, (int)live);
			core_live(&core, -(int64_t)live);
			core_close(&core);
		}
}
END_TEST

/* The successor's size follows what is alive: it grows, stays or shrinks, but not to less than a sixth. */
START_TEST(successor_size)
{
	static const struct {
		size_t lines, min;
		uint64_t live;
		size_t next;
	} cases[] = {
		{100, 1, 400, 251}, /* full: 401 * 5/8 */
		{100, 1, 159, 100}, /* mostly tombstones: the same */
		{100, 1, 100, 64},  /* less */
		{600, 1, 0, 100},   /* next to nothing: a sixth */
		{600, 300, 0, 300}, /* never below what the user asked for */
		{6, 1, 0, 1},	    {1, 1, 0, 1}, {1, 1, 4, 4},
	};
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	core.map->min_lines = cases[_i].min;
	table = core_top(&core, cases[_i].lines);
	core_live(&core, (int64_t)cases[_i].live);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_uint_eq(nb_load_relaxed(&table->next)->lines, cases[_i].next);
	core_live(&core, -(int64_t)cases[_i].live);
	core_close(&core);
}
END_TEST

/* Slots in the top table, and tables in the chain. */
static size_t top_slots(struct core *core)
{
	return nb_table_capacity(nb_load_relaxed(&core->map->top));
}

static unsigned tables_of(struct core *core)
{
	unsigned n = 0;

	for (struct nb_table *table = nb_load_relaxed(&core->map->top); table; table = nb_load_relaxed(&table->next))
		n++;
	return n;
}

static struct nb_key integer_key(struct core *core, uint64_t n)
{
	struct nb_key key = nb_key_of_integer(&core->map->keys, n);

	ck_assert_uint_gt(key.word, NB_KEY_CLOSED);
	return key;
}

/* Up and down again: the room stays within a constant of the live entries, and chains stay short. */
START_TEST(room_follows_entries)
{
	uint64_t entries = test_rounds(20000, 2000);
	/* The smallest blocks are swept too slowly for the promise of tuning.h to hold to the letter. */
	unsigned tables = NB_BLOCK_SLOTS < 16 ? 16 : 3;
	struct core core;

	core_open(&core, NB_INTEGER, false);
	core.map->min_lines = NB_MIN_LINES;
	for (uint64_t n = 0; n < entries; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_int_eq(core_write(&core, NB_ADD, &key, core_value(&core, n)), 0);
		ck_assert_uint_le(top_slots(&core), 4 * (n + 1) + 16 * NB_MIN_LINES);
		ck_assert_uint_le(tables_of(&core), tables);
	}
	for (uint64_t n = 0; n < entries; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_uint_eq(core_get(&core, &key), core_value(&core, n));
	}
	for (uint64_t n = 0; n < entries; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
		ck_assert_uint_le(tables_of(&core), tables);
		if (n % 1000 == 0)
			core_breathe(&core);
	}
	/* Removals that find nothing help to the end what others began. */
	for (uint64_t n = 0; n < tables * entries && tables_of(&core) > 1; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), -ENOENT);
	}
	ck_assert_uint_eq(tables_of(&core), 1);
	ck_assert_uint_le(top_slots(&core), 128);
	core_close(&core);
}
END_TEST

/* Churn.  Ever-fresh keys come and go beside one that stays: the table does not grow, nor what it costs. */
START_TEST(churn_keeps_its_size)
{
	uint64_t rounds = test_rounds(200000, 5000), most_slots = 0, most_bytes = 0;
	struct core core;
	struct nb_key lasting;

	core_open(&core, NB_INTEGER, false);
	core.map->min_lines = NB_MIN_LINES;
	lasting = integer_key(&core, 0);
	ck_assert_int_eq(core_write(&core, NB_PUT, &lasting, core_value(&core, 1)), 0);
	for (uint64_t n = 1; n <= rounds; n++) {
		struct nb_key key = integer_key(&core, n);

		ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, n)), 0);
		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
		most_slots = top_slots(&core) > most_slots ? top_slots(&core) : most_slots;
		if (n % 10)
			continue;
		core_breathe(&core);
		most_bytes = count_bytes(core.count) > most_bytes ? count_bytes(core.count) : most_bytes;
	}
	ck_assert_uint_eq(core_get(&core, &lasting), core_value(&core, 1));
	ck_assert_uint_eq(nb_count_sum(&nb_load_relaxed(&core.map->top)->chain->live), 1);
	/* It must have migrated all the time, else this shows nothing. */
	ck_assert_uint_gt(nb_load_relaxed(&core.map->migrations), rounds / 20);
	ck_assert_uint_le(most_slots, NB_MIN_LINES * NB_LINE_SLOTS > 8 ? NB_MIN_LINES * NB_LINE_SLOTS : 8);
	ck_assert_uint_le(most_bytes, 4096);
	core_close(&core);
}
END_TEST

/* Keys of one hash cost time, not memory. */
START_TEST(one_hash_for_all)
{
	size_t keys = (size_t)test_rounds(10000, 1000);
	struct count_key *key = calloc(keys, sizeof(*key));
	struct core core;

	ck_assert_ptr_nonnull(key);
	core_open(&core, NB_OBJECT, false);
	core.map->min_lines = NB_MIN_LINES;
	for (size_t n = 0; n < keys; n++) {
		struct nb_key made;

		key[n] = count_key_hashed(n, 12345);
		made = nb_key_of_object(&core.map->keys, &key[n]);
		ck_assert_int_eq(core_write(&core, NB_ADD, &made, core_value(&core, n)), 0);
		ck_assert_uint_le(top_slots(&core), 16 * (n + 1));
	}
	for (size_t n = 0; n < keys; n++) {
		struct nb_key made = nb_key_of_object(&core.map->keys, &key[n]);

		ck_assert_uint_eq(core_get(&core, &made), core_value(&core, n));
	}
	ck_assert_uint_le(top_slots(&core), 16 * keys);
	core_close(&core);
	free(key);
}
END_TEST

void add_policy(TCase *tcase)
{
	tcase_add_test(tcase, a_third_of_the_used_is_not_alive);
	tcase_add_test(tcase, limits);
	tcase_add_test(tcase, lines_for_entries);
	tcase_add_test(tcase, room_for_entries);
	tcase_add_test(tcase, claims_pay_for_copies);
	tcase_add_loop_test(tcase, load_limit, 0, 5);
	tcase_add_loop_test(tcase, successor_of_a_large_table, 0, 2);
	tcase_add_test(tcase, load_limit_of_a_large_table);
	tcase_add_loop_test(tcase, tombstone_limit, 0, 3);
	tcase_add_loop_test(tcase, successor_size, 0, 8);
	tcase_add_test(tcase, room_follows_entries);
	tcase_add_test(tcase, churn_keeps_its_size);
	tcase_add_test(tcase, one_hash_for_all);
}
