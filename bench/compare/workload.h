/* workload: what is measured.  Each is in a file of its name. */
#ifndef COMPARE_WORKLOAD_H
#define COMPARE_WORKLOAD_H

#include <stdbool.h>
#include <stdio.h>

#include "options.h"

struct workload {
	const char *name;
	const char *summary;
	/* Writes rows to `csv`.  False if a child crashed. */
	bool (*run)(const struct options *options, FILE *csv);
};

/* The last has no name. */
extern const struct workload workloads[];

/* How long a child that keeps to its time box may be silent. */
static inline double workload_silence(const struct options *options)
{
	return 2 * options->time_box + 30;
}

#endif
