/*
 * cell: one measurement: a workload on a subject, by so many threads.
 */
#ifndef SCALE_CELL_H
#define SCALE_CELL_H

#include <stdint.h>

#include "options.h"
#include "workload.h"

struct cell {
	const struct workload *workload;
	const struct subject *subject;
	uint64_t n;
	const uint32_t *ring; /* Zipf's; NULL: uniform */
	unsigned threads, round;
};

/* Per operation, but mops. */
struct cell_result {
	double mops;
	double ops;			      /* of all threads */
	double accesses, rmws, blocks, wrong; /* guesses of branches */
	double taken;			      /* lines written that another core held */
	double transfers;		      /* lines that came from another core's cache, or had to leave it */
	double misses;			      /* from the last-level cache or memory */
};

/* Each cell that the options ask for and its subject can do: run(cell, arg).  A round is
 * one of each. */
void cells_each(const struct options *options, void (*run)(const struct cell *cell, void *arg), void *arg);

/* The name in the results: "kind=get;n=10000;dist=zipf"; static storage. */
const char *cell_name(const struct cell *cell);

/* Thread `thread`'s part of it, on `map`, from the beginning. */
struct work cell_work(const struct cell *cell, void *map, unsigned thread, uint64_t seed);

/* Of `total` operations those of each thread. */
uint64_t cell_share(uint64_t total, unsigned threads);

#endif
