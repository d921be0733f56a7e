/*
 * model: explores the scenarios and prints how far.
 *
 *   model                          every scenario, both kinds, its own bound;
 *                                  one more if NBMAP_SOAK is set
 *   model --bound N                another bound on interruptions
 *   model --random N [--seed S] [--depth D]   N PCT schedules each instead
 *   model --scenario NAME [--kind object|integer] [--one-home]
 *   model --writers-free           garbage is freed by threads that retire, a
 *                                  slice at a time, beside the others
 *   model --failing                of what the calls ask for (memory, copies of
 *                                  keys, places to retire to) the first is not
 *                                  to be had, then the second, and so on
 *   model --fail N                 only the Nth
 *   model --scenario NAME --kind K --replay SCHEDULE
 *   model --list
 *
 * A violation prints what it is, the history, and the command that replays
 * it; the exit status is then 1.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "quarantine.h"
#include "scenarios.h"
#include "world.h"

static const char *const kind_names[] = {"object", "integer"};

/* What is being run. */
struct run {
	const struct scenario *scenario;
	struct world_shape shape;
	bool writers_free;
	uint64_t fail; /* 0: nothing fails */
	bool failed;   /* it did, in some schedule */
};

static struct run current;
static const char *program_name = "model";

void model_fail(const char *what, ...)
{
	va_list args;

	fprintf(stderr, "\nVIOLATION in %s (%s): ", current.scenario->name, kind_names[current.shape.kind]);
	va_start(args, what);
	vfprintf(stderr, what, args);
	va_end(args);
	fprintf(stderr, "\nto see it again: %s --scenario %s --kind %s%s%s --fail %" PRIu64 " --replay '%s'\n", program_name,
		current.scenario->name, kind_names[current.shape.kind], current.shape.one_home ? " --one-home" : "",
		current.writers_free ? " --writers-free" : "", current.fail, scheduler_text());
	exit(1);
}

static void before(void *arg)
{
	const struct run *run = arg;

	quarantine_writers_free(run->writers_free);
	world_begin(run->shape);
	if (run->scenario->before)
		run->scenario->before();
	quarantine_fail(run->fail);
}

static void thread(unsigned number, void *arg)
{
	const struct run *run = arg;

	run->scenario->thread[number]();
}

static void after(void *arg)
{
	struct run *run = arg;

	quarantine_fail(0);
	run->failed |= quarantine_failed();
	/* What a scenario expects in the end is said of one in which nothing fails. */
	if (run->scenario->after && !quarantine_failed())
		run->scenario->after();
	world_end();
}

static struct scheduler_program program_of(struct run *run)
{
	struct scheduler_program program = {
		.thread = thread,
		.before = before,
		.after = after,
		.arg = run,
		.stopped_thread = SCHEDULER_NOBODY,
	};

	while (program.threads < SCHEDULER_THREADS && run->scenario->thread[program.threads])
		program.threads++;
	return program;
}

struct options {
	const char *scenario, *kind, *replay;
	bool one_home, writers_free, failing, list;
	uint64_t fail;
	unsigned bound; /* 0: the scenario's, and `deeper` */
	unsigned deeper;
	uint64_t random, seed, most;
	unsigned depth;
};

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* With the `fail`th request failing; current.failed says whether there were so many. */
static uint64_t explore(const struct scenario_group *group, const struct scenario *scenario, struct world_shape shape,
			const struct options *options, uint64_t fail)
{
	unsigned bound = options->bound ? options->bound : scenario->bound + options->deeper;
	struct scheduler_program program;
	struct scheduler_result result;
	double start = seconds();
	char how[64], failing[40] = "";

	current = (struct run){
		.scenario = scenario,
		.shape = shape,
		.writers_free = options->writers_free || group->writers_free,
		.fail = fail,
	};
	program = program_of(&current);
	if (options->replay) {
		result = scheduler_replay(&program, options->replay);
		snprintf(how, sizeof(how), "replayed");
	} else if (options->random) {
		result = scheduler_random(&program, options->seed, options->depth, options->random);
		snprintf(how, sizeof(how), "random, depth %u", options->depth);
	} else {
		result = scheduler_exhaustive(&program, bound, options->most);
		snprintf(how, sizeof(how), "%s, bound %u", result.complete ? "exhaustive" : "CUT SHORT", bound);
	}
	if (fail)
		snprintf(failing, sizeof(failing), ", request %" PRIu64 " fails", fail);
	printf("%-18s %-8s %-9s %9" PRIu64 " schedules  %4" PRIu64 " steps  %-24s %6.1f s%s\n", scenario->name,
	       kind_names[shape.kind], shape.one_home ? "one home" : "", result.schedules, result.steps, how, seconds() - start,
	       failing);
	fflush(stdout);
	return result.schedules;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (*end || !*text) {
		fprintf(stderr, "model: not a number: %s\n", text);
		exit(2);
	}
	return n;
}

static struct options parse(int argc, char **argv)
{
	struct options options = {.depth = 4, .seed = 1, .deeper = getenv("NBMAP_SOAK") ? 1 : 0};

	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(name, "--list")) {
			options.list = true;
			continue;
		}
		if (!strcmp(name, "--one-home")) {
			options.one_home = true;
			continue;
		}
		if (!strcmp(name, "--failing")) {
			options.failing = true;
			continue;
		}
		if (!strcmp(name, "--writers-free")) {
			options.writers_free = true;
			continue;
		}
		if (!value) {
			fprintf(stderr, "model: %s: unknown, or needs a value\n", name);
			exit(2);
		}
		i++;
		if (!strcmp(name, "--scenario"))
			options.scenario = value;
		else if (!strcmp(name, "--kind"))
			options.kind = value;
		else if (!strcmp(name, "--replay"))
			options.replay = value;
		else if (!strcmp(name, "--bound"))
			options.bound = (unsigned)number(value);
		else if (!strcmp(name, "--random"))
			options.random = number(value);
		else if (!strcmp(name, "--seed"))
			options.seed = number(value);
		else if (!strcmp(name, "--depth"))
			options.depth = (unsigned)number(value);
		else if (!strcmp(name, "--fail"))
			options.fail = number(value);
		else if (!strcmp(name, "--most"))
			options.most = number(value);
		else {
			fprintf(stderr, "model: unknown option %s\n", name);
			exit(2);
		}
	}
	return options;
}

/* Explorations in which something failed. */
static uint64_t failures;

/* `scenario` for each kind that is asked for; adds to *runs. */
static uint64_t explore_kinds(const struct scenario_group *group, const struct scenario *scenario,
			      const struct options *options, unsigned *runs)
{
	uint64_t schedules = 0;

	if (options->scenario && strcmp(options->scenario, scenario->name))
		return 0;
	if (options->list) {
		printf("%-18s %s\n", scenario->name, scenario->about);
		++*runs;
		return 0;
	}
	for (unsigned kind = group->aside ? WORLD_INTEGER : WORLD_OBJECT; kind <= WORLD_INTEGER; kind++) {
		const struct world_shape shape = {(enum world_kind)kind, options->one_home || group->one_home,
						  group->aside, group->integers};

		if (options->kind && strcmp(options->kind, kind_names[kind]))
			continue;
		for (uint64_t fail = options->failing ? 1 : options->fail;; fail++) {
			schedules += explore(group, scenario, shape, options, fail);
			++*runs;
			if (!options->failing || !current.failed)
				break;
			failures++;
		}
	}
	return schedules;
}

int main(int argc, char **argv)
{
	struct options options = parse(argc, argv);
	uint64_t schedules = 0;
	unsigned runs = 0;

	program_name = argv[0];
	if (options.random)
		printf("seed %" PRIu64 "\n", options.seed);
	for (size_t i = 0; i < scenario_groups_count; i++)
		for (size_t j = 0; j < scenario_groups[i].count; j++)
			schedules += explore_kinds(&scenario_groups[i], &scenario_groups[i].scenario[j], &options, &runs);
	if (!runs) {
		fprintf(stderr, "model: no such scenario or kind\n");
		return 2;
	}
	if (!options.list)
		printf("%u runs, %" PRIu64 " schedules, no violation\n", runs, schedules);
	if (options.failing && !options.list) {
		printf("%" PRIu64 " of the runs with a failure\n", failures);
		if (!failures)
			return 1;
	}
	if (options.writers_free && !options.list) {
		printf("%" PRIu64 " slices freed by writers\n", quarantine_freed_by_writers());
		/* All scenarios, and nothing was shown. */
		return !options.scenario && !quarantine_freed_by_writers();
	}
	return 0;
}
