/*
 * gauge: a number that goes up and down while others work, looked at every two
 * milliseconds: its peak, its mean in the last half, and what it was at every
 * tenth of a second.
 *
 *	gauge_begin(&gauge, seconds);
 *	while (gauge_next(&gauge))
 *		gauge_record(&gauge, number);
 *
 * A look that comes late, as the processors are others', stands for those that
 * it missed: so the mean is one over time.
 */
#ifndef COMPARE_GAUGE_H
#define COMPARE_GAUGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "csv.h"

struct gauge {
	uint64_t start;	  /* tick */
	double seconds;	  /* from the start to the last look */
	double wanted;	  /* seconds until it is over */
	unsigned count;	  /* looks so far */
	unsigned room;	  /* for looks */
	bool memory_ends; /* the process is about to be too large for the machine */
	uint64_t *looks;
};

/* Ends the process without memory. */
void gauge_begin(struct gauge *gauge, double seconds);
void gauge_end(struct gauge *gauge);

/* Sleep until the next look.  False if the time is over, or memory is about to be. */
bool gauge_next(struct gauge *gauge);
void gauge_record(struct gauge *gauge, uint64_t number);

uint64_t gauge_peak(const struct gauge *gauge);
double gauge_mean_of_last_half(const struct gauge *gauge);

/* A row for each tenth of a second: metric NAME_100ms, NAME_200ms, ... */
void gauge_rows(const struct gauge *gauge, const struct csv_place *place, const char *name, FILE *out);

#endif
