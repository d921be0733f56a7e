/*
 * nbmap-bench: nbmap measured beside other maps, all with their default
 * options, in one program and interleaved round by round.  Writes what it
 * measures as CSV and draws no conclusions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "allocator.h"
#include "csv.h"
#include "java.h"
#include "options.h"
#include "tick.h"
#include "workloads.h"

const struct workload workloads[] = {
	{"mix", "gets, inserts and removes, uniform and Zipf", mix_run},
	{"hits", "gets by hit rate", hits_run},
	{"room", "a map filled to its capacity, worked on at once, answers tested", room_run},
	{"strings", "string keys, values in blocks", strings_run},
	{"fill", "inserts into a map presized or growing", fill_run},
	{"latency", "each insert, overwrite and get timed", latency_run},
	{"churn", "fresh keys for old ones, memory over time", churn_run},
	{"bustle", "the mixtures of bustle", bustle_run},
	{"memory", "bytes an entry", memory_run},
	{"batch", "gets in windows of 32", batch_run},
	{"stopped", "others beside a thread stopped amid an insert", stopped_run},
	{"expiry", "removal in slices, or by a walk, beside writers", expiry_run},
	{"outrun", "whether writers outrun reclamation", outrun_run},
	{NULL, NULL, NULL},
};

enum { EXIT_TROUBLE = 3 };

/* Also starts Java, once for all runs, as it takes long to warm up. */
static void print_java_peer(FILE *csv, struct options *options, unsigned which)
{
	const char *name = peers[which].name;
	char version[256];
	struct java *java = java_start(options->java);

	if (java && java_version(java, name, version)) {
		fprintf(csv, "# peer %s: %s\n", name, version);
		options->javas[which] = java;
	} else {
		fprintf(csv, "# absent %s: not given by --java\n", name);
		java_stop(java);
	}
}

static void print_peers(FILE *csv, struct options *options)
{
	for (unsigned i = 0; peers[i].name; i++) {
		if (!(options->peers >> i & 1))
			continue;
		if (peers[i].java && options->java)
			print_java_peer(csv, options, i);
		else if (peers[i].integers)
			fprintf(csv, "# peer %s: %s\n", peers[i].name, peers[i].integers->version);
		else
			fprintf(csv, "# absent %s: %s\n", peers[i].name, peers[i].absent);
	}
}

static bool run_workloads(struct options *options, FILE *csv)
{
	bool good = true;

	csv_about(csv, options->seed);
	print_peers(csv, options);
	csv_columns(csv);
	for (unsigned i = 0; workloads[i].name; i++) {
		if (options->workloads & 1u << i)
			good &= workloads[i].run(options, csv);
	}
	for (unsigned i = 0; peers[i].name; i++)
		java_stop(options->javas[i]);
	return good;
}

int main(int argc, char **argv)
{
	struct options options;
	int status = options_parse(argc, argv, &options);

	if (status >= 0)
		return status;

	FILE *csv = options.csv ? fopen(options.csv, "w") : stdout;

	if (!csv) {
		fprintf(stderr, "nbmap-bench: %s: %s\n", options.csv, strerror(errno));
		return EXIT_TROUBLE;
	}
	if (options.drop_fast_bins && !allocator_drop_fast_bins())
		fputs("nbmap-bench: this malloc() has no fast bins to do without\n", stderr);
	tick_calibrate();

	bool good = run_workloads(&options, csv);
	bool written = !ferror(csv) && fclose(csv) == 0;

	if (!written)
		fputs("nbmap-bench: cannot write the results\n", stderr);
	return good && written ? EXIT_SUCCESS : EXIT_TROUBLE;
}
