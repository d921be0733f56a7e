/*
 * copy: one slot, in every state, copied into an empty table.
 */
#include "suite.h"
#include "words.h"

/*
 * The slot's state before, and after a copy into an empty table.  CARRIED if
 * the key pointer went along, as object keys do.
 */
static const struct copying {
	enum at before, after, after_object;
	bool arrives;
} copyings[] = {
	{AT_EMPTY, AT_SEALED_EMPTY, AT_SEALED_EMPTY, false},
	{AT_VALUE, AT_MOVED, AT_CARRIED_VALUE, true},
	{AT_TOMB, AT_SEALED_TOMB, AT_SEALED_TOMB, false},
	{AT_SEALED_EMPTY, AT_SEALED_EMPTY, AT_SEALED_EMPTY, false},
	{AT_FROZEN, AT_MOVED, AT_CARRIED_VALUE, true},
	{AT_SEALED_TOMB, AT_SEALED_TOMB, AT_SEALED_TOMB, false},
	/* Already gone: not again. */
	{AT_MOVED, AT_MOVED, AT_MOVED, false},
	{AT_CARRIED_EMPTY, AT_CARRIED_EMPTY, AT_CARRIED_EMPTY, false},
	{AT_CARRIED_VALUE, AT_CARRIED_VALUE, AT_CARRIED_VALUE, false},
	{AT_CARRIED_TOMB, AT_CARRIED_TOMB, AT_CARRIED_TOMB, false},
};
#define COPYINGS (int)(sizeof(copyings) / sizeof(*copyings))

START_TEST(copy_every_state)
{
	const struct copying *c = &copyings[_i / 2];
	struct core core;
	struct nb_table *table, *next;
	struct nb_key key;
	struct nb_place place;
	uint64_t value;

	core_open(&core, (enum nb_kind)(_i % 2), false);
	table = core_top(&core, 2);
	next = core_link(&core, table, 3);
	value = core_value(&core, 1);
	key = core_key(&core, HASH);
	place = core_put(&core, table, &key, word_at(c->before, value));
	if (c->before == AT_FROZEN)
		core_live(&core, 1);
	/* Twice: the second time there is nothing left to do. */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(nb_migrate_copy(core.map, table, place), 0);
		ck_assert_uint_eq(core_value_at(place),
				  word_at(core.kind == NB_OBJECT ? c->after_object : c->after, value));
		ck_assert_int_eq(core_probe(&core, next, &key), c->arrives ? NB_FOUND : NB_VACANT);
		ck_assert_uint_eq(nb_claims_sum(&next->used), c->arrives);
	}
	if (c->arrives) {
		struct nb_place there = core_find(&core, next, &key);

		ck_assert_uint_eq(core_value_at(there), value);
		ck_assert_uint_eq(core_key_at(there), core_key_at(place));
		ck_assert_uint_eq(core_get(&core, &key), value);
	} else {
		wipe(table);
	}
	core_close(&core);
}
END_TEST

void add_copy(TCase *tcase)
{
	tcase_add_loop_test(tcase, copy_every_state, 0, KINDS * COPYINGS);
}
