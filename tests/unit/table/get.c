/*
 * get: what a get, and a walk, make of each state along a chain.
 */
#include "iterate.h"
#include "suite.h"
#include "words.h"

/*
 * The table of ops.h: what a get makes of each state.  It may end with the
 * slot's value, with nothing, or with the fallback, or go on with the slot's
 * value, with nothing, or with the fallback it came with.
 */
static const struct reading {
	bool ends;
	enum { ITS_VALUE, NOTHING, FALLBACK } says;
} readings[ATS] = {
	[AT_VACANT] = {true, FALLBACK},		[AT_EMPTY] = {true, FALLBACK},
	[AT_VALUE] = {true, ITS_VALUE},		[AT_TOMB] = {true, NOTHING},
	[AT_SEALED_EMPTY] = {false, FALLBACK},	[AT_FROZEN] = {false, ITS_VALUE},
	[AT_SEALED_TOMB] = {false, NOTHING},	[AT_MOVED] = {false, ITS_VALUE},
	[AT_CARRIED_EMPTY] = {false, FALLBACK}, [AT_CARRIED_VALUE] = {false, ITS_VALUE},
	[AT_CARRIED_TOMB] = {false, NOTHING},	[AT_CLOSED] = {false, FALLBACK},
	[AT_FULL] = {false, FALLBACK},
};

/* What a get answers that visits the first `tables` of a chain in these states. */
static uint64_t answer(const enum at *at, const uint64_t *value, unsigned tables)
{
	uint64_t fallback = NB_EMPTY;

	for (unsigned n = 0; n < tables; n++) {
		struct reading reading = readings[at[n]];

		if (reading.says == ITS_VALUE)
			fallback = value[n];
		else if (reading.says == NOTHING)
			fallback = NB_EMPTY;
		if (reading.ends)
			break;
	}
	return fallback;
}

/* A chain of three tables with the key in these states, and what a get says when `newest` is the newest it knows. */
static void get_from_chain(enum nb_kind kind, const enum at at[3])
{
	struct core core;
	struct nb_table *table[3];
	struct nb_key key;
	uint64_t value[3];

	core_open(&core, kind, false);
	table[0] = core_top(&core, 1);
	table[1] = core_link(&core, table[0], 2);
	table[2] = core_link(&core, table[1], 1);
	key = core_key(&core, HASH);
	for (unsigned n = 0; n < 3; n++) {
		value[n] = core_value(&core, n + 1);
		make_at(&core, table[n], &key, at[n], value[n]);
	}
	for (uint64_t newest = 1; newest <= 3; newest++) {
		/* All tables up to the newest, and one more. */
		unsigned visits = newest < 3 ? (unsigned)newest + 1 : 3;
		uint64_t got;

		nb_store_relaxed(&table[0]->chain->newest, newest);
		got = nb_get_from(core.map, kind, table[0], &key, NB_EMPTY);
		ck_assert_msg(got == answer(at, value, visits), "%s, %s, %s, newest %d: got %#llx, not %#llx",
			      at_names[at[0]], at_names[at[1]], at_names[at[2]], (int)newest, (unsigned long long)got,
			      (unsigned long long)answer(at, value, visits));
		/* The value that an earlier table would have handed on. */
		got = nb_get_from(core.map, kind, table[2], &key, 40960);
		ck_assert_uint_eq(got, readings[at[2]].says == FALLBACK ? 40960 : answer(&at[2], &value[2], 1));
	}
	for (unsigned n = 0; n < 3; n++)
		wipe(table[n]);
	core_close(&core);
}

/* Every state in the first table before every state in the second, before some in the third. */
START_TEST(get_every_pair)
{
	static const enum at last[] = {AT_VACANT, AT_VALUE, AT_TOMB, AT_EMPTY};

	for (int second = 0; second < ATS; second++)
		for (unsigned third = 0; third < sizeof(last) / sizeof(*last); third++)
			get_from_chain((enum nb_kind)(_i / ATS),
				       (enum at[3]){(enum at)(_i % ATS), (enum at)second, last[third]});
}
END_TEST

/* Through the public front door: FROZEN with its value not yet arrived, and arrived, and gone again. */
START_TEST(get_falls_back_to_frozen)
{
	struct core core;
	struct nb_table *table[3];
	struct nb_key key;
	struct nb_place place;

	core_open(&core, (enum nb_kind)_i, true);
	table[0] = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	table[1] = core_link(&core, table[0], 1);
	table[2] = core_link(&core, table[1], 1);
	place = core_find(&core, table[0], &key);
	ck_assert(nb_is_frozen_value(nb_value_freeze(nb_place_value(place))));
	ck_assert_uint_eq(core_number(&core, core_get(&core, &key)), 1);
	ck_assert_int_eq(nb_migrate_copy(core.map, table[0], place), 0);
	ck_assert_uint_eq(core_number(&core, core_get(&core, &key)), 1);
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	core_close(&core);
}
END_TEST

/* A walk reads its slots as a get does: frozen after it began, and not arrived yet, the value is met all the same. */
START_TEST(walk_falls_back_to_frozen)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key;
	struct nb_place place;
	struct nbmap_iter iter;
	uint64_t word;
	void *value;

	core_open(&core, (enum nb_kind)_i, true);
	table = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	ck_assert_int_eq(nb_iterate_init(core.map, &iter), 0);
	core_link(&core, table, 2);
	place = core_find(&core, table, &key);
	nb_value_freeze(nb_place_value(place));
	ck_assert(nb_iterate_next(&iter, &word, &value));
	ck_assert_uint_eq(word, core_key_at(place));
	ck_assert_uint_eq(count_number(value), 1);
	ck_assert(!nb_iterate_next(&iter, &word, &value));
	core_close(&core);
}
END_TEST

void add_get(TCase *tcase)
{
	tcase_add_loop_test(tcase, get_every_pair, 0, KINDS * ATS);
	tcase_add_loop_test(tcase, get_falls_back_to_frozen, 0, KINDS);
	tcase_add_loop_test(tcase, walk_falls_back_to_frozen, 0, KINDS);
}
