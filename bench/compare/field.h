/*
 * field: cells of mixed operations on maps of n entries.  The maps of all
 * peers grow from empty, by default options, and then live side by side; each
 * round of a cell goes through all of them, so that a disturbance of the
 * machine hits all alike.
 */
#ifndef COMPARE_FIELD_H
#define COMPARE_FIELD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "options.h"

#define FIELD_CELLS 512

struct field_cell {
	char name[64]; /* as in the CSV */
	const char *dist;
	unsigned threads;
	unsigned get, insert, remove, update; /* percentages */
	bool each;			      /* also nanoseconds an operation */
};

struct field {
	const struct options *options;
	const char *workload;
	bool strings;
	uint64_t n;
	unsigned cells;
	struct field_cell cell[FIELD_CELLS];
};

/* The next cell to fill in. */
struct field_cell *field_cell(struct field *field);

/* Measure it in a child.  False if that crashed. */
bool field_run(const struct field *field, FILE *csv);

#endif
