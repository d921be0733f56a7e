/*
 * carry: a value, and its key's pointer, carried along a chain to the table that
 * may hold it.
 */
#include "chain.h"
#include "suite.h"
#include "words.h"

#include <errno.h>

/* The value has arrived in table n, in a slot whose key word is `word`, and stays there. */
static void expect_arrival(struct chain *c, unsigned n, uint64_t word)
{
	for (int i = 0; i < 2; i++) {
		struct nb_place place = core_find(&c->core, c->table[n], &c->key);

		ck_assert_uint_eq(core_value_at(place), c->value);
		ck_assert_uint_eq(core_key_at(place), word);
		ck_assert_uint_eq(core_get(&c->core, &c->key), c->value);
		copy_origin(c);
	}
}

/* The origin's word, with the key carried if `carried` and the kind has owners. */
static void expect_origin(struct chain *c, bool carried)
{
	carried = carried && c->core.kind == NB_OBJECT;
	ck_assert_uint_eq(core_value_at(c->origin), c->value | (carried ? NB_CARRIED : NB_MOVED));
}

/* Loop tests over kind (bit 0) and way to close (bit 1). */
#define CHAIN_KIND(i) ((enum nb_kind)((i)&1))
#define CHAIN_FINISH(i) (((i)&2) != 0)
#define CHAIN_LOOPS 4

/* A table that is being left is not claimed in but closed, and the value goes on. */
START_TEST(carry_past_vacant)
{
	struct chain c;

	open_chain(&c, CHAIN_KIND(_i));
	copy_origin(&c);
	expect_origin(&c, true);
	ck_assert_int_eq(core_probe(&c.core, c.table[1], &c.key), NB_CLOSED);
	expect_arrival(&c, 2, core_key_at(c.origin));
	ck_assert_uint_eq(nb_claims_sum(&c.table[1]->used), 0);
	ck_assert_uint_eq(nb_claims_sum(&c.table[2]->used), 1);
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

START_TEST(carry_past_closed)
{
	struct chain c;

	open_chain(&c, CHAIN_KIND(_i));
	core_close_place(&c.core, c.table[1], &c.key);
	copy_origin(&c);
	expect_origin(&c, true);
	expect_arrival(&c, 2, core_key_at(c.origin));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

START_TEST(carry_past_full)
{
	struct chain c;

	open_chain(&c, CHAIN_KIND(_i));
	core_fill(&c.core, c.table[1]);
	copy_origin(&c);
	expect_origin(&c, true);
	expect_arrival(&c, 2, core_key_at(c.origin));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/* The slot in between was claimed with our very pointer and sealed before the value came: it goes along as well. */
START_TEST(carry_past_sealed_with_this_key)
{
	struct chain c;
	struct nb_place between;

	open_chain(&c, CHAIN_KIND(_i));
	between = core_claim(&c.core, c.table[1], &c.key, core_key_at(c.origin));
	nb_value_freeze(nb_place_value(between));
	copy_origin(&c);
	expect_origin(&c, true);
	if (c.core.kind == NB_OBJECT)
		ck_assert_uint_eq(core_value_at(between), NB_EMPTY | NB_CARRIED);
	expect_arrival(&c, 2, core_key_at(c.origin));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/* It was claimed by a writer with its own copy: that goes on to the third table, and ours stays where it is. */
START_TEST(carry_past_sealed_with_other_key)
{
	struct chain c;
	struct nb_place between;

	open_chain(&c, CHAIN_KIND(_i));
	between = core_put(&c.core, c.table[1], &c.key, NB_EMPTY | NB_FROZEN);
	copy_origin(&c);
	expect_origin(&c, c.core.kind == NB_INTEGER);
	if (c.core.kind == NB_OBJECT)
		ck_assert_uint_eq(core_value_at(between), NB_EMPTY | NB_CARRIED);
	expect_arrival(&c, 2, core_key_at(between));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/* Sealed in between and claimed in the third, each with its own copy: each table keeps what it has. */
START_TEST(carry_between_three_keys)
{
	struct chain c;
	struct nb_place between, last;

	open_chain(&c, CHAIN_KIND(_i));
	between = core_put(&c.core, c.table[1], &c.key, NB_EMPTY | NB_FROZEN);
	last = core_put(&c.core, c.table[2], &c.key, NB_EMPTY);
	copy_origin(&c);
	expect_origin(&c, false);
	ck_assert_uint_eq(core_value_at(between), NB_EMPTY | NB_FROZEN);
	expect_arrival(&c, 2, core_key_at(last));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/* A slot sealed empty and already carried by the one who claimed the next. */
START_TEST(carry_after_carrier)
{
	struct chain c;
	struct nb_place between;

	open_chain(&c, CHAIN_KIND(_i));
	between = core_claim(&c.core, c.table[1], &c.key, core_key_at(c.origin));
	nb_value_freeze(nb_place_value(between));
	core_claim(&c.core, c.table[2], &c.key, core_key_at(between));
	ck_assert(nb_value_carry(nb_place_value(between)));
	copy_origin(&c);
	expect_origin(&c, true);
	expect_arrival(&c, 2, core_key_at(c.origin));
	close_chain(&c, CHAIN_FINISH(_i));
}
END_TEST

/*
 * Any payload but EMPTY in a later table proves the arrival: the copier stops
 * there and inserts nothing further on.  _i: kind, the slot's key its own or
 * ours, and the state.
 */
static const enum at arrived[] = {
	AT_VALUE, AT_TOMB, AT_FROZEN, AT_SEALED_TOMB, AT_MOVED, AT_CARRIED_VALUE, AT_CARRIED_TOMB,
};
#define ARRIVED (int)(sizeof(arrived) / sizeof(*arrived))

START_TEST(carry_stops_at_arrival)
{
	struct chain c;
	struct nb_place between;
	enum at at = arrived[_i / 4];
	bool own = _i & 2;
	uint64_t later;

	open_chain(&c, (enum nb_kind)(_i & 1));
	later = own ? core_word(&c.core, &c.key) : core_key_at(c.origin);
	between = core_claim(&c.core, c.table[1], &c.key, later);
	nb_store_relaxed(nb_place_value(between), word_at(at, c.value));
	copy_origin(&c);
	expect_origin(&c, core_key_at(between) == core_key_at(c.origin));
	ck_assert_uint_eq(core_value_at(between), word_at(at, c.value));
	ck_assert_int_eq(core_probe(&c.core, c.table[2], &c.key), NB_VACANT);
	/* Words made by hand have no follow-up: put them in order. */
	core_live(&c.core, -1);
	nb_store_relaxed(nb_place_value(between), NB_TOMB);
	count_value_free((void *)(uintptr_t)c.value, c.core.count);
	core_close(&c.core);
}
END_TEST

/* The second table is full and has no successor: the copier makes one. */
START_TEST(carry_makes_a_table)
{
	struct core core;
	struct nb_table *table, *full, *made;
	struct nb_key key;
	struct nb_place place;
	uint64_t value;

	core_open(&core, (enum nb_kind)_i, true);
	table = core_top(&core, 1);
	full = core_link(&core, table, 1);
	key = core_key(&core, HASH);
	value = core_value(&core, 1);
	place = core_put(&core, table, &key, value);
	core_fill(&core, full);
	count_fail_from(core.count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nb_migrate_copy(core.map, table, place), -ENOMEM);
	count_fail_stop(core.count);
	ck_assert_uint_eq(core_value_at(place), value | NB_FROZEN);
	ck_assert_uint_eq(core_get(&core, &key), value);
	ck_assert(nb_map_valid(core.map));
	ck_assert_int_eq(nb_migrate_copy(core.map, table, place), 0);
	made = nb_load_relaxed(&full->next);
	ck_assert_ptr_nonnull(made);
	ck_assert_uint_eq(core_value_at(core_find(&core, made, &key)), value);
	ck_assert_uint_eq(core_get(&core, &key), value);
	core_close(&core);
}
END_TEST

void add_carry(TCase *tcase)
{
	tcase_add_loop_test(tcase, carry_past_vacant, 0, CHAIN_LOOPS);
	tcase_add_loop_test(tcase, carry_past_closed, 0, CHAIN_LOOPS);
	tcase_add_loop_test(tcase, carry_past_full, 0, CHAIN_LOOPS);
	tcase_add_loop_test(tcase, carry_past_sealed_with_this_key, 0, CHAIN_LOOPS);
	tcase_add_loop_test(tcase, carry_past_sealed_with_other_key, 0, CHAIN_LOOPS);
	tcase_add_loop_test(tcase, carry_between_three_keys, 0, CHAIN_LOOPS);
	tcase_add_loop_test(tcase, carry_after_carrier, 0, CHAIN_LOOPS);
	tcase_add_loop_test(tcase, carry_stops_at_arrival, 0, KINDS * 2 * ARRIVED);
	tcase_add_loop_test(tcase, carry_makes_a_table, 0, KINDS);
}
