/*
 * stalled: copiers that stop between two steps, and go on much later or never.
 */
#include "chain.h"
#include "suite.h"

/* Complete what is under way, and do it all over again: the tombstones go. */
static struct nb_table *migrate_again(struct core *core)
{
	struct nb_table *top;

	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	ck_assert_int_eq(nb_migrate_start(core->map, top), 0);
	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	return top;
}

/*
 * Resurrection.  A copier stalls between its claim in the second table and its
 * CAS of the value; the others complete the migration, remove the key and
 * migrate on to a third table, which never hears of it.
 */
START_TEST(late_arrival_is_refused)
{
	struct core core;
	struct nb_table *first, *second, *third;
	struct nb_key key;
	struct nb_place origin, claimed;
	uint64_t frozen, seen;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	second = core_link(&core, first, 1);
	/* The copier. */
	origin = core_find(&core, first, &key);
	frozen = nb_value_freeze(nb_place_value(origin));
	claimed = core_claim(&core, second, &key, core_key_at(origin));
	/* The others. */
	ck_assert_uint_eq(core_get(&core, &key), nb_payload(frozen));
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	third = migrate_again(&core);
	ck_assert_int_ne(core_probe(&core, third, &key), NB_FOUND);
	/* The copier goes on. */
	ck_assert(!nb_value_arrive(nb_place_value(claimed), &seen, nb_payload(frozen)));
	ck_assert_uint_eq(nb_payload(seen), NB_TOMB);
	ck_assert(!nb_value_move(nb_place_value(origin), frozen, true));
	ck_assert_int_eq(nb_migrate_copy(core.map, first, origin), 0);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	ck_assert_int_ne(core_probe(&core, third, &key), NB_FOUND);
	core_close(&core);
}
END_TEST

/*
 * It stalls right after its freeze, with the frozen word in hand and nothing
 * done.  That is brought about by giving it back the word it saw.
 */
START_TEST(late_copy_stops_at_tombstone)
{
	struct core core;
	struct nb_table *first, *third;
	struct nb_key key;
	struct nb_place origin;
	uint64_t frozen, moved;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	core_link(&core, first, 2);
	origin = core_find(&core, first, &key);
	frozen = nb_value_freeze(nb_place_value(origin));
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	third = migrate_again(&core);
	moved = core_value_at(origin);
	nb_store_relaxed(nb_place_value(origin), frozen);
	ck_assert_int_eq(nb_migrate_copy(core.map, first, origin), 0);
	ck_assert_uint_eq(core_value_at(origin), moved);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	ck_assert_int_ne(core_probe(&core, third, &key), NB_FOUND);
	core_close(&core);
}
END_TEST

/* As before, but the key lives again, with another value, in the third table: it keeps that. */
START_TEST(late_copy_spares_a_new_value)
{
	struct core core;
	struct nb_table *first, *third;
	struct nb_key key;
	struct nb_place origin;
	uint64_t frozen, renewed;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	core_link(&core, first, 2);
	origin = core_find(&core, first, &key);
	frozen = nb_value_freeze(nb_place_value(origin));
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	third = migrate_again(&core);
	renewed = core_value(&core, 2);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, renewed), 0);
	nb_store_relaxed(nb_place_value(origin), frozen);
	ck_assert_int_eq(nb_migrate_copy(core.map, first, origin), 0);
	ck_assert_uint_eq(core_get(&core, &key), renewed);
	ck_assert_uint_eq(core_value_at(core_find(&core, third, &key)), renewed);
	ck_assert_int_eq(core_write(&core, NB_DEL, &key, 0), 0);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	core_close(&core);
}
END_TEST

/* What the others do while a copier, before a full second table, allocates a third. */
static void overtake(struct core *core)
{
	struct nb_table *top;
	struct nb_key key = nb_key_of_stored(&core->map->keys, nb_load_relaxed(&core->hook_table->line[0].key[0]));

	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	ck_assert_int_eq(core_write(core, NB_DEL, &key, 0), 0);
	migrate_again(core);
}

START_TEST(copier_overtaken_while_it_allocates)
{
	struct core core;
	struct nb_table *first, *second;
	struct nb_key key;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	second = core_link(&core, first, 1);
	core_fill(&core, second);
	core.hook = overtake;
	core.hook_table = first;
	ck_assert_int_eq(nb_migrate_copy(core.map, first, core_find(&core, first, &key)), 0);
	ck_assert(!core.hook);
	ck_assert_uint_eq(core_get(&core, &key), NB_EMPTY);
	ck_assert_int_ne(core_probe(&core, nb_load_relaxed(&core.map->top), &key), NB_FOUND);
	core_close(&core);
}
END_TEST

/* Of two copiers that both claimed nothing yet, the second finds the first's claim and value. */
START_TEST(two_copiers_of_one_slot)
{
	struct core core;
	struct nb_table *first, *second;
	struct nb_key key;
	struct nb_place origin, place;
	uint64_t frozen, seen, value;

	core_open(&core, (enum nb_kind)_i, true);
	first = core_top(&core, 1);
	key = core_key(&core, HASH);
	value = core_value(&core, 1);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, value), 0);
	second = core_link(&core, first, 1);
	origin = core_find(&core, first, &key);
	frozen = nb_value_freeze(nb_place_value(origin));
	/* Both look for the place, and one claims it. */
	ck_assert_int_eq(nb_table_find(second, &core.map->keys, core.kind, &key, &place), NB_VACANT);
	ck_assert_int_eq(nb_migrate_copy(core.map, first, origin), 0);
	ck_assert(!nb_key_claim(nb_place_key(place), &seen, core_key_at(origin)));
	ck_assert_uint_eq(seen, core_key_at(origin));
	/* A writer replaces the value; the slower copier must not put it back. */
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 2)), 0);
	ck_assert(!nb_value_arrive(nb_place_value(place), &seen, value));
	ck_assert(!nb_value_move(nb_place_value(origin), frozen, false));
	ck_assert_uint_eq(core_number(&core, core_get(&core, &key)), 2);
	core_close(&core);
}
END_TEST

/*
 * A copier stopped for ever between any two of its steps, and then the map is
 * destroyed, or cleared: the value and each key pointer are freed once.
 * _i: kind, destroyed or cleared, and how far the copier had come.
 */
enum stop { FROZE, CLAIMED, CLAIMED_BY_OTHER, ARRIVED_THERE, ARRIVED_AT_OTHER, REMOVED_THERE, WENT_ON, STOPS };

static void stop_at(struct chain *c, enum stop stop)
{
	bool other = stop == CLAIMED_BY_OTHER || stop == ARRIVED_AT_OTHER;
	struct nb_place place;

	if (stop == FROZE)
		return;
	place = core_claim(&c->core, c->table[1], &c->key,
			   other ? core_word(&c->core, &c->key) : core_key_at(c->origin));
	if (stop == ARRIVED_THERE || stop == ARRIVED_AT_OTHER)
		nb_store_relaxed(nb_place_value(place), c->value);
	if (stop == REMOVED_THERE) {
		nb_store_relaxed(nb_place_value(place), NB_TOMB);
		count_value_free((void *)(uintptr_t)c->value, c->core.count);
		core_live(&c->core, -1);
	}
	if (stop == WENT_ON) {
		nb_value_freeze(nb_place_value(place));
		core_claim(&c->core, c->table[2], &c->key, core_key_at(place));
		ck_assert(nb_value_carry(nb_place_value(place)));
	}
}

START_TEST(destroyed_halfway)
{
	enum stop stop = (enum stop)(_i / 4);
	struct chain c;

	open_chain(&c, (enum nb_kind)(_i & 1));
	stop_at(&c, stop);
	ck_assert(nb_map_valid(c.core.map));
	ck_assert_uint_eq(core_get(&c.core, &c.key), stop == REMOVED_THERE ? NB_EMPTY : c.value);
	if (_i & 2) {
		ck_assert_int_eq(nb_map_clear(c.core.map), 0);
		ck_assert_uint_eq(core_get(&c.core, &c.key), NB_EMPTY);
		core_breathe(&c.core);
		ck_assert_uint_eq(count_alive(c.core.count, COUNT_VALUES), 0);
		ck_assert_uint_eq(count_alive(c.core.count, COUNT_KEYS), 0);
	}
	core_close(&c.core);
}
END_TEST

/* Where others come by instead, they complete what it began. */
START_TEST(completed_by_others)
{
	enum stop stop = (enum stop)(_i / 4);
	struct chain c;

	open_chain(&c, (enum nb_kind)(_i & 1));
	stop_at(&c, stop);
	if (_i & 2)
		copy_origin(&c);
	close_chain(&c, true);
}
END_TEST

void add_stalled(TCase *tcase)
{
	tcase_add_loop_test(tcase, late_arrival_is_refused, 0, KINDS);
	tcase_add_loop_test(tcase, late_copy_stops_at_tombstone, 0, KINDS);
	tcase_add_loop_test(tcase, late_copy_spares_a_new_value, 0, KINDS);
	tcase_add_loop_test(tcase, copier_overtaken_while_it_allocates, 0, KINDS);
	tcase_add_loop_test(tcase, two_copiers_of_one_slot, 0, KINDS);
	tcase_add_loop_test(tcase, destroyed_halfway, 0, 4 * STOPS);
	tcase_add_loop_test(tcase, completed_by_others, 0, 4 * STOPS);
}
