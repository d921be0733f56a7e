/* options: see options.h. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "flavor.h"
#include "outrun.h"
#include "workload.h"

enum { EXIT_USAGE = 2 };

/* A busy free of a millisecond would be no free any more. */
#define FREE_NS_MAX 1000000

/* Indices are drawn with 32 bits from twice as many. */
#define SIZE_MIN 64
#define SIZE_MAX_N (UINT64_C(1) << 30)

static const char usage[] = "Usage: nbmap-bench WORKLOAD... [options]\n"
			    "\n"
			    "Measures nbmap beside other maps and writes CSV.  Workloads:\n"
			    "\n";

static const char usage_options[] = "  all      all of them\n"
				    "\n"
				    "  --n LIST          entries, each from 64 to 2^30 (what the workload has)\n"
				    "  --threads LIST    numbers of threads (1,2)\n"
				    "  --updates LIST    percentages of updates in mix, room, strings (0,10,50)\n"
				    "  --dist LIST       distributions of keys in mix, room: uniform, zipf (both)\n"
				    "  --patterns LIST   in outrun: overwrite, churn, mix, barrier, clear (all)\n"
				    "  --flavors LIST    in outrun and expiry: bp, qsbr, memb, mb (all)\n"
				    "  --free-ns LIST    in outrun: ns that a free is busy, besides free() (0)\n"
				    "  --peers LIST      maps to measure (all that are there)\n"
				    "  --rounds N        how often each measurement is made (5)\n"
				    "  --millis N        how long one takes, where it has no end of its own (300)\n"
				    "  --time-box N      seconds after which a run is given up (20)\n"
				    "  --seed N          of the keys drawn (1)\n"
				    "  --java COMMAND    starts the program that has the maps of Java\n"
				    "  --mxfast0         glibc's malloc() without fast bins\n"
				    "  --csv FILE        write there (standard output)\n"
				    "  --quick           fewer sizes, 3 rounds of 50 ms\n"
				    "  --help\n"
				    "\n"
				    "A list is joined by commas.  A run that the time box ends is a row `finished`\n"
				    "with value 0.\n"
				    "\n"
				    "outrun has defaults of its own: 1,2,4,8,16 threads, 8 in the pattern mix, one\n"
				    "round of 20000 ms, with --quick 2,8 threads and 300 ms; --n is that of clear\n"
				    "(20000000).  It names the allocator in its cells where that is not the C\n"
				    "library's as it comes.\n"
				    "\n"
				    "Exit status: 0 measured; 2 bad option; 3 a run crashed, or the results could\n"
				    "not be written.\n";

static void print_usage(void)
{
	fputs(usage, stdout);
	for (unsigned i = 0; workloads[i].name; i++)
		printf("  %-8s %s\n", workloads[i].name, workloads[i].summary);
	fputs(usage_options, stdout);
}

static bool parse_seconds(const char *text, double unit, double *seconds)
{
	uint64_t number;

	if (!argument_number(text, 1, 1000000, &number))
		return false;
	*seconds = (double)number * unit;
	return true;
}

static const char *peer_name(unsigned i)
{
	return peers[i].name;
}

static const char *pattern_name(unsigned i)
{
	return outrun_patterns[i];
}

static const char *flavor_name(unsigned i)
{
	return flavor_names[i];
}

static const char *workload_name(unsigned i)
{
	return workloads[i].name;
}

static void set_quick(struct options *options)
{
	options->quick = true;
	options->rounds = 3;
	options->run_seconds = 0.05;
}

static bool parse_workload(const char *name, struct options *options)
{
	unsigned which;

	if (strcmp(name, "all") == 0)
		options->workloads = ~0u;
	else if (argument_choice(name, workload_name, &which))
		options->workloads |= 1u << which;
	else
		return false;
	return true;
}

static bool parse_option(int option, const char *text, struct options *options)
{
	switch (option) {
	case 'n':
		return argument_list(text, SIZE_MIN, SIZE_MAX_N, &options->sizes);
	case 't':
		options->threads_asked = true;
		return argument_list(text, 1, CREW_MAX, &options->threads);
	case 'u':
		return argument_list(text, 0, 100, &options->updates);
	case 'd':
		return argument_dists(text, &options->uniform, &options->zipf);
	case 'p':
		return argument_names(text, peer_name, &options->peers);
	case 'P':
		return argument_names(text, pattern_name, &options->patterns);
	case 'F':
		return argument_names(text, flavor_name, &options->flavors);
	case 'f':
		return argument_list(text, 0, FREE_NS_MAX, &options->free_ns);
	case 'r':
		options->rounds_asked = true;
		return argument_unsigned(text, 1, 1000, &options->rounds);
	case 'm':
		options->millis_asked = true;
		return parse_seconds(text, 1e-3, &options->run_seconds);
	case 'b':
		return parse_seconds(text, 1, &options->time_box);
	case 's':
		return argument_number(text, 0, UINT64_MAX, &options->seed);
	case 'j':
		options->java = text;
		return *text;
	case 'c':
		options->csv = text;
		return *text;
	default:
		return false;
	}
}

int options_parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{"n", required_argument, NULL, 'n'},	    {"threads", required_argument, NULL, 't'},
		{"updates", required_argument, NULL, 'u'},  {"dist", required_argument, NULL, 'd'},
		{"peers", required_argument, NULL, 'p'},    {"rounds", required_argument, NULL, 'r'},
		{"millis", required_argument, NULL, 'm'},   {"time-box", required_argument, NULL, 'b'},
		{"seed", required_argument, NULL, 's'},	    {"java", required_argument, NULL, 'j'},
		{"csv", required_argument, NULL, 'c'},	    {"quick", no_argument, NULL, 'q'},
		{"patterns", required_argument, NULL, 'P'}, {"flavors", required_argument, NULL, 'F'},
		{"free-ns", required_argument, NULL, 'f'},  {"mxfast0", no_argument, NULL, 'x'},
		{"help", no_argument, NULL, 'h'},	    {NULL, 0, NULL, 0},
	};
	int option, index = 0;

	*options = (struct options){
		.updates = {3, {0, 10, 50}},
		.threads = {2, {1, 2}},
		.free_ns = {1, {0}},
		.peers = ~0u,
		.patterns = ~0u,
		.flavors = ~0u,
		.uniform = true,
		.zipf = true,
		.rounds = 5,
		.run_seconds = 0.3,
		.time_box = 20,
		.seed = 1,
	};
	while ((option = getopt_long(argc, argv, "", names, &index)) != -1) {
		if (option == 'h') {
			print_usage();
			return EXIT_SUCCESS;
		}
		if (option == '?') { /* getopt_long has said what is wrong */
			fputs("Try --help.\n", stderr);
			return EXIT_USAGE;
		}
		if (option == 'q') {
			set_quick(options);
		} else if (option == 'x') {
			options->drop_fast_bins = true;
		} else if (!parse_option(option, optarg, options)) {
			fprintf(stderr, "nbmap-bench: --%s does not take \"%s\".  Try --help.\n", names[index].name,
				optarg);
			return EXIT_USAGE;
		}
	}
	for (; optind < argc; optind++) {
		if (!parse_workload(argv[optind], options)) {
			fprintf(stderr, "nbmap-bench: there is no workload \"%s\".  Try --help.\n", argv[optind]);
			return EXIT_USAGE;
		}
	}
	if (!options->workloads) {
		fputs("nbmap-bench: no workload named.  Try --help.\n", stderr);
		return EXIT_USAGE;
	}
	return -1;
}

struct argument_list options_sizes(const struct options *options, struct argument_list full, struct argument_list quick)
{
	return options->sizes.count ? options->sizes : options->quick ? quick : full;
}
