/*
 * nbmap-stress: random calls of many threads on real processors, every answer
 * checked.
 *
 * A run is a sequence of worlds (world.h): a map of a few keys with threads
 * that come and go, whose calls are recorded with the times of invocation and
 * return, and checked for an order that explains them.  What a world is like
 * (kind of key, number of keys and threads, collisions, failing memory, low
 * limits, domains without a thread) is drawn from its seed; the n-th world of
 * a run has the seed of the run plus n.  Threads race as they like, so a seed
 * gives the same calls, not the same interleaving: try it more than once.
 *
 * The library is nbmap_tiny: tables migrate all the time.
 *
 * The clock is a counter that every invocation and return adds to.  That is
 * exact, but it is also a full fence: what a processor's store buffer could
 * do wrong around a call is hidden here and left to weak-memory checkers.
 *
 * Histories: --record writes each round, --check reads and checks such a file
 * or one from elsewhere.  record.h describes the format.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flavor_thread.h"
#include "run.h"
#include "world.h"

/* Rounds of one world: long enough for its tables, short enough to see many. */
#define WORLD_ROUNDS 100

#define ANY_FLAVOR FLAVORS

enum kinds { OBJECT = 1, U64 = 2, BOTH = 3 };

struct options {
	uint64_t seed;
	unsigned long long rounds; /* 0: until the time is over */
	double seconds;		   /* of each flavour */
	unsigned flavor;
	unsigned kinds;
	unsigned threads; /* 0: drawn */
	bool churn;
	const char *record, *check;
};

static void usage(FILE *out)
{
	fputs("usage: nbmap-stress [--seed N] [--seconds S | --rounds N] [--flavor bp|qsbr|memb|mb|all]\n"
	      "                    [--kind object|u64|both] [--threads 1-8] [--no-churn] [--record FILE]\n"
	      "       nbmap-stress --check FILE\n"
	      "\n"
	      "  --seconds S   for each flavour; default 3, or 600 if NBMAP_SOAK is set\n"
	      "  --rounds N    for each flavour, however long it takes\n"
	      "  --threads N   default: each map another number\n"
	      "  --no-churn    threads stay for as long as their map\n"
	      "  --record FILE write every history\n"
	      "  --check FILE  check histories that were written\n"
	      "\n"
	      "A history is a text of one call a line:\n"
	      "  thread key op args result invoked returned\n"
	      "  2 1 replace expected=19 arg=35 result=0 seen=19 10 13\n"
	      "op: get put add set replace del del_if update clear; args: expected=V, arg=V, where there are any;\n"
	      "result=0 or a negative errno, and seen=V, the value there was; V is a number, 0 for none.\n"
	      "A line `round N` begins a history and `initial V0 ... V7` says what its keys have.  # is a comment.\n"
	      "\n"
	      "Exits 0 if all is well, 1 if not, 2 if it could not be found out.\n",
	      out);
}

/* ---- Options ------------------------------------------------------------ */

_Noreturn static void misused(const char *what)
{
	fprintf(stderr, "nbmap-stress: %s\n", what);
	usage(stderr);
	exit(2);
}

static uint64_t number_of(const char *text)
{
	char *end;
	uint64_t number = strtoull(text, &end, 0);

	if (*text < '0' || *text > '9' || *end)
		misused("not a number");
	return number;
}

static unsigned flavor_of(const char *name)
{
	unsigned flavor = flavor_named(name);

	if (flavor > FLAVORS)
		misused("no such flavour");
	return flavor;
}

static unsigned kinds_of(const char *name)
{
	if (strcmp(name, "object") == 0)
		return OBJECT;
	if (strcmp(name, "u64") == 0)
		return U64;
	if (strcmp(name, "both") != 0)
		misused("no such kind");
	return BOTH;
}

static double seconds_of(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds > 0 && seconds < 1e9))
		misused("not a time");
	return seconds;
}

static void parse_options(struct options *options, int argc, char **argv)
{
	enum { SEED, SECONDS, ROUNDS, FLAVOR, KIND, THREADS, NO_CHURN, RECORD, CHECK, HELP };
	static const struct option names[] = {
		{"seed", required_argument, NULL, SEED},
		{"seconds", required_argument, NULL, SECONDS},
		{"rounds", required_argument, NULL, ROUNDS},
		{"flavor", required_argument, NULL, FLAVOR},
		{"kind", required_argument, NULL, KIND},
		{"threads", required_argument, NULL, THREADS},
		{"no-churn", no_argument, NULL, NO_CHURN},
		{"record", required_argument, NULL, RECORD},
		{"check", required_argument, NULL, CHECK},
		{"help", no_argument, NULL, HELP},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case SEED:
			options->seed = number_of(optarg);
			break;
		case SECONDS:
			options->seconds = seconds_of(optarg);
			break;
		case ROUNDS:
			options->rounds = number_of(optarg);
			break;
		case FLAVOR:
			options->flavor = flavor_of(optarg);
			break;
		case KIND:
			options->kinds = kinds_of(optarg);
			break;
		case THREADS:
			options->threads = (unsigned)number_of(optarg);
			if (options->threads < 1 || options->threads > WORLD_THREADS)
				misused("threads: 1 to 8");
			break;
		case NO_CHURN:
			options->churn = false;
			break;
		case RECORD:
			options->record = optarg;
			break;
		case CHECK:
			options->check = optarg;
			break;
		case HELP:
			usage(stdout);
			exit(0);
		default: /* getopt_long has said what is wrong */
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc)
		misused("what is that for?");
}

/* ---- Worlds ------------------------------------------------------------- */

/* All draws are made, whether or not an option decides instead: the others
 * must stay the same. */
static void plan_world(struct world_plan *plan, const struct options *options, enum nbmap_flavor flavor, uint64_t seed)
{
	uint64_t random = ~seed;
	uint64_t r = test_random(&random), q = test_random(&random);

	*plan = (struct world_plan){.seed = seed, .churn = options->churn};
	plan->target.flavor = flavor;
	plan->target.integer = options->kinds == BOTH ? r & 1 : options->kinds == U64;
	plan->target.boxed = !plan->target.integer || r & 2;
	plan->target.hashes = r & 4 ? 0 : 1 + (r >> 8) % 4;
	plan->target.own_domain = (r >> 16) % 4 != 0;
	plan->target.no_thread = (r >> 24) % 4 == 0;
	plan->target.limit = (r >> 32) % 4 ? 0 : 64 << (r >> 40) % 6;
	/* One thread alone, or all, now and then; mostly few. */
	plan->threads = (unsigned)(q % 16 == 0 ? 1 : q & 16 ? 2 + (q >> 8) % 3 : 2 + (q >> 8) % (WORLD_THREADS - 1));
	if (options->threads)
		plan->threads = options->threads;
	plan->target.no_thread = plan->target.no_thread && plan->target.own_domain;
}

static bool run_flavor(const struct options *options, enum nbmap_flavor flavor, FILE *record)
{
	uint64_t deadline = options->rounds ? UINT64_MAX : world_now() + (uint64_t)(options->seconds * 1e9);
	struct world_sums sums = {.worlds = 0};
	bool good = true;

	for (uint64_t seed = options->seed; good && world_now() < deadline; seed++) {
		unsigned long long rest = options->rounds ? options->rounds - sums.rounds : WORLD_ROUNDS;
		struct world_plan plan;
		char again[256];

		if (!rest)
			break;
		plan_world(&plan, options, flavor, seed);
		snprintf(again, sizeof(again),
			 "nbmap-stress --seed %llu --rounds %d --flavor %s --kind %s --threads %u%s",
			 (unsigned long long)seed, 10 * WORLD_ROUNDS, flavor_name(flavor),
			 plan.target.integer ? "u64" : "object", plan.threads, plan.churn ? "" : " --no-churn");
		plan.again = again;
		plan.record = record;
		good = world_run(&plan, rest < WORLD_ROUNDS ? (unsigned)rest : WORLD_ROUNDS, deadline, &sums);
	}
	printf("%s: %llu maps, %llu migrations, %llu threads, %llu rounds, %llu calls checked, %llu of them clears, "
	       "%llu refused, %llu cycles of scans\n",
	       flavor_name(flavor), sums.worlds, sums.migrations, sums.threads, sums.rounds, sums.calls, sums.clears,
	       sums.refused, sums.cycles);
	/* It must have been a busy time, else this shows nothing. */
	if (good && sums.rounds >= 100 && (sums.migrations < sums.rounds || !sums.cycles)) {
		printf("%s: too few migrations, or cycles\n", flavor_name(flavor));
		good = false;
	}
	return good;
}

int main(int argc, char **argv)
{
	struct options options = {.flavor = ANY_FLAVOR, .kinds = BOTH, .churn = true};
	FILE *record = NULL;
	struct timespec now;
	bool good = true;

	clock_gettime(CLOCK_REALTIME, &now);
	options.seed = ((uint64_t)now.tv_nsec << 20 ^ (uint64_t)now.tv_sec) % 1000000000;
	options.seconds = getenv("NBMAP_SOAK") ? 600 : 3;
	parse_options(&options, argc, argv);
	if (options.check)
		return record_check_file(options.check);
	if (options.record) {
		record = fopen(options.record, "w");
		if (!record) {
			perror(options.record);
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long)options.seed);
	world_catch_signals();
	for (unsigned flavor = 0; flavor < FLAVORS && good; flavor++)
		if (options.flavor == ANY_FLAVOR || options.flavor == flavor)
			good = run_flavor(&options, (enum nbmap_flavor)flavor, record);
	if (record && fclose(record)) {
		perror(options.record);
		return 2;
	}
	return good ? 0 : 1;
}
