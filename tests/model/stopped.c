/*
 * stopped: a thread is stopped for ever at each of its steps, one execution
 * for each, and another must then complete thousands of operations, whole
 * migrations among them, in a bounded number of steps each.
 *
 * The thread is stopped inside its read-side section, so nothing that is
 * retired afterwards is freed; that is the one thing that waits, and how much
 * of it there is in the end is printed.
 *
 * A get is held to a tighter bound than the others, in every state that the
 * stopped thread can leave: one table of the chain is at most a few lines.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "quarantine.h"
#include "scheduler.h"
#include "world.h"

#define ROUNDS 120

/* Steps that one call may take.  Eight keys in tables of four to forty slots: a
 * get passes a few tables, a write helps a block in each, or begins another and
 * clears it, a line at a time. */
#define WRITE_STEPS_MAX 200
#define GET_STEPS_MAX 20

static const char *const kind_names[] = {"object", "integer"};

/* What the stopped thread is doing. */
struct work {
	const char *name;
	void (*before)(void);
	void (*run)(void);
};

static const struct work *work;
static enum world_kind kind;
static uint32_t stopped_step;
static uint64_t longest_write, longest_get, most_waiting, calls;

void model_fail(const char *what, ...)
{
	va_list args;

	fprintf(stderr, "\nVIOLATION: %s (%s), thread stopped at its step %" PRIu32 ": ", work->name, kind_names[kind],
		stopped_step);
	va_start(args, what);
	vfprintf(stderr, what, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* ---- What is stopped ---------------------------------------------------- */

static void two_keys(void)
{
	world_put(0, 10);
	world_put(1, 11);
}

static void leaving(void)
{
	two_keys();
	world_migrate();
}

static void nested(void)
{
	leaving();
	world_migrate();
}

static void all_but_one_swept(void)
{
	leaving();
	world_sweep(0, 0);
	world_sweep(0, 1);
	world_sweep(0, 2);
}

static void nothing(void) {}
static void put_new(void) { world_put(5, 15); }
static void put_old(void) { world_put(0, 20); }
static void del(void) { world_del(0); }
static void update(void) { world_update(0, WORLD_PLUS, 5); }
static void sum(void) { world_add_int(0, 5); }
static void clear(void) { world_clear(); }
static void sweep(void) { world_sweep(0, 0); }
static void finish(void) { world_finish(); }

static void walk(void)
{
	uint64_t seen[HISTORY_KEYS] = {0};

	world_walk(seen);
}

static void scan(void)
{
	uint64_t seen[HISTORY_KEYS] = {0};

	world_cycle(seen, 1);
}

static void get(void) { world_get(0); }
static void batch(void) { world_get_batch(0, 1); }
static void start(void) { world_migrate(); }

/* All of what there is to do for an heir: three slices. */
static void clear_heir(unsigned places)
{
	for (unsigned slice = 0; slice < 3; slice++)
		if (world_want(places))
			model_fail("an heir could not be made");
}

static void heir_one(void) { clear_heir(1); }
static void heir_two(void) { clear_heir(2); }

static void heir_in_vain(void)
{
	quarantine_fail_next();
	(void)world_want(1);
}

/* One slice of it is done. */
static void heir(void)
{
	two_keys();
	world_want(1);
}

static const struct work works[] = {
	{"put of a new key", nothing, put_new},
	{"put of a new key while leaving", leaving, put_new},
	{"put", two_keys, put_old},
	{"put while leaving", leaving, put_old},
	{"put through two tables", nested, put_old},
	{"remove", two_keys, del},
	{"remove while leaving", leaving, del},
	{"update while leaving", leaving, update},
	{"addition while leaving", leaving, sum},
	{"start of a migration", two_keys, start},
	{"heir", two_keys, heir_one},
	{"heir that others began", heir, heir_two},
	{"heir without memory", two_keys, heir_in_vain},
	{"heir while leaving", leaving, heir_one},
	{"copy", leaving, sweep},
	{"copy through two tables", nested, sweep},
	{"sweep and promotion", leaving, finish},
	{"promotion", all_but_one_swept, finish},
	{"clear", two_keys, clear},
	{"clear while leaving", leaving, clear},
	{"walk", two_keys, walk},
	{"walk while leaving", leaving, walk},
	{"scan", two_keys, scan},
	{"scan while leaving", leaving, scan},
	{"scan through two tables", nested, scan},
	{"get", two_keys, get},
	{"get while leaving", leaving, get},
	{"batch", two_keys, batch},
	{"batch while leaving", leaving, batch},
};

/* ---- What the others do ------------------------------------------------- */

static void check_longest(uint64_t *longest, uint64_t most, const char *what)
{
	uint64_t steps = world_longest_call();

	if (steps > most)
		model_fail("a %s took %" PRIu64 " steps, more than %" PRIu64, what, steps, most);
	*longest = steps > *longest ? steps : *longest;
	world_hoard(); /* begin anew */
}

/* Every key is put, read, removed; whole migrations come along. */
static void others(void)
{
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		for (unsigned key = 0; key < HISTORY_KEYS; key++) {
			if (world_put(key, round * 10 + key))
				model_fail("a put failed");
			check_longest(&longest_write, WRITE_STEPS_MAX, "write");
			if (world_get(key) != round * 10 + key)
				model_fail("a get did not see the put before it");
			check_longest(&longest_get, GET_STEPS_MAX, "get");
			if ((round + key) % 2) {
				if (world_del(key))
					model_fail("a removal failed");
				check_longest(&longest_write, WRITE_STEPS_MAX, "write");
			}
			calls += 2 + (round + key) % 2;
		}
		if (round % 16 == 0) {
			world_migrate();
			walk();
			scan();
			if (world_clear())
				model_fail("a clear failed");
		}
	}
}

static void before(void *arg)
{
	(void)arg;
	/* Boxes are not added to. */
	world_begin((struct world_shape){.kind = kind, .integers = work->run == sum});
	work->before();
	world_hoard();
}

static void thread(unsigned number, void *arg)
{
	(void)arg;
	if (number == 0)
		work->run();
	else
		others();
}

static void after(void *arg)
{
	size_t waiting = quarantine_waiting();

	(void)arg;
	most_waiting = waiting > most_waiting ? waiting : most_waiting;
	world_abandon();
}

int main(void)
{
	struct scheduler_program program = {
		.threads = 2,
		.thread = thread,
		.before = before,
		.after = after,
		.stopped_thread = 0,
	};

	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++)
		for (unsigned k = 0; k < 2; k++) {
			struct scheduler_result result;
			uint32_t steps;

			work = &works[i];
			kind = (enum world_kind)k;
			longest_write = longest_get = most_waiting = calls = 0;
			/* Never reached: how many steps there are. */
			program.stopped_step = UINT32_MAX;
			stopped_step = program.stopped_step;
			result = scheduler_replay(&program, "");
			steps = (uint32_t)result.own_steps[0];
			for (stopped_step = 0; stopped_step < steps; stopped_step++) {
				program.stopped_step = stopped_step;
				scheduler_replay(&program, "");
			}
			printf("%-32s %-8s stopped at each of %3" PRIu32 " steps; others: %7" PRIu64
			       " calls, at most %4" PRIu64 " steps a write, %3" PRIu64 " a get; %5" PRIu64 " waiting\n",
			       work->name, kind_names[kind], steps, calls, longest_write, longest_get, most_waiting);
			fflush(stdout);
		}
	puts("no thread waited for another");
	return 0;
}
