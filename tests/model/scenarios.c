/*
 * scenarios: see scenarios.h.
 *
 * Tables have one line of four slots to begin with, blocks have one slot, and a
 * slice to be cleared is a line.
 * world.c records every call; that the history is linearizable, that all is
 * freed once and that the invariants hold is checked after every schedule, so
 * a scenario only has to bring threads into each other's way.
 */
#include "scenarios.h"

#include <string.h>

#include "quarantine.h"
#include "tuning.h"
#include "world.h"

/* How often the walking, or scanning, thread saw each key. */
static uint64_t seen[HISTORY_KEYS];

/* ---- Before ------------------------------------------------------------- */

static void one_key(void)
{
	world_put(0, 10);
}

static void two_keys(void)
{
	world_put(0, 10);
	world_put(1, 11);
}

static void one_key_leaving(void)
{
	world_put(0, 10);
	world_migrate();
}

static void two_keys_leaving(void)
{
	two_keys();
	world_migrate();
}

static void tombstone(void)
{
	world_put(0, 10);
	world_del(0);
}

static void three_keys(void)
{
	memset(seen, 0, sizeof(seen));
	world_put(0, 10);
	world_put(1, 11);
	world_put(2, 12);
}

static void swept_but_one(void)
{
	one_key_leaving();
	world_sweep(0, 0);
	world_sweep(0, 1);
	world_sweep(0, 2);
}

static void leaving(void)
{
	world_migrate();
}

/* Keys 1 and 2 stand only in the second table. */
static void three_keys_apart(void)
{
	memset(seen, 0, sizeof(seen));
	world_put(0, 10);
	world_migrate();
	world_put(1, 11);
	world_put(2, 12);
}

/* The same, and the second table is itself being left; key 2 stands in the third. */
static void three_keys_nested(void)
{
	memset(seen, 0, sizeof(seen));
	world_put(0, 10);
	world_migrate();
	world_put(1, 11);
	world_migrate();
	world_put(2, 12);
}

/* Key 0 frozen in a table whose successor is itself being left. */
static void nested(void)
{
	world_put(0, 10);
	world_migrate();
	world_migrate();
}

/* Four keys fill the first of three lines, and all keys have their home there. */
static void full_home(void)
{
	for (unsigned key = 0; key < 4; key++)
		world_put(key, 10 + key);
	world_migrate();
	world_finish();
}

/* The same, and the table is being left. */
static void full_home_leaving(void)
{
	full_home();
	world_migrate();
}

/* ---- Threads ------------------------------------------------------------ */

static void put_0_1(void) { world_put(0, 1); }
static void put_0_2(void) { world_put(0, 2); }
static void put_1_5(void) { world_put(1, 5); }
static void get_0(void) { world_get(0); }
static void batch_0_1(void) { world_get_batch(0, 1); }
static void del_0(void) { world_del(0); }
static void add_0_1(void) { world_add(0, 1); }
static void add_0_2(void) { world_add(0, 2); }
static void set_0_3(void) { world_set(0, 3); }
static void update_0(void) { world_update(0, WORLD_PLUS, 100); }
static void anew_0(void) { world_update(0, WORLD_ANEW, 100); }
static void keep_0(void) { world_update(0, WORLD_KEEP, 100); }
static void take_0(void) { world_update(0, WORLD_TAKE, 100); }
static void give_up_0(void) { world_update(0, WORLD_GIVE_UP, 100); }
static void plus_0(void) { world_add_int(0, 100); }
static void minus_0(void) { world_add_int(0, -6); }
static void create_0_1(void) { world_get_or_add(0, 1); }
static void create_0_2(void) { world_get_or_add(0, 2); }
static void clear(void) { world_clear(); }
static void finish(void) { world_finish(); }
static void sweep_0(void) { world_sweep(0, 0); }
static void sweep_1(void) { world_sweep(0, 1); }
static void replace_10_20(void) { world_replace(0, 10, 20); }
static void del_if_10(void) { world_del_if(0, 10); }
static void put_0_10(void) { world_put(0, 10); }

/* An heir has three slices: all of what there is to do for it. */
static void clear_heir(unsigned places)
{
	for (unsigned slice = 0; slice < 3; slice++)
		if (world_want(places) && !quarantine_failed())
			model_fail("an heir could not be made");
}

static void heir_one(void) { clear_heir(1); }
static void heir_two(void) { clear_heir(2); }

static void heir_in_vain(void)
{
	quarantine_fail_next();
	for (unsigned slice = 0; slice < 4; slice++)
		(void)world_want(1);
}

static void migrate(void) { world_migrate(); }

static void put_more_keys(void)
{
	world_put(6, 16);
	world_put(1, 17);
}

static void migrate_and_finish(void)
{
	world_migrate();
	world_finish();
}

static void migrate_and_finish_twice(void)
{
	migrate_and_finish();
	migrate_and_finish();
}

/* Give the second table a successor and seal its first slot. */
static void leave_second(void)
{
	world_migrate();
	world_sweep(1, 0);
}

/* Two migrations at once: close one line of the second table, so that what had
 * its place there goes to the third, and promote the second to the top. */
static void leave_twice(unsigned line)
{
	world_migrate();
	world_migrate();
	for (unsigned slot = 0; slot < 4; slot++)
		world_sweep(1, 4 * line + slot);
	for (unsigned slot = 0; slot < 4; slot++)
		world_sweep(0, slot);
	world_promote();
}

static void leave_twice_by_line_0(void) { leave_twice(0); }
static void leave_twice_by_line_1(void) { leave_twice(1); }

static void get_twice(void)
{
	world_get(0);
	world_get(0);
}

static void put_0_and_1(void)
{
	world_put(0, 1);
	world_put(1, 5);
}

static void put_2_and_3(void)
{
	world_put(2, 6);
	world_put(3, 7);
}

static void put_a_get_b(void)
{
	world_put(0, 1);
	world_get(1);
}

static void put_b_get_a(void)
{
	world_put(1, 2);
	world_get(0);
}

/* Finish the copy, remove the key, and drop its tombstone with another
 * migration: what a stalled copier must not undo. */
static void remove_and_leave_again(void)
{
	world_finish();
	world_del(0);
	world_migrate();
	world_finish();
}

static void del_then_migrate(void)
{
	world_del(0);
	world_migrate();
	world_finish();
}

static void walk(void)
{
	world_walk(seen);
}

/* One entry a call, and all that there is room for. */
static void scan_by_one(void) { world_cycle(seen, 1); }
static void scan_by_many(void) { world_cycle(seen, HISTORY_KEYS); }

static void clear_then_put(void)
{
	world_clear();
	world_put(0, 7);
	world_put(1, 8);
}

static void migrate_twice(void)
{
	world_migrate();
	world_migrate();
	world_finish();
}

static void put_new_keys(void)
{
	world_put(4, 14);
	world_put(5, 15);
}

static void del_then_put(void)
{
	world_del(0);
	world_put(0, 7);
}

/* ---- After -------------------------------------------------------------- */

/* Keys 0 to 2 were there throughout. */
static void seen_once(void)
{
	for (unsigned key = 0; key < HISTORY_KEYS; key++)
		if (key < 3 ? seen[key] != 1 : seen[key] > 1)
			model_fail("key %u was seen %u times", key, (unsigned)seen[key]);
}

/* Keys 1 and 2 were; key 0 was removed and put back. */
static void seen_at_most_once(void)
{
	for (unsigned key = 0; key < HISTORY_KEYS; key++)
		if (key == 1 || key == 2 ? seen[key] != 1 : seen[key] > 1)
			model_fail("key %u was seen %u times", key, (unsigned)seen[key]);
}

/* All were cleared, some were put back. */
static void seen_once_or_never(void)
{
	for (unsigned key = 0; key < HISTORY_KEYS; key++)
		if (seen[key] > 1)
			model_fail("key %u was seen %u times", key, (unsigned)seen[key]);
}

/* Four blocks, four writers who helped: one of them saw that it was the last. */
static void promoted(void)
{
	if (world_leaves() && world_swept())
		model_fail("a table that is swept was not promoted");
}

#if NB_SETTLE_MIN == 1
/* What began late is settled by who comes after all. */
static void settled(void)
{
	world_reclaim();
	if (world_leaves())
		model_fail("a migration that nobody goes on with is not settled");
}
#endif

/* ---- The list ----------------------------------------------------------- */

static const struct scenario ordinary[] = {
	{"put-put", "two puts of one fresh key", NULL, {put_0_1, put_0_2}, NULL, 3},
	{"put-put-remove", "two puts and a removal of one key", one_key, {put_0_1, put_0_2, del_0}, NULL, 2},
	{"put-freeze", "a put against the freeze of its slot", one_key_leaving, {put_0_1, sweep_0}, NULL, 3},
	{"put-sealed", "a slot claimed by a put is sealed empty before its value comes", NULL,
	 {put_0_1, migrate_and_finish}, NULL, 3},
	{"put-sealed-twice", "the same with two puts", NULL, {put_0_1, put_0_2, migrate_and_finish}, NULL, 2},
	{"put-tombstone", "a removed key is put again while its table is left", tombstone,
	 {put_0_1, migrate_and_finish}, NULL, 3},
	{"remove-copy", "a removal against the copy of its slot", one_key_leaving, {del_0, finish}, NULL, 3},
	{"two-copiers", "two copiers of one slot", one_key_leaving, {finish, finish}, NULL, 3},
	{"three-copiers", "three copiers of one slot", one_key_leaving, {sweep_0, sweep_0, sweep_0}, NULL, 2},
	{"copiers-and-put", "two copiers and an overwrite", one_key_leaving, {sweep_0, sweep_0, put_0_1}, NULL, 2},
	{"resurrection", "a copier stalls while the key is moved, removed and its tombstone dropped", one_key_leaving,
	 {sweep_0, remove_and_leave_again}, NULL, 3},
	{"copy-sealed", "a copier's slot in the next table is sealed before the value comes", one_key_leaving,
	 {sweep_0, leave_second}, NULL, 3},
	{"copiers-sealed", "the same with two copiers", one_key_leaving, {sweep_0, sweep_0, leave_second}, NULL, 2},
	{"sweep-order", "blocks of one line swept out of order, against a put", leaving, {sweep_1, put_0_1}, NULL, 3},
	{"nested-copy", "a copy into a table that is itself being left", nested, {sweep_0, finish}, NULL, 3},
	{"nested-remove", "a removal through two tables being left", nested, {del_then_migrate, sweep_0}, NULL, 2},
	{"nested-put", "a put of a new key and a copy through two tables", nested, {put_1_5, finish, get_0}, NULL, 2},
	{"get-copy", "gets at every step of a copy", one_key_leaving, {get_twice, finish}, NULL, 3},
	{"get-nested", "gets at every step of a copy through two tables", nested, {get_twice, finish}, NULL, 3},
	{"get-passed", "a get that is passed by two migrations and a promotion", one_key,
	 {get_twice, leave_twice_by_line_0}, NULL, 3},
	{"get-passed-too", "the same by way of the other line", one_key, {get_twice, leave_twice_by_line_1}, NULL, 3},
	{"get-remove-copy", "a get, a removal and a copy", one_key_leaving, {get_twice, del_0, sweep_0}, NULL, 2},
	{"batch-copy", "a batch of two keys at every step of a copy", two_keys_leaving, {batch_0_1, finish}, NULL, 3},
	{"batch-puts", "a batch of two keys, puts of both and a copy", two_keys_leaving, {batch_0_1, put_0_and_1, sweep_0},
	 NULL, 2},
	{"batch-migration", "a batch of two keys, puts of both and a whole migration", two_keys,
	 {batch_0_1, put_0_and_1, migrate_and_finish}, NULL, 2},
	{"batch-clear", "a batch of two keys, a clear and a put", two_keys, {batch_0_1, clear, put_0_1}, NULL, 3},
	{"batch-passed", "a batch that is passed by two migrations and a promotion", two_keys,
	 {batch_0_1, leave_twice_by_line_0}, NULL, 2},
	{"walk-promotion", "a walk against a whole migration", three_keys, {walk, migrate_and_finish}, seen_once, 2},
	{"walk-apart", "a walk that begins while keys stand in two tables", three_keys_apart, {walk, put_new_keys},
	 seen_once, 2},
	{"walk-growth", "a walk against puts that grow the table", three_keys, {walk, put_new_keys}, seen_once, 2},
	{"walk-remove-put", "a walk against a key removed and put back while moving", three_keys,
	 {walk, del_then_put, migrate_and_finish}, seen_at_most_once, 1},
	{"walk-passed", "a walk that is passed by two whole migrations", three_keys, {walk, migrate_and_finish_twice},
	 seen_once, 2},
	{"walk-remove-leave", "a walk against a removal whose tombstone is dropped by migrations", three_keys,
	 {walk, migrate_and_finish, del_then_migrate}, seen_at_most_once, 2},
	{"scan-promotion", "scans against a whole migration", three_keys, {scan_by_one, migrate_and_finish}, seen_once, 2},
	{"scan-nested", "scans against two migrations, one within the other", three_keys, {scan_by_one, migrate_twice},
	 seen_once, 2},
	{"scan-passed", "scans that are passed by two migrations and a promotion", three_keys,
	 {scan_by_one, leave_twice_by_line_0}, seen_once, 2},
	{"scan-apart", "scans that begin while keys stand in two tables", three_keys_apart, {scan_by_one, put_new_keys},
	 seen_once, 2},
	{"scan-all-apart", "one scan of all while keys stand in three tables", three_keys_nested, {scan_by_many, finish},
	 seen_once, 3},
	{"scan-growth", "scans against puts that grow the table", three_keys, {scan_by_one, put_new_keys}, seen_once, 2},
	{"scan-remove-put", "scans against a key removed and put back while moving", three_keys,
	 {scan_by_one, del_then_put, migrate_and_finish}, seen_at_most_once, 2},
	{"scan-remove-copy", "one scan of all against a key removed and put back, and a copy", three_keys_nested,
	 {scan_by_many, del_then_put, sweep_0}, seen_at_most_once, 2},
	{"scan-clear", "scans against a clear, and keys that are put back", three_keys, {scan_by_one, clear_then_put},
	 seen_once_or_never, 3},
	{"scan-clear-apart", "the same while keys stand in two tables", three_keys_apart,
	 {scan_by_one, clear_then_put, migrate_and_finish}, seen_once_or_never, 2},
	{"heir", "two threads clear an heir, beside a put", one_key, {heir_one, heir_one, put_0_1}, NULL, 2},
	{"heirs", "two heirs, one of which is linked", one_key, {heir_one, heir_two, put_0_1}, NULL, 2},
	{"heirs-put", "two heirs, and puts that cannot wait for either", three_keys, {heir_one, heir_two, put_new_keys},
	 NULL, 2},
	{"heir-forced", "an heir, and a thread that cannot wait for it", one_key, {heir_one, migrate, put_1_5}, NULL, 2},
	{"heir-in-vain", "an heir for which there is no memory at first", one_key, {heir_in_vain, heir_two, put_0_1},
	 NULL, 2},
	{"heir-leaving", "an heir of a table whose predecessor is being left", one_key_leaving,
	 {heir_one, heir_two, finish}, NULL, 2},
	{"heir-nested", "an heir beside two migrations", one_key, {heir_one, leave_twice_by_line_0, get_0}, NULL, 2},
	{"heir-clear", "an heir of a chain that is cleared", one_key, {heir_one, clear, put_0_1}, NULL, 2},
	{"heirs-clear", "two heirs likewise", one_key, {heir_one, heir_two, clear}, NULL, 2},
	{"growth", "two threads fill a table", three_keys, {put_new_keys, put_more_keys}, NULL, 2},
	{"clear-put", "a clear against a put", one_key, {clear, put_0_1}, NULL, 3},
	{"clear-put-get", "a clear, a put and gets", one_key, {clear, put_0_1, get_twice}, NULL, 2},
	{"clear-copy", "a clear of a chain whose tables are being left", two_keys_leaving, {clear, sweep_0, put_0_1},
	 NULL, 2},
	{"clear-clear", "two clears and a put", one_key, {clear, clear, put_0_1}, NULL, 2},
	{"promote-promote", "two threads sweep the last block and promote", swept_but_one, {finish, finish}, NULL, 3},
	{"promote-clear", "a promotion against a clear", swept_but_one, {finish, clear}, NULL, 3},
	{"promote-put", "a put against a promotion", swept_but_one, {finish, put_0_1, get_0}, NULL, 2},
	{"help-promote", "four writers help with four blocks, two a thread", leaving, {put_0_and_1, put_2_and_3}, promoted,
	 3},
	{"update-migration", "an update against a migration", one_key, {update_0, migrate_and_finish}, NULL, 3},
	{"update-update", "two updates and a migration", NULL, {update_0, update_0, migrate_and_finish}, NULL, 2},
	{"update-anew", "updates that make a value anew at each attempt, and a put", one_key, {anew_0, anew_0, put_0_1}, NULL,
	 2},
	{"update-anew-absent", "the same without a value before, and a migration", NULL,
	 {anew_0, put_0_1, migrate_and_finish}, NULL, 2},
	{"update-keep", "an update that keeps what it sees, a put and a removal", one_key, {keep_0, put_0_1, del_0}, NULL,
	 2},
	{"update-take", "an update that removes, an update and a migration", one_key, {take_0, anew_0, migrate_and_finish},
	 NULL, 2},
	{"update-give-up", "an update that gives up with a spare, a put and a migration", one_key,
	 {give_up_0, put_0_1, migrate_and_finish}, NULL, 2},
	{"replace-equal", "a replace against an overwrite with an equal value", one_key, {replace_10_20, put_0_10}, NULL,
	 3},
	{"replace-copy", "a replace, a conditional removal and a copy", one_key_leaving,
	 {replace_10_20, del_if_10, sweep_0}, NULL, 2},
	{"add-add", "two adds and a removal", one_key, {add_0_1, add_0_2, del_0}, NULL, 2},
	{"create-create", "two who get or add", NULL, {create_0_1, create_0_2}, NULL, 3},
	{"create-remove", "two who get or add, and a removal", one_key, {create_0_1, create_0_2, del_0}, NULL, 2},
	{"create-migration", "two who get or add, and a migration", NULL, {create_0_1, create_0_2, migrate_and_finish},
	 NULL, 2},
	{"set-remove", "a set against a removal and a migration", one_key, {set_0_3, del_0, migrate_and_finish}, NULL, 2},
	{"two-keys", "put(a);get(b) beside put(b);get(a)", NULL, {put_a_get_b, put_b_get_a}, NULL, 3},
	{"two-keys-leaving", "the same while both keys are being moved", two_keys_leaving, {put_a_get_b, put_b_get_a}, NULL,
	 2},
};

static void put_4_1(void) { world_put(4, 1); }

static void put_4_get_4(void)
{
	world_put(4, 2);
	world_get(4);
}

static void set_4_del_4(void)
{
	world_set(4, 3);
	world_del(4);
}

static void get_4_twice(void)
{
	world_get(4);
	world_get(4);
}

static void put_4_get_5(void)
{
	world_put(4, 1);
	world_get(5);
}

static void put_5_get_4(void)
{
	world_put(5, 1);
	world_get(4);
}

static const struct scenario spilling[] = {
	{"spill-puts", "two puts of a key that goes past its home line, and gets", full_home, {put_4_1, put_4_get_4}, NULL,
	 3},
	{"spill-get", "a put likewise, and gets beside it", full_home, {put_4_1, put_4_get_4, get_4_twice}, NULL, 2},
	{"spill-writes", "a put likewise, and writes that claim nothing", full_home, {put_4_get_4, set_4_del_4}, NULL, 3},
	{"spill-migration", "a put likewise, a migration and gets", full_home, {put_4_1, migrate_and_finish, get_4_twice},
	 NULL, 2},
	{"spill-leaving", "the same while the table is being left", full_home_leaving, {put_4_get_4, finish, get_4_twice},
	 NULL, 2},
	{"spill-clear", "a put likewise, a clear and gets", full_home, {put_4_1, clear, get_4_twice}, NULL, 2},
	{"spill-two-keys", "put(a);get(b) beside put(b);get(a), past one home line", full_home, {put_4_get_5, put_5_get_4},
	 NULL, 3},
};

static const struct scenario aside[] = {
	{"aside-puts", "two puts and a removal of a key that lives aside", one_key, {put_0_1, put_0_2, del_0}, NULL, 3},
	{"aside-clear", "a clear, puts of both keys that live aside, and a batch", two_keys,
	 {clear, put_0_and_1, batch_0_1}, NULL, 2},
	{"aside-update", "an update, an add and a removal of a key that lives aside", NULL, {update_0, add_0_1, del_0},
	 NULL, 3},
	{"aside-walk", "a walk over keys that live aside, and one that moves", three_keys, {walk, put_new_keys},
	 seen_once, 2},
	{"aside-two-keys", "put(a);get(b) beside put(b);get(a)", NULL, {put_a_get_b, put_b_get_a}, NULL, 3},
};

/* 10 stands for the integer 9: 6 can be taken from it once. */
static const struct scenario integers[] = {
	{"sum-sum", "two additions to a fresh key", NULL, {plus_0, plus_0}, NULL, 3},
	{"sum-copy", "two additions to a key whose slot is copied", one_key_leaving, {plus_0, plus_0, sweep_0}, NULL, 2},
	{"sum-migration", "two additions and a whole migration", one_key, {plus_0, plus_0, migrate_and_finish}, NULL, 2},
	{"sum-sealed", "an addition whose slot is sealed empty before its value comes", NULL,
	 {plus_0, migrate_and_finish}, NULL, 3},
	{"sum-nested", "additions through two tables that are being left", nested, {plus_0, plus_0, finish}, NULL, 2},
	{"sum-remove", "two additions and a removal", one_key, {plus_0, plus_0, del_0}, NULL, 3},
	{"sum-least", "two subtractions that cannot both be, and a copy", one_key_leaving, {minus_0, minus_0, sweep_0},
	 NULL, 2},
	{"sum-both", "a subtraction, an addition and a put", NULL, {minus_0, plus_0, put_0_1}, NULL, 3},
	{"sum-clear", "two additions and a clear", one_key, {plus_0, plus_0, clear}, NULL, 2},
};

static const struct scenario sums_aside[] = {
	{"aside-sums", "two additions and a removal of a key that lives aside", one_key, {plus_0, plus_0, del_0}, NULL, 3},
};

/* Where migrations of any size are settled in the background. */
#if NB_SETTLE_MIN == 1
static void reclaim(void) { world_reclaim(); }

static void finish_and_migrate(void)
{
	world_finish();
	world_migrate();
}

static const struct scenario settling[] = {
	{"settle-put", "a put beside the settler", one_key_leaving, {reclaim, put_0_1}, settled, 3},
	{"settle-copiers", "the settler, a copier and a removal", one_key_leaving, {reclaim, finish, del_0}, settled, 2},
	{"settle-nested", "the settler of two tables, and a put", nested, {reclaim, put_0_1}, settled, 2},
	{"settle-start", "a migration begins as the settler stops", one_key_leaving, {reclaim, finish_and_migrate}, settled,
	 3},
	{"settle-clear", "a clear beside the settler", two_keys_leaving, {reclaim, clear, put_0_1}, settled, 2},
	{"settle-walk", "a walk beside the settler", three_keys_apart, {reclaim, walk}, seen_once, 2},
	{"settle-settle", "two threads that free, and a migration that begins", one_key, {reclaim, reclaim, migrate_and_finish},
	 settled, 2},
};
#endif

#define GROUP(list) .scenario = (list), .count = sizeof(list) / sizeof(*(list))

const struct scenario_group scenario_groups[] = {
	{GROUP(ordinary)},
	{GROUP(spilling), .one_home = true},
	{GROUP(aside), .aside = true},
	{GROUP(integers), .integers = true},
	{GROUP(sums_aside), .aside = true, .integers = true},
#if NB_SETTLE_MIN == 1
	{GROUP(settling), .writers_free = true},
#endif
};

const size_t scenario_groups_count = sizeof(scenario_groups) / sizeof(*scenario_groups);
