/*
 * directory_test: bench/scale/directory.h, transition by transition.
 *
 * Each state that a line may have in a core's cache, beside each state that it may have in
 * the others', is brought about; then the core reads, or writes, or runs out of room.  The
 * states after that are looked up in the matrix below, which is the header's diagram.
 */
#include "directory.h"

#include <check.h>
#include <stdlib.h>

#include "run.h"

#define CORES 80 /* two sockets, and more than one word of a bit map */
#define SOCKET 40
#define LINE UINT64_C(1000)
#define SELF 3
#define NEAR_CORE 5
#define FAR_CORE 60

enum { LLC = 100, MEMORY = 200, OWNER = 300, OWN_LLC = 110, OWN_MEMORY = 210, OWN_OWNER = 310, OWN_SHARERS = 410 };

static struct directory *directory;

static void begin_with(size_t cache_lines, size_t llc_lines, bool migrates)
{
	const struct directory_shape shape = {
		.cores = CORES,
		.socket_cores = SOCKET,
		.cache_lines = cache_lines,
		.llc_lines = llc_lines,
		.load = {0, LLC, MEMORY, OWNER, 0},
		.own = {0, OWN_LLC, OWN_MEMORY, OWN_OWNER, OWN_SHARERS},
		.port = 7,
		.far = 200,
		.migrates = migrates,
	};

	directory = directory_new(&shape);
	ck_assert_ptr_nonnull(directory);
}

static void begin(void)
{
	begin_with(64, 1u << 20, false);
}

static void begin_migrating(void)
{
	begin_with(64, 1u << 20, true);
}

static void end(void)
{
	directory_free(directory);
	directory = NULL;
}

static enum directory_state state(unsigned core)
{
	return directory_state(directory, core, LINE);
}

/* ---- The matrix ---------------------------------------------------------- */

/* What the others have: nothing; NEAR_CORE has it alone, read or written; some or many read. */
enum others { NOBODY, ONE_E, ONE_M, SOME_S, MANY_S, OTHERS };

static unsigned readers_of(enum others others)
{
	return others == SOME_S ? 3 : others == MANY_S ? 30 : 0;
}

/* Of SELF in `own`, as far as both go together. */
static bool possible(enum directory_state own, enum others others)
{
	if (own == DIRECTORY_E || own == DIRECTORY_M)
		return others == NOBODY;
	/* S alone: what is left when the other reader has run out of room; not asked for here. */
	return own == DIRECTORY_I || others == SOME_S || others == MANY_S;
}

static void bring_about(enum directory_state own, enum others others)
{
	if (others == ONE_E)
		(void)directory_load(directory, NEAR_CORE, LINE, 0);
	if (others == ONE_M)
		(void)directory_write(directory, NEAR_CORE, LINE, 0);
	for (unsigned i = 0; i < readers_of(others); i++)
		(void)directory_load(directory, NEAR_CORE + i, LINE, 0);
	if (own == DIRECTORY_S || own == DIRECTORY_E)
		(void)directory_load(directory, SELF, LINE, 0);
	if (own == DIRECTORY_M)
		(void)directory_write(directory, SELF, LINE, 0);
	directory_settle(directory);
	ck_assert_int_eq(state(SELF), own);
	ck_assert(directory_valid(directory));
}

static unsigned count_in(enum directory_state wanted)
{
	unsigned count = 0;

	for (unsigned i = 0; i < CORES; i++)
		count += state(i) == wanted;
	return count;
}

START_TEST(load)
{
	enum directory_state own = (enum directory_state)(_i / OTHERS);
	enum others others = (enum others)(_i % OTHERS);
	struct directory_event event;

	if (!possible(own, others))
		return;
	bring_about(own, others);
	event = directory_load(directory, SELF, LINE, 50);
	ck_assert(directory_valid(directory));
	ck_assert(!event.taken);
	if (own != DIRECTORY_I) {
		ck_assert_int_eq(event.source, DIRECTORY_HIT);
		ck_assert_uint_eq(event.latency, 0);
		ck_assert_int_eq(state(SELF), own);
	} else if (others == NOBODY) {
		ck_assert_int_eq(event.source, DIRECTORY_LLC);
		ck_assert_int_eq(state(SELF), DIRECTORY_E);
	} else {
		bool alone = others == ONE_E || others == ONE_M;

		ck_assert_int_eq(event.source, alone ? DIRECTORY_OWNER : DIRECTORY_LLC);
		ck_assert_uint_eq(count_in(DIRECTORY_S), alone ? 2 : readers_of(others) + 1);
		ck_assert_uint_eq(count_in(DIRECTORY_E) + count_in(DIRECTORY_M), 0);
	}
}
END_TEST

START_TEST(write)
{
	enum directory_state own = (enum directory_state)(_i / OTHERS);
	enum others others = (enum others)(_i % OTHERS);
	struct directory_event event;

	if (!possible(own, others))
		return;
	bring_about(own, others);
	event = directory_write(directory, SELF, LINE, 50);
	ck_assert(directory_valid(directory));
	ck_assert_int_eq(event.taken, others != NOBODY);
	ck_assert_int_eq(event.source, own == DIRECTORY_E || own == DIRECTORY_M ? DIRECTORY_HIT
				       : others == NOBODY			? DIRECTORY_LLC
				       : others == ONE_E || others == ONE_M	? DIRECTORY_OWNER
										: DIRECTORY_SHARERS);
	ck_assert_int_eq(state(SELF), DIRECTORY_M);
	ck_assert_uint_eq(count_in(DIRECTORY_I), CORES - 1);
}
END_TEST

/* The first that reads what another has written has it alone; the second shares it, and so does who reads what was
 * only read. */
START_TEST(a_written_line_migrates)
{
	struct directory_event event;

	(void)directory_write(directory, NEAR_CORE, LINE, 0);
	directory_settle(directory);
	event = directory_load(directory, SELF, LINE, 0);
	ck_assert(directory_valid(directory));
	ck_assert(event.taken);
	ck_assert_int_eq(event.source, DIRECTORY_OWNER);
	ck_assert_uint_eq(event.latency, OWNER);
	ck_assert_int_eq(state(SELF), DIRECTORY_E);
	ck_assert_uint_eq(count_in(DIRECTORY_I), CORES - 1);
	directory_settle(directory);
	event = directory_load(directory, NEAR_CORE, LINE, 0);
	ck_assert(directory_valid(directory));
	ck_assert(!event.taken);
	ck_assert_int_eq(event.source, DIRECTORY_OWNER);
	ck_assert_uint_eq(count_in(DIRECTORY_S), 2);
	/* Written again, it migrates again, and then a write is to what is the core's own. */
	event = directory_write(directory, SELF, LINE, 0);
	ck_assert(event.taken);
	ck_assert_int_eq(event.source, DIRECTORY_SHARERS);
	event = directory_load(directory, FAR_CORE, LINE, 10000);
	ck_assert(event.taken);
	ck_assert_int_eq(directory_write(directory, FAR_CORE, LINE, 20000).source, DIRECTORY_HIT);
	ck_assert(directory_valid(directory));
}
END_TEST

/* Other lines until this one has had to go. */
START_TEST(evict)
{
	enum directory_state own = (enum directory_state)(_i / OTHERS);
	enum others others = (enum others)(_i % OTHERS);
	unsigned shared = readers_of(others);

	if (own == DIRECTORY_I || !possible(own, others))
		return;
	bring_about(own, others);
	for (uint64_t line = 0; state(SELF) != DIRECTORY_I; line++) {
		ck_assert_uint_lt(line, 100000);
		(void)directory_load(directory, SELF, 5000 + line, 0);
	}
	ck_assert(directory_valid(directory));
	ck_assert_uint_eq(count_in(DIRECTORY_S), shared);
	/* Whoever comes next finds what is left. */
	ck_assert_int_eq(directory_load(directory, SELF, LINE, 0).source, DIRECTORY_LLC);
	ck_assert_int_eq(state(SELF), shared ? DIRECTORY_S : DIRECTORY_E);
}
END_TEST

/* ---- Costs --------------------------------------------------------------- */

START_TEST(far_costs_more)
{
	(void)directory_write(directory, FAR_CORE, LINE, 0);
	directory_settle(directory);
	ck_assert_uint_eq(directory_load(directory, SELF, LINE, 0).latency, 2 * OWNER);
	directory_settle(directory);
	ck_assert_uint_eq(directory_write(directory, FAR_CORE, LINE, 0).latency, 2 * OWN_SHARERS);
	directory_settle(directory);
	ck_assert_uint_eq(directory_write(directory, FAR_CORE + 1, LINE, 0).latency, OWN_OWNER);
}
END_TEST

/* Two that want a line at one time get it one after the other. */
START_TEST(hand_overs_queue)
{
	(void)directory_write(directory, NEAR_CORE, LINE, 0);
	directory_settle(directory);
	ck_assert_uint_eq(directory_write(directory, SELF, LINE, 1000).latency, OWN_OWNER);
	ck_assert_uint_eq(directory_write(directory, NEAR_CORE, LINE, 1010).latency, 2 * OWN_OWNER - 10);
	ck_assert_uint_eq(directory_write(directory, SELF, LINE, 9000).latency, OWN_OWNER);
}
END_TEST

/* Readers of what stays shared wait for the port alone. */
START_TEST(readers_pass)
{
	uint64_t near;

	(void)directory_load(directory, NEAR_CORE, LINE, 0);
	(void)directory_load(directory, NEAR_CORE + 1, LINE, 0);
	directory_settle(directory);
	near = directory_load(directory, NEAR_CORE + 2, LINE, 1000).latency;
	ck_assert(near == LLC || near == 2 * LLC);
	ck_assert_uint_eq(directory_load(directory, NEAR_CORE + 3, LINE, 1000).latency, near + 7);
	ck_assert_uint_eq(directory_load(directory, NEAR_CORE + 4, LINE, 1000).latency, near + 14);
}
END_TEST

/* Without a last-level cache all that nobody has comes from memory. */
START_TEST(memory)
{
	end();
	begin_with(64, 0, false);
	ck_assert_int_eq(directory_load(directory, SELF, LINE, 0).source, DIRECTORY_MEMORY);
	ck_assert_int_eq(directory_load(directory, NEAR_CORE, LINE, 0).source, DIRECTORY_OWNER);
	ck_assert_int_eq(directory_load(directory, NEAR_CORE + 1, LINE, 0).source, DIRECTORY_LLC);
}
END_TEST

/* ---- Reports ------------------------------------------------------------- */

static struct directory_line reported;

static void remember(const struct directory_line *line, void *arg)
{
	++*(unsigned *)arg;
	reported = *line;
}

START_TEST(taken_lines)
{
	unsigned count = 0;

	(void)directory_write(directory, SELF, LINE, 0);
	directory_taken(directory, remember, &count);
	ck_assert_uint_eq(count, 0);
	directory_note_taken(directory, LINE, 64000, 17);
	directory_note_taken(directory, LINE, 64008, 18);
	directory_taken(directory, remember, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(reported.line, LINE);
	ck_assert_uint_eq(reported.taken, 2);
	ck_assert_uint_eq(reported.address, 64008);
	ck_assert_uint_eq(reported.code, 18);
	directory_settle(directory);
	directory_taken(directory, remember, &count);
	ck_assert_uint_eq(count, 1);
}
END_TEST

/* ---- Anything ------------------------------------------------------------ */

/* Random accesses, of more lines than the caches have room for. */
START_TEST(invariants_hold)
{
	uint64_t random = test_random_stream(1);

	for (unsigned i = 0; i < test_rounds(20000, 4000); i++) {
		uint64_t draw = test_random(&random);
		unsigned core = (unsigned)(draw >> 8) % CORES;
		uint64_t line = (draw >> 32) % 300;
		enum directory_state before = directory_state(directory, core, line);
		struct directory_event event =
			draw % 3 ? directory_load(directory, core, line, i) : directory_write(directory, core, line, i);

		ck_assert_int_eq(event.source == DIRECTORY_HIT,
				 before == DIRECTORY_E || before == DIRECTORY_M || (before == DIRECTORY_S && draw % 3));
		if (i % 500 == 0)
			ck_assert(directory_valid(directory));
	}
	ck_assert(directory_valid(directory));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("directory");
	TCase *matrix = tcase_create("matrix"), *migrating = tcase_create("migrating"), *rest = tcase_create("costs");

	tcase_add_checked_fixture(matrix, begin, end);
	tcase_add_loop_test(matrix, load, 0, 4 * OTHERS);
	tcase_add_loop_test(matrix, write, 0, 4 * OTHERS);
	tcase_add_loop_test(matrix, evict, 0, 4 * OTHERS);
	suite_add_tcase(suite, matrix);
	tcase_add_checked_fixture(migrating, begin_migrating, end);
	tcase_add_test(migrating, a_written_line_migrates);
	suite_add_tcase(suite, migrating);
	tcase_add_checked_fixture(rest, begin, end);
	tcase_add_test(rest, far_costs_more);
	tcase_add_test(rest, hand_overs_queue);
	tcase_add_test(rest, readers_pass);
	tcase_add_test(rest, memory);
	tcase_add_test(rest, taken_lines);
	tcase_add_test(rest, invariants_hold);
	suite_add_tcase(suite, rest);
	return test_run(suite);
}
