/* options: see options.h. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "subject.h"
#include "workload.h"

static const char usage[] =
	"usage: %s [WORKLOAD...] [OPTION...]\n"
	"A model of how maps scale, or real runs of the same; see bench/METHOD.md.\n"
	"Workloads: get overwrite insert remove grow boxed count mix10 mix50; all by default.\n"
	"  --n LIST          entries, default 10000\n"
	"  --dist LIST       uniform, zipf; both by default\n"
	"  --threads LIST    default 1,2\n"
	"  --subjects LIST   nbmap, lock, readers; nbmap by default\n"
	"  --ops N           operations of all threads together, default 200000\n"
	"  --warm N          operations of each thread before they are counted, default 200\n"
	"  --rounds N        of real runs, default 3\n"
	"  --processors N    what the simulated machine says it has, default as many as threads\n"
	"  --costs FILE      costs from FILE's lines \"# cost NAME: VALUE\"\n"
	"  --cost NAME=VALUE one of them\n"
	"  --real FILE       hold the model against the real runs in FILE: what each row's ratio is\n"
	"  --fit             print the costs of instructions that agree best with them, and no rows\n"
	"  --calibrate       real runs: measure the costs first\n"
	"  --disturbed       real runs: count those that other programs disturbed, too\n"
	"  --hot N           list the N words that were most often taken from another core\n"
	"  --check           check the directory against the caches after each cell, which takes long\n"
	"  --seed N          default 1\n"
	"  --csv FILE        results, default standard output\n";

enum {
	N = 256,
	DIST,
	THREADS,
	SUBJECT,
	OPS,
	WARM,
	ROUNDS,
	PROCESSORS,
	FROM,
	COST,
	REAL,
	FIT,
	CALIBRATE,
	DISTURBED,
	HOT,
	CHECK,
	SEED,
	CSV,
	HELP
};

static const struct option known[] = {
	{"n", required_argument, NULL, N},
	{"dist", required_argument, NULL, DIST},
	{"threads", required_argument, NULL, THREADS},
	{"subjects", required_argument, NULL, SUBJECT},
	{"ops", required_argument, NULL, OPS},
	{"warm", required_argument, NULL, WARM},
	{"rounds", required_argument, NULL, ROUNDS},
	{"processors", required_argument, NULL, PROCESSORS},
	{"costs", required_argument, NULL, FROM},
	{"cost", required_argument, NULL, COST},
	{"real", required_argument, NULL, REAL},
	{"fit", no_argument, NULL, FIT},
	{"calibrate", no_argument, NULL, CALIBRATE},
	{"disturbed", no_argument, NULL, DISTURBED},
	{"hot", required_argument, NULL, HOT},
	{"check", no_argument, NULL, CHECK},
	{"seed", required_argument, NULL, SEED},
	{"csv", required_argument, NULL, CSV},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

static const char *workload_name(unsigned i)
{
	return i < WORKLOADS ? workloads[i].name : NULL;
}

static const char *subject_name(unsigned i)
{
	return i < SUBJECTS ? subjects[i]->name : NULL;
}

static bool apply(int option, const char *text, unsigned most_threads, struct options *options)
{
	switch (option) {
	case N:
		return argument_list(text, 64, 100000000, &options->sizes);
	case DIST:
		return argument_dists(text, &options->uniform, &options->zipf);
	case THREADS:
		return argument_list(text, 1, most_threads, &options->threads);
	case SUBJECT:
		return argument_names(text, subject_name, &options->subjects);
	case OPS:
		return argument_number(text, 1, UINT64_C(1) << 40, &options->ops);
	case WARM:
		return argument_number(text, 0, UINT64_C(1) << 40, &options->warm);
	case ROUNDS:
		return argument_unsigned(text, 1, 100, &options->rounds);
	case PROCESSORS:
		return argument_unsigned(text, 1, 1024, &options->processors);
	case FROM:
		return costs_read(&options->costs, text);
	case COST:
		return costs_set(&options->costs, text);
	case REAL:
		options->real = text;
		return *text;
	case FIT:
		options->fit = true;
		return true;
	case CALIBRATE:
		options->calibrate = true;
		return true;
	case DISTURBED:
		options->disturbed = true;
		return true;
	case HOT:
		return argument_unsigned(text, 1, 1000, &options->hot);
	case CHECK:
		options->check = true;
		return true;
	case SEED:
		return argument_number(text, 0, UINT64_MAX, &options->seed);
	case CSV:
		options->csv = text;
		return *text;
	default:
		return false;
	}
}

int options_parse(int argc, char **argv, unsigned most_threads, struct options *options)
{
	int option, index = 0;

	*options = (struct options){
		.subjects = 1,
		.sizes = {1, {10000}},
		.threads = {2, {1, 2}},
		.uniform = true,
		.zipf = true,
		.ops = 200000,
		.warm = 200,
		.rounds = 3,
		.seed = 1,
		.costs = costs_default(),
	};
	while ((option = getopt_long(argc, argv, "", known, &index)) != -1) {
		if (option == HELP) {
			printf(usage, argv[0]);
			return EXIT_SUCCESS;
		}
		if (option == '?')
			return 2;
		if (!apply(option, optarg, most_threads, options)) {
			fprintf(stderr, "%s: --%s does not take '%s'\n", argv[0], known[index].name, optarg);
			return 2;
		}
	}
	for (; optind < argc; optind++) {
		unsigned which;

		if (!argument_choice(argv[optind], workload_name, &which)) {
			fprintf(stderr, "%s: no workload '%s'\n", argv[0], argv[optind]);
			return 2;
		}
		options->workloads |= 1u << which;
	}
	if (options->fit && !options->real) {
		fprintf(stderr, "%s: --fit needs --real\n", argv[0]);
		return 2;
	}
	if (!options->workloads)
		options->workloads = (1u << WORKLOADS) - 1;
	return -1;
}
