/*
 * fit: the costs of instructions that make the model of one thread agree with real runs of
 * one thread.
 *
 * The time of an operation is taken to be linear in four of them:
 *
 *   time = rest + step * accesses + block * blocks + guess * wrong guesses + call
 *
 * where rest, the waiting for lines and the read-modify-writes, stays what it is.  Looked for
 * is the least sum, over all cells, of the squares of log(time / real time).
 */
#ifndef SCALE_FIT_H
#define SCALE_FIT_H

#include "cell.h"
#include "costs.h"

#define FIT_CELLS 256

struct fit {
	unsigned cells;
	struct {
		double real, model; /* nanoseconds an operation */
		double count[4];
	} cell[FIT_CELLS];
};

/* A cell of one thread. */
void fit_add(struct fit *fit, double real_mops, const struct cell_result *result);

/* Those of `costs` with which the cells were simulated become better ones. */
void fit_solve(const struct fit *fit, struct costs *costs);

#endif
