/*
 * walk: what a walk costs, in accesses to shared words and not in time.
 *
 * iterate.c is compiled here once more, with each atomic access counted
 * (atomic.h), and is what the maps of this program walk with.
 */
static void point(void);
#define NB_POINT(object) ((void)(object), point())

#include "iterate.c"

#include <check.h>

#include "count_alloc.h"
#include "crew.h"
#include "run.h"
#include "subject.h"

#define KINDS 2

/* ---- The fixture ---------------------------------------------------------- */

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static struct nb_map *core;
static _Thread_local uint64_t accesses;

static void point(void)
{
	accesses++;
}

static void setup(void)
{
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
}

static void begin(int kind)
{
	struct nbmap_config base = {.domain = domain};

	ck_assert_int_eq(subject_open(&subject, kind, count, &base), 0);
	core = subject_core(&subject);
	subject_enter(&subject);
}

static void finish(void)
{
	subject_leave(&subject);
	ck_assert(nb_map_valid(core));
	ck_assert_int_eq(subject_close(&subject), 0);
}

static void teardown(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

/* A whole migration, which leaves tombstones behind. */
static void migrate(void)
{
	struct nb_table *top;

	ck_assert_int_eq(nb_migrate_finish(core, &top), 0);
	ck_assert_int_eq(nb_migrate_start(core, top), 0);
	ck_assert_int_eq(nb_migrate_finish(core, &top), 0);
}

/* ---- A walk that was begun long ago --------------------------------------- */

#define ENTRIES 600
#define MIGRATIONS 100

/* More than a get takes in a table with a successor, and the slot itself. */
#define ACCESSES_AN_ENTRY 40

static void clear(void)
{
	ck_assert_int_eq(subject_clear(&subject), 0);
}

static void start_another(void)
{
	ck_assert_int_eq(nb_migrate_start(core, nb_load_relaxed(&core->top)), 0);
}

static void add_and_clear(void)
{
	subject_put_range(&subject, ENTRIES, ENTRIES + 10);
	clear();
}

static void nothing(void)
{
}

/* What else happens after the migrations. */
static void (*const then[])(void) = {nothing, start_another, clear, add_and_clear};
#define THENS ((int)(sizeof(then) / sizeof(*then)))

/* Whatever number of tables has come and gone. */
START_TEST(test_an_entry_costs_the_same_after_migrations)
{
	unsigned char seen[ENTRIES + 10] = {0};
	struct nbmap_iter iter;
	uint64_t id, steps = 0;
	uint32_t number;

	begin(_i % KINDS);
	subject_put_range(&subject, 0, ENTRIES);
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	for (; steps < ENTRIES / 10; steps++) {
		ck_assert(subject_next(&subject, &iter, &id, &number));
		seen[id]++;
	}
	for (unsigned i = 0; i < MIGRATIONS; i++)
		migrate();
	then[_i / KINDS]();
	accesses = 0;
	for (; subject_next(&subject, &iter, &id, &number); steps++) {
		ck_assert_uint_eq(number, id + 1);
		seen[id]++;
	}
	for (id = 0; id < ENTRIES; id++)
		ck_assert_uint_eq(seen[id], 1);
	/* The tables themselves are passed by once. */
	ck_assert_msg(accesses <= steps * ACCESSES_AN_ENTRY + MIGRATIONS * 2, "%g accesses an entry",
		      (double)accesses / (double)steps);
	finish();
}
END_TEST

/* A key that was removed is not seen, also where nothing is left that would say so. */
START_TEST(test_what_was_removed_and_forgotten_is_not_seen)
{
	struct nbmap_iter iter;
	unsigned seen = 0;
	uint32_t number;
	uint64_t id;

	begin(_i);
	subject_put_range(&subject, 0, ENTRIES);
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	migrate();
	for (id = 0; id < ENTRIES; id += 2)
		ck_assert_int_eq(subject_del(&subject, id), 0);
	migrate();
	for (; subject_next(&subject, &iter, &id, &number); seen++)
		ck_assert_uint_eq(id % 2, 1);
	ck_assert_uint_eq(seen, ENTRIES / 2);
	finish();
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

int main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tcase = tcase_create("walk");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_an_entry_costs_the_same_after_migrations, 0, KINDS * THENS);
	tcase_add_loop_test(tcase, test_what_was_removed_and_forgotten_is_not_seen, 0, KINDS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
