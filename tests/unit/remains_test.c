/*
 * remains: a value_free that looks into the map whose value it frees.
 *
 * While a map is destroyed it finds the values that are left, each alive, and never
 * the one that it was called for; it cannot walk.  While a cleared map is taken apart
 * it finds the map as it is now.  In whatever state the tables were left: plain, between two
 * tables, in a chain of several, with values that a copier froze and then forgot.
 *
 * Both kinds of key, all flavours.  Whether something is read that was freed
 * already is for count_alloc, a sanitizer or valgrind to say.
 */
#include <check.h>
#include <errno.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "run.h"
#include "subject.h"
#include "successor.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define ENTRIES 60

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static struct nb_map *core;
static bool watching, walking, ending;
static unsigned looks, left; /* how often it looked; what it found the last time */

/* ---- Looks -------------------------------------------------------------- */

static unsigned look_by_walk(void)
{
	struct nbmap_iter iter;
	unsigned found = 0;
	uint32_t number;
	uint64_t id;

	crew_check(!subject_walk(&subject, &iter));
	for (; subject_next(&subject, &iter, &id, &number); found++)
		crew_check(number == id + 1);
	return found;
}

static unsigned look_by_get(void)
{
	unsigned found = 0;

	for (uint64_t id = 0; id < ENTRIES; id++) {
		/* Which stops the program if the value is not alive. */
		uint32_t number = subject_get(&subject, id);

		crew_check(number == 0 || number == id + 1);
		found += number != 0;
	}
	return found;
}

/* The value in hand is alive, too, so it must not be found. */
static void free_and_look(void *value, void *arg)
{
	uint64_t id = count_number(value) >> 32;
	struct nbmap_iter iter;

	if (watching) {
		nbmap_domain_enter(domain);
		crew_check(!subject_get(&subject, id));
		left = look_by_get();
		crew_check(subject_size(&subject) >= left);
		if (ending)
			crew_check(subject_walk(&subject, &iter) == -EDEADLK);
		if (walking)
			crew_check(look_by_walk() == left);
		nbmap_domain_leave(domain);
		looks++;
	}
	count_value_free(value, arg);
}

/* ---- The fixture -------------------------------------------------------- */

static void begin(int turn)
{
	struct nbmap_domain_config config = {.flavor = (enum nbmap_flavor)(turn / KINDS)};
	struct nbmap_config base = {.flavor = config.flavor, .flags = 0};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	base.domain = domain;
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	core = subject_core(&subject);
	core->value_free = free_and_look;
	flavor_register(subject.flavor);
	watching = walking = ending = false;
	looks = 0;
	left = ENTRIES;
	subject_enter(&subject);
	subject_put_range(&subject, 0, ENTRIES);
}

static void finish(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

/* ---- States ------------------------------------------------------------- */

static struct nb_table *last_table(void)
{
	return successor_last(core);
}

static void plain(void)
{
	struct nb_table *table;

	crew_check(!nb_migrate_finish(core, &table));
}

static void between_two_tables(void)
{
	plain();
	crew_check(!nb_migrate_start(core, last_table()));
}

static void in_a_chain(void)
{
	between_two_tables();
	/* Some have moved to the second table, and some of these to the third. */
	subject_put_range(&subject, 0, ENTRIES / 3);
	crew_check(!nb_migrate_start(core, last_table()));
	subject_put_range(&subject, 0, ENTRIES / 9);
}

static void frozen_and_forgotten(void)
{
	struct nb_table *table;
	int error;

	between_two_tables();
	table = nb_load_acquire(&core->top);
	/* Some of them have arrived all the same. */
	(void)nb_migrate_sweep(core, table, 0, &error);
	for (size_t slot = 0; slot < nb_table_capacity(table); slot += 2)
		nb_value_freeze(nb_place_value(nb_place_at(table, slot)));
}

static void (*const states[])(void) = {plain, between_two_tables, in_a_chain, frozen_and_forgotten};
#define STATES ((int)(sizeof(states) / sizeof(*states)))

/* ---- The tests ---------------------------------------------------------- */

/* _i: flavour and kind; state. */
START_TEST(test_while_the_map_is_destroyed)
{
	begin(_i % CASES);
	states[_i / CASES]();
	subject_leave(&subject);
	/* What was displaced so far. */
	ck_assert_int_eq(subject_barrier(&subject), 0);
	watching = ending = true;
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_uint_eq(looks, ENTRIES);
	ck_assert_uint_eq(left, 0);
	finish();
}
END_TEST

START_TEST(test_while_what_was_cleared_is_taken_apart)
{
	begin(_i % CASES);
	states[_i / CASES]();
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	subject_enter(&subject);
	walking = watching = true;
	ck_assert_int_eq(subject_clear(&subject), 0);
	subject_put_range(&subject, 0, ENTRIES / 4);
	/* So that a look does not find the key it is called for. */
	for (uint64_t id = 0; id < ENTRIES / 4; id++)
		crew_check(!subject_del(&subject, id));
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(looks, ENTRIES + ENTRIES / 4);
	watching = false;
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 0);
	ck_assert_int_eq(subject_close(&subject), 0);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("remains");
	TCase *tcase = tcase_create("remains");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_while_the_map_is_destroyed, 0, STATES * CASES);
	tcase_add_loop_test(tcase, test_while_what_was_cleared_is_taken_apart, 0, STATES * CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
