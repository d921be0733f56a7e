/* outrun: the parts of the workload outrun, a pattern or several in a file. */
#ifndef COMPARE_OUTRUN_H
#define COMPARE_OUTRUN_H

#include <stdio.h>

#include "csv.h"
#include "options.h"
#include "outrun/side.h"

enum outrun_pattern {
	OUTRUN_OVERWRITE,
	OUTRUN_CHURN,
	OUTRUN_MIX,
	OUTRUN_BARRIER,
	OUTRUN_CLEAR,
	OUTRUN_PATTERNS,
};

/* By enum outrun_pattern; the last is NULL. */
extern const char *const outrun_patterns[];

/* One run of one side, in a process of its own. */
struct outrun_job {
	const struct options *options;
	const struct side *side;
	struct csv_place place; /* its cell is `cell` */
	char cell[96];
	enum outrun_pattern pattern;
	unsigned section; /* operations in one */
	enum nbmap_flavor flavor;
	uint64_t free_ns;
	uint64_t n; /* of clear */
	double seconds;
};

/* Keys that are overwritten. */
#define OUTRUN_KEYS 1024

/* An entry's share of the time in which a map may be filled, or freed. */
#define OUTRUN_SECONDS_ENTRY 1e-5

/* What the child does for a pattern, a child_work of a struct outrun_job. */
void outrun_writers(const void *job, FILE *out);
void outrun_barrier(const void *job, FILE *out);
void outrun_clear(const void *job, FILE *out);

#endif
