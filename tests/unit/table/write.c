/*
 * write: writers that meet a table that is being left, or crowded; and keys that are in none.
 */
#include "suite.h"
#include "words.h"

#include "heir.h"

#include <errno.h>

/*
 * A writer meets each state in a table that is being left.  It puts, and the
 * key pointer, if it was there, goes along: no second copy is made.
 */
static const enum at written_through[] = {AT_VACANT,	   AT_EMPTY,  AT_VALUE,	      AT_TOMB,
					  AT_SEALED_EMPTY, AT_FROZEN, AT_SEALED_TOMB, AT_CLOSED};
#define WRITTEN_THROUGH (int)(sizeof(written_through) / sizeof(*written_through))

START_TEST(put_through_a_leaving_table)
{
	enum at at = written_through[_i / 2];
	struct core core;
	struct nb_table *table, *next;
	struct nb_key key;
	struct nb_write write = {0};
	struct nb_place later;
	uint64_t old, word = 0;

	core_open(&core, (enum nb_kind)(_i % 2), true);
	table = core_top(&core, 2);
	next = core_link(&core, table, 2);
	key = core_key(&core, HASH);
	old = has_value(at) ? core_value(&core, 1) : NB_EMPTY;
	make_at(&core, table, &key, at, old);
	core_live(&core, has_value(at));
	if (is_slot(at))
		word = core_key_at(core_find(&core, table, &key));
	write.value = core_value(&core, 2);
	ck_assert_int_eq(nb_write(core.map, core.kind, NB_PUT, &write, &key), 0);
	ck_assert_uint_eq(write.seen, old);
	later = core_find(&core, next, &key);
	ck_assert_uint_eq(core_value_at(later), write.value);
	ck_assert_uint_eq(core_get(&core, &key), write.value);
	if (is_slot(at)) {
		ck_assert_uint_eq(core_key_at(later), word);
		if (core.kind == NB_OBJECT)
			ck_assert_uint_eq(nb_phase(core_value_at(core_find(&core, table, &key))), NB_CARRIED);
	}
	if (core.kind == NB_OBJECT)
		ck_assert_uint_eq(count_made(core.count, COUNT_KEYS), 1);
	core_close(&core);
}
END_TEST

/* A removal there moves the value first, and leaves a tombstone that proves it. */
START_TEST(del_through_a_leaving_table)
{
	enum at at = written_through[_i / 2];
	struct core core;
	struct nb_table *table, *next;
	struct nb_key key;
	struct nb_write write = {0};
	uint64_t old;

	core_open(&core, (enum nb_kind)(_i % 2), true);
	table = core_top(&core, 2);
	next = core_link(&core, table, 2);
	key = core_key(&core, HASH);
	old = has_value(at) ? core_value(&core, 1) : NB_EMPTY;
	make_at(&core, table, &key, at, old);
	core_live(&core, has_value(at));
	ck_assert_int_eq(nb_write(core.map, core.kind, NB_DEL, &write, &key), old ? 0 : -ENOENT);
	ck_assert_uint_eq(write.seen, old);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	if (old)
		ck_assert_uint_eq(core_value_at(core_find(&core, next, &key)), NB_TOMB);
	else
		ck_assert_int_ne(core_probe(&core, next, &key), NB_FOUND);
	core_close(&core);
}
END_TEST

/* A writer that loses its race: what "another" does while update's callback decides. */
enum meanwhile { PUTS, REMOVES, MIGRATES, PUTS_AND_MIGRATES, MEANWHILES };

struct race {
	struct nb_write write; /* first: the callback gets this */
	struct core *core;
	struct nb_key *key;
	enum meanwhile meanwhile;
	int action;
	unsigned calls;
	void *made;
};

static int decide_late(struct nb_write *write, void *current, void **value)
{
	struct race *race = (struct race *)(void *)write;
	struct core *core = race->core;
	struct nb_table *top;

	(void)current;
	/* On the second call what the first one made is handed back. */
	ck_assert_ptr_eq(*value, race->made);
	if (!*value)
		*value = race->made = (void *)(uintptr_t)core_value(core, 100);
	if (race->calls++)
		return race->action;
	if (race->meanwhile == PUTS || race->meanwhile == PUTS_AND_MIGRATES)
		ck_assert_int_eq(core_write(core, NB_PUT, race->key, core_value(core, 50)), 0);
	if (race->meanwhile == REMOVES)
		(void)core_write(core, NB_DEL, race->key, 0);
	if (race->meanwhile == MIGRATES || race->meanwhile == PUTS_AND_MIGRATES) {
		ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
		ck_assert_int_eq(nb_migrate_start(core->map, top), 0);
		ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	}
	return race->action;
}

/*
 * _i: kind, what the other does, what the key held before (nothing, a value,
 * a tombstone) and what the update wants.  However it ends, the entry is
 * counted once, the spare is stored or freed, and what was displaced is freed.
 */
START_TEST(update_loses)
{
	static const int actions[] = {NBMAP_SET, NBMAP_REMOVE, NBMAP_KEEP};
	struct core core;
	struct nb_key key;
	struct race race = {.core = &core, .key = &key, .meanwhile = (enum meanwhile)(_i / 2 % MEANWHILES)};
	int before = _i / 2 / MEANWHILES % 3;
	uint64_t left;

	core_open(&core, (enum nb_kind)(_i % 2), true);
	core_top(&core, 2);
	key = core_key(&core, HASH);
	race.action = actions[_i / 2 / MEANWHILES / 3];
	race.write.update = decide_late;
	if (before)
		ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	if (before == 2)
		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	ck_assert_int_eq(nb_write(core.map, core.kind, NB_UPDATE, &race.write, &key), 0);
	left = core_get(&core, &key);
	if (race.action == NBMAP_SET)
		ck_assert_uint_eq(core_number(&core, left), 100);
	else if (race.action == NBMAP_REMOVE && race.calls > 1)
		ck_assert_uint_eq(left, NB_EMPTY);
	ck_assert_uint_eq(nb_count_sum(&nb_load_relaxed(&core.map->top)->chain->live), left != NB_EMPTY);
	core_close(&core);
}
END_TEST

/* In a crowded table no key is claimed before a successor is under way, whatever the map's values are. */
START_TEST(put_in_a_crowded_table)
{
	struct core core;
	struct nb_table *table;
	struct nb_key key;

	core_open(&core, (enum nb_kind)(_i % 2), _i / 2);
	table = core_top(&core, 2);
	key = core_key(&core, HASH);
	nb_store_relaxed(&table->crowded, 1);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	ck_assert_uint_eq(nb_load_relaxed(&table->crowded), 0);
	ck_assert(nb_heir_is_under_way(table));
	ck_assert_uint_eq(core_number(&core, core_get(&core, &key)), 1);
	core_close(&core);
}
END_TEST

/* The two integers whose words are those of an empty and of a closed slot take no slot, whatever the values are. */
START_TEST(write_reserved_keys)
{
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, _i);
	table = core_top(&core, 2);
	for (uint64_t word = NB_KEY_EMPTY; word <= NB_KEY_CLOSED; word++) {
		const struct nb_key key = {.word = word, .hash = word};

		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), -ENOENT);
		ck_assert_int_eq(core_write(&core, NB_ADD, &key, core_value(&core, 1)), 0);
		ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 2 + (uint32_t)word)), 0);
	}
	for (uint64_t word = NB_KEY_EMPTY; word <= NB_KEY_CLOSED; word++) {
		const struct nb_key key = {.word = word, .hash = word};

		ck_assert_uint_eq(core_number(&core, (uintptr_t)nb_get(core.map, NB_INTEGER, &key)), 2 + word);
		ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
		ck_assert_ptr_null(nb_get(core.map, NB_INTEGER, &key));
	}
	ck_assert_uint_eq(nb_claims_sum(&table->used), 0);
	core_close(&core);
}
END_TEST

void add_write(TCase *tcase)
{
	tcase_add_loop_test(tcase, put_in_a_crowded_table, 0, KINDS * 2);
	tcase_add_loop_test(tcase, write_reserved_keys, 0, 2);
	tcase_add_loop_test(tcase, put_through_a_leaving_table, 0, KINDS * WRITTEN_THROUGH);
	tcase_add_loop_test(tcase, del_through_a_leaving_table, 0, KINDS * WRITTEN_THROUGH);
	tcase_add_loop_test(tcase, update_loses, 0, KINDS * MEANWHILES * 3 * 3);
}
