/*
 * trial: one run of one peer's new map in a process of its own, round by round
 * through all peers.
 */
#ifndef COMPARE_TRIAL_H
#define COMPARE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "csv.h"
#include "options.h"

struct trial {
	const struct options *options;
	struct csv_place place;
	unsigned which; /* of peers[] */
	uint64_t n;
	unsigned kind; /* the workload's own */
};

/* One run, in the child. */
typedef void trial_work(const struct trial *trial, FILE *out);

/* The last call of a run: all rows are written. */
void trial_end(const struct trial *trial, void *map, FILE *out);

/*
 * For every round and every peer with integer keys that the options ask for
 * and that can run with `threads` threads.  Java's take part if `java`.  False if a child crashed.
 */
bool trial_rounds(const struct options *options, FILE *csv, const char *workload, const char *cell, unsigned threads,
		  uint64_t n, unsigned kind, bool java, trial_work *work);

/* The same for each number of threads that the options ask for. */
bool trial_threads(const struct options *options, FILE *csv, const char *workload, const char *cell, uint64_t n,
		   unsigned kind, bool java, trial_work *work);

#endif
