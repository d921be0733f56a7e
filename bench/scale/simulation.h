/*
 * simulation: a cell, run by simulated threads.
 */
#ifndef SCALE_SIMULATION_H
#define SCALE_SIMULATION_H

#include "cell.h"

/* A word that was taken from another core, and how often, per operation. */
struct simulation_hot {
	char what[96];	/* its name, or where the code is that wrote it */
	uintptr_t code; /* the write that took it last */
	double taken;
	unsigned lines;
};

#define SIMULATION_HOT 32

struct simulation_report {
	struct simulation_hot hot[SIMULATION_HOT]; /* the hottest first */
	unsigned count;
};

/* `report` may be NULL. */
struct cell_result simulation_run(const struct cell *cell, const struct options *options,
				  struct simulation_report *report);

#endif
