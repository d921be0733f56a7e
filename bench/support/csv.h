/*
 * csv: the results, one measurement a row:
 *
 *   workload,cell,threads,peer,round,metric,value
 *
 * A metric's name has its unit in it.  Comment lines before the first row say
 * where and with what the measurements were made.  No library: no field needs quotes, so
 * a row is one printf().
 */
#ifndef SUPPORT_CSV_H
#define SUPPORT_CSV_H

#include <stdint.h>
#include <stdio.h>

/* What a row is about. */
struct csv_place {
	const char *workload;
	const char *cell; /* key=value pairs joined by ; */
	unsigned threads;
	const char *peer;
	unsigned round; /* from 1 on */
};

/* The comment lines about the machine and the build, without those about peers. */
void csv_about(FILE *out, uint64_t seed);

/* The line that names the columns. */
void csv_columns(FILE *out);

/* A row's first five columns. */
void csv_place(FILE *out, const struct csv_place *place);

void csv_row(FILE *out, const struct csv_place *place, const char *metric, double value);

#endif
