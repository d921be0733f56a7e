/* options: what the command line asks for, of the simulation and of real runs alike. */
#ifndef SCALE_OPTIONS_H
#define SCALE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "arguments.h"
#include "costs.h"

struct options {
	unsigned workloads; /* bit i: workloads[i] */
	unsigned subjects;  /* bit i: subjects[i] */
	struct argument_list sizes, threads;
	bool uniform, zipf;
	uint64_t ops, warm; /* in all; and those before, for each thread */
	unsigned rounds;
	unsigned processors; /* that the simulated machine says it has; 0: as many as threads */
	unsigned hot;	     /* lines to be listed of each cell */
	bool check;	     /* the directory against the caches, after each cell */
	uint64_t seed;
	const char *csv;  /* file; NULL: standard output */
	const char *real; /* file with real runs to be held against, or NULL */
	bool fit;	  /* costs to them */
	struct costs costs;
	bool calibrate; /* real runs: measure costs first */
	bool disturbed; /* real runs: count rounds that were disturbed, too */
};

/* -1 to go on, or the exit status.  Real runs have at most `most_threads`. */
int options_parse(int argc, char **argv, unsigned most_threads, struct options *options);

#endif
