/*
 * heir: the steps by which a table comes by its successor, one at a time.
 */
#include "heir.h"

#include "host.h"
#include "report.h"
#include "suite.h"

#include <errno.h>

/* Lines of which a table has `slices` slices, or a few more. */
static size_t lines_of(size_t slices)
{
	return slices * NB_CLEAR_BYTES / sizeof(struct nb_line);
}

/* An heir of several slices that is offered at `place`, none of them cleared. */
static struct nb_table *offer(struct core *core, struct nb_table *table, unsigned place)
{
	struct nb_size size = {.lines = lines_of(3)};
	struct nb_table *heir = nb_table_make(core->map, table->chain, size, table->number + 1);

	ck_assert_ptr_nonnull(heir);
	ck_assert_uint_ge(heir->slices, 3);
	ck_assert(nb_heir_begin(table, place));
	ck_assert(nb_heir_offer(table, place, heir));
	return heir;
}

/* Hand out and clear all slices but the last `left`. */
static void clear_but(struct nb_table *heir, size_t left)
{
	for (size_t n = left; n < heir->slices; n++)
		ck_assert(nb_heir_clear(heir, nb_heir_take(heir)) == (n + 1 == heir->slices && !left));
}

static bool is_empty(struct nb_table *table)
{
	for (size_t at = 0; at < table->lines; at++)
		for (unsigned i = 0; i < NB_LINE_SLOTS; i++)
			if (nb_load_relaxed(&table->line[at].key[i]) || nb_load_relaxed(&table->line[at].value[i]))
				return false;
	for (size_t i = 0; i < (table->blocks + 63) / 64; i++)
		if (nb_load_relaxed(&nb_table_swept(table)[i]))
			return false;
	for (size_t i = 0; i < nb_spill_words(table->lines); i++)
		if (nb_load_relaxed(&table->spill[i]))
			return false;
	return true;
}

/* ---- Places ------------------------------------------------------------- */

START_TEST(a_place_is_begun_once)
{
	struct core core;
	struct nb_table *table, *heir;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	for (unsigned place = 0; place < NB_HEIRS; place++) {
		/* Nothing was begun. */
		ck_assert(!nb_heir_drop(table, place));
		ck_assert(!nb_heir_offer(table, place, table));
		ck_assert(nb_heir_begin(table, place));
		ck_assert(!nb_heir_begin(table, place));
		ck_assert_ptr_null(nb_heir_at(table, place));
		ck_assert(nb_heir_drop(table, place));
		ck_assert(!nb_heir_drop(table, place));
		heir = offer(&core, table, place);
		ck_assert_ptr_eq(nb_heir_at(table, place), heir);
		/* It stays. */
		ck_assert(!nb_heir_begin(table, place));
		ck_assert(!nb_heir_drop(table, place));
		ck_assert(!nb_heir_offer(table, place, heir));
	}
	ck_assert(!nb_heir_begin(table, NB_HEIRS));
	core_close(&core);
}
END_TEST

START_TEST(an_offer_needs_an_heir)
{
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	ck_assert(nb_heir_begin(table, 0));
	ck_assert(!nb_heir_offer(table, 0, table));
	ck_assert(!nb_heir_is_under_way(table));
	ck_assert(nb_heir_drop(table, 0));
	(void)offer(&core, table, 1);
	ck_assert(nb_heir_is_under_way(table));
	core_close(&core);
}
END_TEST

/* ---- Slices ------------------------------------------------------------- */

START_TEST(each_slice_is_handed_out_once)
{
	struct core core;
	struct nb_table *table, *heir;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	heir = offer(&core, table, 0);
	for (size_t n = 0; n < heir->slices; n++)
		ck_assert_uint_eq(nb_heir_take(heir), n);
	for (unsigned n = 0; n < 3; n++)
		ck_assert_uint_eq(nb_heir_take(heir), heir->slices);
	ck_assert_uint_eq(nb_load_relaxed(&heir->taken), heir->slices);
	core_close(&core);
}
END_TEST

/* In any order; and together they are all of it, to the byte. */
START_TEST(the_last_slice_completes)
{
	struct core core;
	struct nb_table *table, *heir;

	core_open(&core, NB_OBJECT, false);
	core.map->keys.size = _i ? count_key_size : NULL;
	table = core_top(&core, 2);
	heir = offer(&core, table, 0);
	ck_assert(!is_empty(heir));
	for (size_t n = heir->slices; n--;) {
		ck_assert(!nb_heir_link(core.map, table, heir));
		ck_assert_uint_lt(nb_heir_take(heir), heir->slices);
		ck_assert(nb_heir_clear(heir, n) == !n);
	}
	ck_assert(is_empty(heir));
	ck_assert(nb_heir_link(core.map, table, heir));
	core_close(&core);
}
END_TEST

/* ---- Link --------------------------------------------------------------- */

START_TEST(one_heir_is_linked)
{
	struct core core;
	struct nb_table *table, *heir[2];

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	for (unsigned place = 0; place < 2; place++) {
		heir[place] = offer(&core, table, place);
		clear_but(heir[place], 0);
	}
	ck_assert_uint_eq(nb_load_relaxed(&table->chain->newest), 1);
	ck_assert(nb_heir_link(core.map, table, heir[_i]));
	ck_assert_uint_eq(nb_load_relaxed(&table->chain->newest), 2);
	ck_assert(!nb_heir_link(core.map, table, heir[!_i]));
	ck_assert(!nb_heir_link(core.map, table, heir[_i]));
	ck_assert_ptr_eq(nb_load_relaxed(&table->next), heir[_i]);
	ck_assert_uint_eq(nb_load_relaxed(&core.map->migrations), 1);
	/* The other is the table's. */
	ck_assert_uint_eq(nb_heir_bytes(table), nb_host_block_size(heir[!_i]->bytes));
	core_close(&core);
}
END_TEST

/* One that is not linked counts with its table, in use and while that waits to be freed. */
START_TEST(a_lost_heir_counts_with_its_table)
{
	bool cleared = _i;
	struct core core;
	struct nb_table *table, *next, *heir, *top;
	struct nbmap_stats before, after;
	size_t bytes;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	next = core_link(&core, table, 2);
	nb_map_stats(core.map, &before);
	heir = offer(&core, table, 1);
	nb_map_stats(core.map, &after);
	ck_assert_uint_eq(after.bytes - before.bytes, nb_host_block_size(heir->bytes));
	bytes = table->bytes + nb_host_block_size(heir->bytes) + (cleared ? next->bytes : 0);
	if (cleared)
		ck_assert_int_eq(nb_map_clear(core.map), 0);
	else
		ck_assert_int_eq(nb_migrate_finish(core.map, &top), 0);
	nb_map_stats(core.map, &after);
	ck_assert_uint_eq(after.pending_bytes - before.pending_bytes, bytes);
	core_breathe(&core);
	nb_map_stats(core.map, &after);
	ck_assert_uint_eq(after.pending_bytes, 0);
	core_close(&core);
}
END_TEST

#if NB_CLEAR_BYTES >= 16384
/* The sum of tuning.h: whenever a place is begun, what is left to claims before the next,
 * or before the table is full, clears an heir of the size that growth asks for, and in
 * the end the largest step towards room, though checks see the load late. */
START_TEST(an_heir_can_be_cleared_before_the_next)
{
	static const double begins[NB_HEIRS + 1] = {(double)NB_TIGHT_USED_NUM / NB_TIGHT_USED_DEN,
						    1 - 1.0 / NB_SECOND_LEFT, 1 - 1.0 / NB_THIRD_LEFT, 1};
	const double lines = 1 << 18, capacity = lines * NB_LINE_SLOTS;
	const double grown = capacity * NB_LOOSE_ROOM_NUM / NB_LOOSE_ROOM_DEN / NB_LINE_SLOTS;
	const double asked = lines * NB_GROW_MAX;
	const double slices = (double)nb_table_size((size_t)(asked > grown ? asked : grown)) / NB_CLEAR_BYTES;

	for (unsigned place = 0; place < NB_HEIRS; place++) {
		double claims = capacity * (begins[place + 1] - begins[place] - 2.0 / NB_CHECKS);

		ck_assert_msg(claims >= slices, "place %u: %.0f claims for %.0f slices", place, claims, slices);
	}
	ck_assert_double_gt((double)NB_CROWDED_MAX / NB_CROWDED_DEN, begins[0]);
}
END_TEST
#endif

/* ---- What calls do ------------------------------------------------------ */

static void use(struct nb_table *table, size_t left, size_t of)
{
	size_t capacity = nb_table_capacity(table), used = capacity - (capacity * left + of - 1) / of;

	nb_claims_add(&table->used, used - nb_claims_sum(&table->used));
}

/* Make `live` such that a successor has several slices; back to nothing. */
static int64_t crowd(struct core *core, int64_t sign)
{
	int64_t live = (int64_t)(lines_of(4) * NB_LINE_SLOTS * NB_LOOSE_ROOM_DEN / NB_LOOSE_ROOM_NUM);

	core_live(core, sign * live);
	return live;
}

/* A slice a call, and each claim is a call while there are any. */
START_TEST(a_check_does_one_slice)
{
	struct core core;
	struct nb_table *table, *heir;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 1024);
	crowd(&core, 1);
	use(table, 10, 100);
	ck_assert_uint_gt(nb_load_relaxed(&table->check_mask), 0);
	nb_migrate_check_used(core.map, table);
	heir = nb_heir_at(table, 0);
	ck_assert_ptr_nonnull(heir);
	ck_assert_uint_ge(heir->slices, 3);
	for (size_t done = 1; done < heir->slices; done++) {
		ck_assert_uint_eq(nb_load_relaxed(&heir->taken), done);
		ck_assert_uint_eq(nb_load_relaxed(&heir->cleared), done);
		ck_assert_ptr_null(nb_load_relaxed(&table->next));
		ck_assert(nb_migrate_is_due(table, done));
		if (done % 2)
			nb_migrate_check_used(core.map, table);
		else
			nb_migrate_check_tombs(core.map, table);
	}
	ck_assert_ptr_eq(nb_load_relaxed(&table->next), heir);
	ck_assert(is_empty(heir));
	crowd(&core, -1);
	core_close(&core);
}
END_TEST

/* Who copies many slots in one call does not clear a slice for each. */
START_TEST(a_copy_clears_nothing)
{
	struct core core;
	struct nb_table *table, *next, *heir;
	struct nb_place place;
	struct nb_key key;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 2);
	next = core_link(&core, table, 1024);
	heir = offer(&core, next, 0);
	nb_store_relaxed(&next->check_mask, 0);
	key = core_key(&core, HASH);
	place = core_put(&core, table, &key, core_value(&core, 7));
	ck_assert_int_eq(nb_migrate_copy(core.map, table, place), 0);
	ck_assert_uint_eq(core_value_at(core_find(&core, next, &key)), core_value(&core, 7));
	ck_assert_uint_eq(nb_load_relaxed(&heir->taken), 0);
	/* A claim does. */
	key = core_key(&core, 2 * HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 8)), 0);
	ck_assert_uint_eq(nb_load_relaxed(&heir->taken), 1);
	core_close(&core);
}
END_TEST

/* All slices are out, one with a thread that stopped: nobody is due, until the next place opens.  The late one's heir
 * is not used. */
START_TEST(a_slice_that_is_never_done)
{
	struct core core;
	struct nb_table *table, *heir;
	size_t slice;
	uint64_t made;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 1024);
	crowd(&core, 1);
	use(table, 10, 100);
	nb_migrate_check_used(core.map, table);
	heir = nb_heir_at(table, 0);
	ck_assert_ptr_nonnull(heir);
	slice = nb_heir_take(heir);
	while (nb_heir_assist(core.map, table))
		;
	ck_assert_ptr_null(nb_load_relaxed(&table->next));
	ck_assert_uint_eq(nb_load_relaxed(&table->check_mask), table->calm_mask);
	made = count_made(core.count, COUNT_MEMORY);
	for (unsigned n = 0; n < 100; n++)
		nb_migrate_check_used(core.map, table);
	ck_assert_uint_eq(count_made(core.count, COUNT_MEMORY), made);
	use(table, 6, 100);
	for (unsigned n = 0; n < 100; n++)
		nb_migrate_check_used(core.map, table);
	ck_assert_uint_eq(count_made(core.count, COUNT_MEMORY), made + 1);
	ck_assert_ptr_nonnull(nb_heir_at(table, 1));
	ck_assert_ptr_eq(nb_load_relaxed(&table->next), nb_heir_at(table, 1));
	ck_assert(nb_heir_clear(heir, slice));
	ck_assert(!nb_heir_link(core.map, table, heir));
	ck_assert(is_empty(nb_load_relaxed(&table->next)));
	crowd(&core, -1);
	core_close(&core);
}
END_TEST

/* As many as there are places, then the table must do: until it is forced. */
START_TEST(heirs_are_few)
{
	struct core core;
	struct nb_table *table, *heir;
	uint64_t made;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 1024);
	crowd(&core, 1);
	for (unsigned place = 0; place < NB_HEIRS; place++) {
		static const size_t left[NB_HEIRS] = {9, 6, 3}; /* in 100 */

		use(table, left[place], 100);
		nb_migrate_check_used(core.map, table);
		heir = nb_heir_at(table, place);
		ck_assert_ptr_nonnull(heir);
		if (!heir)
			break;
		/* Each with a slice that is not done. */
		(void)nb_heir_take(heir);
		while (nb_heir_assist(core.map, table))
			;
		made = count_made(core.count, COUNT_MEMORY);
		for (unsigned n = 0; n < 10; n++)
			nb_migrate_check_used(core.map, table);
		ck_assert_uint_eq(count_made(core.count, COUNT_MEMORY), made);
		ck_assert_ptr_null(nb_load_relaxed(&table->next));
	}
	ck_assert_int_eq(nb_migrate_prepare(core.map, table), 0);
	ck_assert_ptr_null(nb_load_relaxed(&table->next));
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_ptr_nonnull(nb_load_relaxed(&table->next));
	ck_assert(is_empty(nb_load_relaxed(&table->next)));
	crowd(&core, -1);
	core_close(&core);
}
END_TEST

/* Who is forced does what is left of one that was offered. */
START_TEST(force_helps)
{
	struct core core;
	struct nb_table *table, *heir;
	uint64_t made;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	heir = offer(&core, table, 1);
	made = count_made(core.count, COUNT_MEMORY);
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_ptr_eq(nb_load_relaxed(&table->next), heir);
	ck_assert_uint_eq(count_made(core.count, COUNT_MEMORY), made);
	core_close(&core);
}
END_TEST

/* The thread that began at the last place comes out of the allocator. */
static void offer_late(struct core *core)
{
	struct nb_table *table = core->hook_table;

	ck_assert(nb_heir_offer(table, NB_HEIRS - 1,
				nb_table_make(core->map, table->chain, (struct nb_size){.lines = lines_of(3)},
					      table->number + 1)));
}

/* All places are taken by threads that allocate.  So it does itself, and then finds that there is one to be helped. */
START_TEST(force_finds_an_offer_after_it_allocated)
{
	struct core core;
	struct nb_table *table;
	uint64_t alive;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 2);
	for (unsigned place = 0; place < NB_HEIRS; place++)
		ck_assert(nb_heir_begin(table, place));
	alive = count_alive(core.count, COUNT_MEMORY);
	core.hook = offer_late;
	core.hook_table = table;
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert(!core.hook);
	ck_assert_ptr_eq(nb_load_relaxed(&table->next), nb_heir_at(table, NB_HEIRS - 1));
	ck_assert_uint_eq(count_alive(core.count, COUNT_MEMORY), alive + 1);
	core_close(&core);
}
END_TEST

/* ---- Without memory ----------------------------------------------------- */

START_TEST(a_failure_gives_the_place_back)
{
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 1024);
	crowd(&core, 1);
	use(table, 10, 100);
	count_fail_from(core.count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nb_migrate_prepare(core.map, table), -ENOMEM);
	ck_assert(!nb_heir_is_under_way(table));
	ck_assert_int_eq(nb_heir_want(core.map, table, (struct nb_size){.lines = 100}, 1), -ENOMEM);
	ck_assert_int_eq(nb_heir_force(core.map, table, (struct nb_size){.lines = 100}), -ENOMEM);
	count_fail_stop(core.count);
	for (unsigned place = 0; place < NB_HEIRS; place++) {
		ck_assert(nb_heir_begin(table, place));
		ck_assert(nb_heir_drop(table, place));
	}
	ck_assert_int_eq(nb_migrate_prepare(core.map, table), 0);
	ck_assert(nb_heir_is_under_way(table));
	/* What is under way is enough: no memory is needed. */
	count_fail_from(core.count, COUNT_MEMORY, 1);
	while (!nb_load_relaxed(&table->next))
		ck_assert_int_eq(nb_migrate_prepare(core.map, table), 0);
	count_fail_stop(core.count);
	crowd(&core, -1);
	core_close(&core);
}
END_TEST

/* Others are in the allocator, perhaps for ever: a claim in a crowded table sees for itself. */
START_TEST(prepare_does_not_wait_for_an_allocation)
{
	struct core core;
	struct nb_table *table;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, 1024);
	use(table, 3, 100);
	for (unsigned place = 0; place < NB_HEIRS; place++)
		ck_assert(nb_heir_begin(table, place));
	count_fail_from(core.count, COUNT_MEMORY, 1);
	ck_assert_int_eq(nb_migrate_prepare(core.map, table), -ENOMEM);
	count_fail_stop(core.count);
	ck_assert_int_eq(nb_migrate_prepare(core.map, table), 0);
	ck_assert_ptr_nonnull(nb_load_relaxed(&table->next));
	core_close(&core);
}
END_TEST

/* ---- Sizes -------------------------------------------------------------- */

/* Room that was asked for comes in steps where it has to be cleared. */
START_TEST(asked_for_room_comes_in_steps)
{
	struct core core;
	struct nb_table *table;
	size_t alone = NB_ALONE_BYTES / (sizeof(struct nb_line) + NB_SPILL_CLASSES / 8);

	core_open(&core, NB_INTEGER, false);
	core.map->min_lines = alone;
	ck_assert_uint_eq(nb_migrate_first_lines(core.map), alone);
	core.map->min_lines = alone + 1;
	ck_assert_uint_eq(nb_migrate_first_lines(core.map), alone);
	table = core_top(&core, 2);
	core.map->min_lines = 2 * NB_GROW_MAX + (size_t)_i;
	ck_assert_int_eq(nb_migrate_start(core.map, table), 0);
	ck_assert_uint_eq(nb_load_relaxed(&table->next)->lines, 2 * NB_GROW_MAX);
	core_close(&core);
}
END_TEST

void add_heir(TCase *tcase)
{
#if NB_CLEAR_BYTES >= 16384
	tcase_add_test(tcase, an_heir_can_be_cleared_before_the_next);
#endif
	tcase_add_test(tcase, a_place_is_begun_once);
	tcase_add_test(tcase, an_offer_needs_an_heir);
	tcase_add_test(tcase, each_slice_is_handed_out_once);
	tcase_add_loop_test(tcase, the_last_slice_completes, 0, 2);
	tcase_add_loop_test(tcase, one_heir_is_linked, 0, 2);
	tcase_add_loop_test(tcase, a_lost_heir_counts_with_its_table, 0, 2);
	tcase_add_test(tcase, a_check_does_one_slice);
	tcase_add_loop_test(tcase, a_copy_clears_nothing, 0, KINDS);
	tcase_add_test(tcase, a_slice_that_is_never_done);
	tcase_add_test(tcase, heirs_are_few);
	tcase_add_test(tcase, force_helps);
	tcase_add_test(tcase, force_finds_an_offer_after_it_allocated);
	tcase_add_test(tcase, a_failure_gives_the_place_back);
	tcase_add_test(tcase, prepare_does_not_wait_for_an_allocation);
	tcase_add_loop_test(tcase, asked_for_room_comes_in_steps, 0, 2);
}
