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
#include "flavor_thread.h"
#include "life.h"
#include "run.h"
#include "subject.h"

#define KINDS 2

/* ---- The fixture ---------------------------------------------------------- */

static struct subject subject;
static struct nb_map *core;
static _Thread_local uint64_t accesses;

static void point(void)
{
	accesses++;
}

static void begin_with(int kind, enum nbmap_flavor flavor, size_t capacity)
{
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD};
	struct nbmap_config base = {.flavor = flavor, .capacity = capacity};

	subject_begin(&subject, kind, &config, &base);
	core = subject_core(&subject);
}

static void begin(int kind)
{
	begin_with(kind, NBMAP_BP, 0);
}

static void finish(void)
{
	ck_assert(nb_map_valid(core));
	subject_end(&subject);
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

/* ---- The first entry, over and over ----------------------------------------- */

/* The first entry that nobody else has taken; false if the map seems to be empty. */
static bool pop(uint64_t *id)
{
	struct nbmap_iter iter;
	uint32_t number;

	crew_check(!subject_walk(&subject, &iter));
	while (subject_next(&subject, &iter, id, &number))
		if (!subject_del(&subject, *id))
			return true;
	return false;
}

/* How many accesses a pop may take on average.  Half of a stretch would be 16 slots and as many values. */
#define ACCESSES_A_POP 100

/* Until the map is empty, and then some. */
START_TEST(test_popping_is_linear)
{
	uint64_t entries = test_rounds(20000, 4000), id, popped = 0;

	begin(_i);
	subject_put_range(&subject, 0, entries);
	accesses = 0;
	for (; pop(&id); popped++) {
		ck_assert_uint_lt(id, entries);
		if (popped % 1024 == 0)
			subject_settle(&subject);
	}
	ck_assert_uint_eq(popped, entries);
	ck_assert_uint_eq(subject_size(&subject), 0);
	ck_assert_msg(accesses <= entries * ACCESSES_A_POP, "%g accesses a pop", (double)accesses / (double)entries);
	finish();
}
END_TEST

/* A queue: so many entries that wait, one comes for each that goes. */
static const uint64_t lengths[] = {1, 2, 10, 100, 1000};
#define LENGTHS ((int)(sizeof(lengths) / sizeof(*lengths)))

START_TEST(test_a_queue_costs_the_same_for_ever)
{
	uint64_t length = lengths[_i / KINDS], rounds = test_rounds(100000, 10000) + length, id;

	begin(_i % KINDS);
	subject_put_range(&subject, 0, length);
	accesses = 0;
	for (uint64_t next = length; next < rounds; next++) {
		subject_put_range(&subject, next, next + 1);
		ck_assert(pop(&id));
		if (next % 1024 == 0)
			subject_settle(&subject);
	}
	ck_assert_uint_eq(subject_size(&subject), length);
	ck_assert_msg(accesses <= rounds * ACCESSES_A_POP, "%g accesses a pop", (double)accesses / (double)rounds);
	finish();
}
END_TEST

/* Nothing is searched for where nothing is, however much room there is. */
START_TEST(test_an_empty_map_is_not_walked_through)
{
	uint64_t id, lanes;

	begin_with(_i, NBMAP_BP, 100000);
	lanes = nb_load_relaxed(&core->top)->lanes;
	accesses = 0;
	ck_assert(!pop(&id));
	ck_assert_uint_le(accesses, 2 * NB_BARREN_LINES * lanes);
	subject_put_range(&subject, 7, 8);
	ck_assert(pop(&id));
	ck_assert_uint_eq(id, 7);
	finish();
}
END_TEST

/* Whatever a hint says, a walk goes round once. */
START_TEST(test_a_hint_is_a_hint)
{
	struct nb_table *top;

	begin(_i);
	subject_put_range(&subject, 0, ENTRIES);
	for (uint64_t id = 0; id < ENTRIES; id += 3)
		ck_assert_int_eq(subject_del(&subject, id), 0);
	subject_settle(&subject);
	ck_assert_int_eq(nb_migrate_finish(core, &top), 0);
	for (uint64_t hint = 0; hint < top->lines + 2 * NB_STRETCH_LINES; hint++) {
		unsigned char seen[ENTRIES] = {0};
		struct nbmap_iter iter;
		uint32_t number;
		uint64_t id;

		for (unsigned lane = 0; lane < top->lanes; lane++)
			nb_store_relaxed(&top->lane[lane].walked, hint);
		ck_assert_int_eq(subject_walk(&subject, &iter), 0);
		while (subject_next(&subject, &iter, &id, &number))
			seen[id]++;
		for (id = 0; id < ENTRIES; id++)
			ck_assert_uint_eq(seen[id], id % 3 != 0);
	}
	finish();
}
END_TEST

/* ---- Several that pop ------------------------------------------------------- */

#define TO_POP 20000

static struct {
	_Atomic unsigned char taken[TO_POP];
	_Atomic uint64_t accesses;
	uint64_t entries, fill; /* of them, those that are there at first */
	_Atomic uint64_t put;
} shared;

/* Puts what is still to come, one for each that it takes, and pops until it finds nothing: then all that was there has
 * been taken by others. */
static void put_and_pop(struct crew_member *member)
{
	uint64_t id, sum = 0;
	bool more = true;

	(void)member;
	while (more) {
		subject_enter(&subject);
		id = atomic_fetch_add(&shared.put, 1);
		more = id < shared.entries;
		if (more)
			subject_put_range(&subject, id, id + 1);
		accesses = 0;
		if (pop(&id)) {
			sum += accesses;
			crew_check(id < shared.entries);
			crew_check(!atomic_fetch_add(&shared.taken[id], 1));
			more = true;
		}
		subject_leave(&subject);
	}
	atomic_fetch_add(&shared.accesses, sum);
}

static const struct {
	unsigned threads, fill;
} crews[] = {{8, TO_POP}, {8, 1000}, {8, 10}, {16, TO_POP}, {16, 1000}, {16, 10}};
#define CREWS ((int)(sizeof(crews) / sizeof(*crews)))

START_TEST(test_each_entry_is_popped_once)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / KINDS / CREWS);
	unsigned threads = crews[_i / KINDS % CREWS].threads, fill = crews[_i / KINDS % CREWS].fill;
	double each;

	memset(&shared, 0, sizeof(shared));
	shared.entries = test_rounds(TO_POP, 1000);
	shared.fill = shared.entries < fill ? shared.entries : fill;
	atomic_store(&shared.put, shared.fill);
	begin_with(_i % KINDS, flavor, 0);
	subject_put_range(&subject, 0, shared.fill);
	subject_leave(&subject);
	crew_run(flavor, threads, put_and_pop, NULL);
	for (uint64_t id = 0; id < shared.entries; id++)
		ck_assert_uint_eq(shared.taken[id], 1);
	subject_enter(&subject);
	ck_assert_uint_eq(subject_size(&subject), 0);
	each = (double)atomic_load(&shared.accesses) / (double)shared.entries;
	/* Each may pass by what the others have left. */
	ck_assert_msg(each <= threads * ACCESSES_A_POP, "%g accesses a pop", each);
	finish();
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

int main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tcase = tcase_create("walk");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_an_entry_costs_the_same_after_migrations, 0, KINDS * THENS);
	tcase_add_loop_test(tcase, test_what_was_removed_and_forgotten_is_not_seen, 0, KINDS);
	tcase_add_loop_test(tcase, test_popping_is_linear, 0, KINDS);
	tcase_add_loop_test(tcase, test_a_queue_costs_the_same_for_ever, 0, KINDS * LENGTHS);
	tcase_add_loop_test(tcase, test_an_empty_map_is_not_walked_through, 0, KINDS);
	tcase_add_loop_test(tcase, test_a_hint_is_a_hint, 0, KINDS);
	tcase_add_loop_test(tcase, test_each_entry_is_popped_once, 0, FLAVORS * KINDS * CREWS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
