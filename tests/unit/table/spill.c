/*
 * spill: whoever claims outside of a key's home line says so there, and only whoever
 * looks for a key goes by it.
 */
#include "spill.h"
#include "suite.h"

/* Not left before all of these keys are in it. */
#define LINES 8u

/* Key n of home line 1 and class `class`. */
static struct nb_key key_of_class(struct core *core, uint64_t n, uint64_t class)
{
	/* The class's bits are the highest of the low half. */
	uint64_t high = (core_hash(LINES, 1, 0) >> 32) + 1;

	return core_key(core, high << 32 | class << NB_SPILL_SHIFT | (n + 1));
}

static bool spilled(struct nb_table *table, const struct nb_key *key)
{
	return nb_spilled(table->spill, 1, key->hash);
}

static void fill_home(struct core *core, struct nb_table *table)
{
	for (uint64_t n = 0; n < NB_LINE_SLOTS; n++) {
		struct nb_key key = key_of_class(core, n, 0);

		ck_assert_ptr_eq(core_put(core, table, &key, NB_TOMB).line, &table->line[1]);
	}
}

/* A table whose line 1 is full of keys of that home and class 0. */
static struct nb_table *full_home(struct core *core, enum nb_kind kind)
{
	struct nb_table *table;

	core_open(core, kind, false);
	table = core_top(core, LINES);
	fill_home(core, table);
	return table;
}

static void write_key(struct core *core, const struct nb_key *key)
{
	ck_assert_int_eq(core_write(core, NB_PUT, key, core_value(core, 1)), 0);
}

/* From the table before. */
static void copy_key(struct core *core, const struct nb_key *key)
{
	struct nb_table *top = nb_load_relaxed(&core->map->top);
	struct nb_place place = core_put(core, top, key, core_value(core, 1));

	ck_assert_int_eq(nb_migrate_copy(core->map, top, place), 0);
}

/* Claims in the home line set nothing; each outside sets its class's bit there, whoever
 * claims. */
START_TEST(a_claim_outside_spills)
{
	bool copied = _i / KINDS;
	struct core core;
	struct nb_table *table;

	core_open(&core, (enum nb_kind)(_i % KINDS), false);
	table = core_top(&core, copied ? 2 * LINES : LINES);
	if (copied)
		table = core_link(&core, table, LINES);
	fill_home(&core, table);
	for (uint64_t class = 0; class < NB_SPILL_CLASSES; class++) {
		struct nb_key key = key_of_class(&core, NB_LINE_SLOTS + class, class);
		struct nb_place place;

		ck_assert(!spilled(table, &key));
		ck_assert_int_eq(nb_table_find(table, &core.map->keys, core.kind, &key, &place), NB_FULL);
		if (copied)
			copy_key(&core, &key);
		else
			write_key(&core, &key);
		ck_assert(spilled(table, &key));
		core_find(&core, table, &key);
		ck_assert(nb_table_valid(table, &core.map->keys));
	}
	ck_assert_uint_eq(nb_load_relaxed(&table->spill[0]), UINT64_C(0xff) << NB_SPILL_CLASSES);
	core_close(&core);
}
END_TEST

/* What only looks, and what finds nothing to write to, leaves the bits alone; so does
 * a write to a key that is there. */
START_TEST(a_look_spills_nothing)
{
	struct core core;
	struct nb_table *table = full_home(&core, (enum nb_kind)_i);
	struct nb_key absent = key_of_class(&core, NB_LINE_SLOTS, 3), present = key_of_class(&core, NB_LINE_SLOTS, 3);
	nb_word *bits = &table->spill[0];
	uint64_t before;

	ck_assert_uint_eq(core_get(&core, &absent), NB_EMPTY);
	ck_assert_int_eq(core_write(&core, NB_DEL, &absent, 0), -ENOENT);
	ck_assert_int_eq(core_write(&core, NB_SET, &absent, core_value(&core, 1)), -ENOENT);
	ck_assert_int_eq(core_probe(&core, table, &absent), NB_VACANT);
	ck_assert_uint_eq(nb_load_relaxed(bits), 0);
	write_key(&core, &present);
	before = nb_load_relaxed(bits);
	ck_assert_int_eq(core_write(&core, NB_PUT, &present, core_value(&core, 2)), 0);
	ck_assert_int_eq(core_write(&core, NB_DEL, &present, 0), 0);
	ck_assert_uint_eq(nb_load_relaxed(bits), before);
	core_close(&core);
}
END_TEST

/* A bit says no more than that there may be one: past it a probe goes to the end. */
START_TEST(a_spilled_class_is_looked_for)
{
	struct core core;
	struct nb_table *table = full_home(&core, (enum nb_kind)_i);
	struct nb_key there = key_of_class(&core, NB_LINE_SLOTS, 5), absent = key_of_class(&core, NB_LINE_SLOTS + 1, 5);
	struct nb_place place;

	write_key(&core, &there);
	ck_assert_int_eq(nb_table_find(table, &core.map->keys, core.kind, &absent, &place), NB_VACANT);
	ck_assert_ptr_eq(place.line, &table->line[2]);
	ck_assert_uint_eq(core_get(&core, &absent), NB_EMPTY);
	ck_assert_int_eq(core_write(&core, NB_DEL, &absent, 0), -ENOENT);
	core_close(&core);
}
END_TEST

/* A full home line whose bit is clear is no end where there is a next table: that
 * decides, be the key's place here open or closed. */
START_TEST(the_next_table_decides)
{
	struct core core;
	struct nb_table *table = full_home(&core, (enum nb_kind)(_i % KINDS)), *next;
	struct nb_key key = key_of_class(&core, NB_LINE_SLOTS, 7);
	uint64_t value = core_value(&core, 9);

	next = core_link(&core, table, LINES);
	if (_i / KINDS)
		core_close_place(&core, table, &key);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	core_put(&core, next, &key, value);
	ck_assert(!spilled(table, &key));
	ck_assert_uint_eq(core_get(&core, &key), value);
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	core_close(&core);
}
END_TEST

/* Illegal: a key outside of its home line whose bit is clear. */
START_TEST(valid_sees_a_bit_that_is_missing)
{
	struct core core;
	struct nb_table *table = full_home(&core, (enum nb_kind)_i);
	struct nb_key key = key_of_class(&core, NB_LINE_SLOTS, 2);

	core_put(&core, table, &key, NB_TOMB);
	ck_assert(nb_table_valid(table, &core.map->keys));
	nb_store_relaxed(&table->spill[0], 0);
	ck_assert(!nb_table_valid(table, &core.map->keys));
	nb_spill(table->spill, 1, key.hash);
	ck_assert(nb_table_valid(table, &core.map->keys));
	core_close(&core);
}
END_TEST

/* Each line has bits of its own, in tables with one word and with many. */
START_TEST(bits_are_told_apart)
{
	size_t lines = (size_t)(_i + 1);
	nb_word words[4] = {0, 0, 0, 0};

	ck_assert_uint_le(nb_spill_words(lines), 4);
	for (size_t bit = 0; bit < lines * NB_SPILL_CLASSES; bit++) {
		size_t home = bit / NB_SPILL_CLASSES;
		uint64_t hash = (uint64_t)(bit % NB_SPILL_CLASSES) << NB_SPILL_SHIFT;

		ck_assert(!nb_spilled(words, home, hash));
		nb_spill(words, home, hash);
		nb_spill(words, home, hash);
		ck_assert(nb_spilled(words, home, hash));
		for (size_t word = 0; word < 4; word++)
			ck_assert_uint_eq(nb_load_relaxed(&words[word]),
					  bit >= word * 64 + 63 ? UINT64_MAX
					  : bit < word * 64	? 0
								: (UINT64_C(2) << bit % 64) - 1);
	}
}
END_TEST

void add_spill(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_claim_outside_spills, 0, 2 * KINDS);
	tcase_add_loop_test(tcase, a_look_spills_nothing, 0, KINDS);
	tcase_add_loop_test(tcase, a_spilled_class_is_looked_for, 0, KINDS);
	tcase_add_loop_test(tcase, the_next_table_decides, 0, 2 * KINDS);
	tcase_add_loop_test(tcase, valid_sees_a_bit_that_is_missing, 0, KINDS);
	tcase_add_loop_test(tcase, bits_are_told_apart, 0, 32);
}
