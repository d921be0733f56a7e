/* options: what the command line asks for. */
#ifndef COMPARE_OPTIONS_H
#define COMPARE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "peers.h"

struct java;

#define OPTIONS_LIST 16

struct options_list {
	unsigned count;
	uint64_t at[OPTIONS_LIST];
};

struct options {
	unsigned workloads;	   /* bit i: workloads[i] */
	struct options_list sizes; /* empty: the workload's own */
	struct options_list updates;
	struct options_list threads;
	struct options_list free_ns; /* of outrun */
	unsigned patterns;	     /* of outrun, bit i: outrun_patterns[i] */
	unsigned flavors;	     /* of outrun and expiry, bit i: flavor_names[i] */
	/* Else they are the default, and a workload may have another of its own. */
	bool threads_asked, rounds_asked, millis_asked;
	bool uniform, zipf;
	bool peers[PEERS_MAX]; /* as in peers[] */
	unsigned rounds;
	double run_seconds;
	double time_box; /* seconds */
	uint64_t seed;
	const char *java;	       /* command; NULL: none */
	struct java *javas[PEERS_MAX]; /* started, as in peers[] */
	const char *csv;	       /* file; NULL: standard output */
	bool quick;
	bool drop_fast_bins;
};

/* -1 to go on, or the exit status. */
int options_parse(int argc, char **argv, struct options *options);

/* The sizes asked for, or else those of a full or a quick run. */
struct options_list options_sizes(const struct options *options, struct options_list full, struct options_list quick);

#endif
