/* options: what the command line asks for. */
#ifndef COMPARE_OPTIONS_H
#define COMPARE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "arguments.h"
#include "peers.h"

struct java;

struct options {
	unsigned workloads;	    /* bit i: workloads[i] */
	struct argument_list sizes; /* empty: the workload's own */
	struct argument_list updates;
	struct argument_list threads;
	struct argument_list free_ns; /* of outrun */
	unsigned patterns;	      /* of outrun, bit i: outrun_patterns[i] */
	unsigned flavors;	      /* of outrun and expiry, bit i: flavor_names[i] */
	/* Else they are the default, and a workload may have another of its own. */
	bool threads_asked, rounds_asked, millis_asked;
	bool uniform, zipf;
	unsigned peers; /* bit i: peers[i] */
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
struct argument_list options_sizes(const struct options *options, struct argument_list full,
				   struct argument_list quick);

#endif
