/*
 * bound: how many tables a get reads, whatever others do meanwhile.
 *
 * Each atomic access of the gets in this file is a point (atomic.h) at which
 * "another thread" may act.  It does the worst: when the get is about to look for
 * a table's successor there is one, and that has been left for another.
 */
static void point(const volatile void *object);
#define NB_POINT(object) point(object)

#include <errno.h>
#include <string.h>

#include "host.h"
#include "suite.h"

#define TABLES 400 /* a get that has no bound ends here */

/* What the get is led through: the chain, as far as it is linked. */
static struct {
	struct core *core; /* NULL: no get is under way */
	struct nb_table *table[TABLES];
	unsigned linked, visited;
	unsigned bound; /* tables that were linked when the get looked for the newest number */
	bool read[TABLES];
} led;

static void lead_on(void)
{
	struct core *core = led.core;
	struct nb_table *last = led.table[led.linked - 1], *top;

	ck_assert_uint_lt(led.linked, TABLES);
	led.core = NULL;
	ck_assert_int_eq(nb_migrate_start(core->map, last), 0);
	ck_assert_int_eq(nb_migrate_finish(core->map, &top), 0);
	led.table[led.linked++] = nb_load_relaxed(&last->next);
	led.core = core;
}

static bool is_line_of(const volatile void *object, const struct nb_table *table)
{
	return (uintptr_t)object - (uintptr_t)table->line < table->lines * sizeof(struct nb_line);
}

static void point(const volatile void *object)
{
	if (!led.core)
		return;
	if (object == &led.table[0]->chain->newest)
		led.bound = led.linked;
	for (unsigned i = 0; i < led.linked; i++) {
		while (object == &led.table[i]->next && led.linked < i + 3)
			lead_on();
		if (!led.read[i] && is_line_of(object, led.table[i])) {
			led.read[i] = true;
			led.visited++;
		}
	}
}

/* A get of a key that stands at the top, led on. */
static uint64_t get_led_on(struct core *core, const struct nb_key *key)
{
	struct nb_table *table = nb_load_relaxed(&core->map->top);
	void *value;

	memset(&led, 0, sizeof(led));
	for (; table; table = nb_load_relaxed(&table->next))
		led.table[led.linked++] = table;
	led.core = core;
	value = nb_get(core->map, core->kind, key);
	led.core = NULL;
	return (uintptr_t)value;
}

/* ---- What went before ----------------------------------------------------- */

static void nothing(struct core *core)
{
	(void)core;
}

/* Each of a clear's allocations fails, often. */
static void clears_refused(struct core *core)
{
	for (unsigned i = 0; i < 200; i++) {
		count_fail_nth(core->count, COUNT_MEMORY, 1 + i % 2);
		ck_assert_int_eq(nb_map_clear(core->map), -ENOMEM);
		ck_assert_uint_eq(count_fail_stop(core->count), 1);
	}
}

static void growth_refused(struct core *core)
{
	for (unsigned i = 0; i < 200; i++) {
		count_fail_nth(core->count, COUNT_MEMORY, 1);
		ck_assert_int_eq(nb_migrate_start(core->map, nb_load_relaxed(&core->map->top)), -ENOMEM);
		ck_assert_uint_eq(count_fail_stop(core->count), 1);
	}
}

static void clear_often(struct core *core)
{
	for (unsigned i = 0; i < 200; i++)
		ck_assert_int_eq(nb_map_clear(core->map), 0);
}

static void cleared_often(struct core *core)
{
	clear_often(core);
}

/* A clear that is passed by others as it makes its table, or has just made its chain. */
static void clear_passed(struct core *core)
{
	core->hook = clear_often;
	core->hook_size = nb_host_block_size(nb_table_size(core->map->min_lines));
	ck_assert_int_eq(nb_map_clear(core->map), 0);
	ck_assert(!core->hook);
}

static void clear_passed_early(struct core *core)
{
	core->hook = clear_often;
	ck_assert_int_eq(nb_map_clear(core->map), 0);
	ck_assert(!core->hook);
}

static void (*const went_before[])(struct core *core) = {nothing,	clears_refused, growth_refused,
							 cleared_often, clear_passed,	clear_passed_early};

#define BEFORES (sizeof(went_before) / sizeof(*went_before))

/* The top is left, and its slots have been moved, but it is not promoted yet. */
static void move_slots(struct core *core)
{
	struct nb_table *top = nb_load_relaxed(&core->map->top);
	int error;

	ck_assert_int_eq(nb_migrate_start(core->map, top), 0);
	for (size_t block = 0; block < top->blocks; block++)
		ck_assert(nb_migrate_sweep(core->map, top, block, &error));
}

/* ---- The bound ------------------------------------------------------------ */

/* The tables that are linked when the get looks, and one; also when it begins in the midst of a migration. */
START_TEST(get_is_not_led_on)
{
	for (unsigned leaving = 0; leaving < 2; leaving++) {
		struct core core;
		struct nb_key key;

		core_open(&core, (enum nb_kind)(_i % KINDS), false);
		key = core_key(&core, HASH);
		went_before[_i / KINDS](&core);
		ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
		if (leaving)
			move_slots(&core);
		ck_assert_uint_eq(core_number(&core, get_led_on(&core, &key)), 1);
		ck_assert_msg(led.visited <= led.bound + 1, "of %u tables that were linked a get read %u", led.bound,
			      led.visited);
		core_close(&core);
	}
}
END_TEST

/* And one more where somebody has raised the number and stopped there. */
START_TEST(get_beside_a_stopped_start)
{
	struct core core;
	struct nb_key key;
	struct nb_chain *chain;

	core_open(&core, (enum nb_kind)_i, false);
	key = core_key(&core, HASH);
	ck_assert_int_eq(core_write(&core, NB_PUT, &key, core_value(&core, 1)), 0);
	move_slots(&core);
	chain = nb_load_relaxed(&core.map->top)->chain;
	nb_store_relaxed(&chain->newest, nb_load_relaxed(&chain->newest) + 1);
	ck_assert_uint_eq(core_number(&core, get_led_on(&core, &key)), 1);
	ck_assert_uint_le(led.visited, led.bound + 2);
	core_close(&core);
}
END_TEST

void add_bound(TCase *tcase)
{
	tcase_add_loop_test(tcase, get_is_not_led_on, 0, KINDS * (int)BEFORES);
	tcase_add_loop_test(tcase, get_beside_a_stopped_start, 0, KINDS);
}
