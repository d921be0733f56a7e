/* fit: see fit.h. */
#include "fit.h"

#include <math.h>

#include "draw.h"

#define TRIES 200000

static const enum cost fitted[4] = {COST_STEP, COST_BLOCK, COST_GUESS, COST_CALL};

void fit_add(struct fit *fit, double real_mops, const struct cell_result *result)
{
	unsigned i = fit->cells;

	if (i == FIT_CELLS)
		return;
	fit->cells++;
	fit->cell[i].real = 1e3 / real_mops;
	fit->cell[i].model = 1e3 / result->mops;
	fit->cell[i].count[0] = result->accesses;
	fit->cell[i].count[1] = result->blocks;
	fit->cell[i].count[2] = result->wrong;
	fit->cell[i].count[3] = 1;
}

static double error_of(const struct fit *fit, const double *before, const double *value)
{
	double error = 0;

	for (unsigned i = 0; i < fit->cells; i++) {
		double time = fit->cell[i].model, distance;

		for (unsigned j = 0; j < 4; j++)
			time += (value[j] - before[j]) * fit->cell[i].count[j];
		distance = time > 0 ? log(time / fit->cell[i].real) : 10;
		error += distance * distance;
	}
	return error;
}

/* A walk that takes each step that helps, and ever smaller ones. */
void fit_solve(const struct fit *fit, struct costs *costs)
{
	double before[4], value[4], error, reach = 2;
	uint64_t random = draw_seed(1, 0);

	for (unsigned j = 0; j < 4; j++)
		before[j] = value[j] = costs->of[fitted[j]];
	error = error_of(fit, before, value);
	for (unsigned i = 0; i < TRIES; i++, reach *= 0.99996) {
		unsigned j = (unsigned)draw_below(random = draw_next(random), 4);
		double old = value[j], tried;

		random = draw_next(random);
		value[j] += ((double)(random >> 11) * 0x1p-52 - 1) * reach * (j < 2 ? 0.1 : 1);
		value[j] = value[j] < 0 ? 0 : value[j];
		tried = error_of(fit, before, value);
		if (tried < error)
			error = tried;
		else
			value[j] = old;
	}
	for (unsigned j = 0; j < 4; j++)
		costs->of[fitted[j]] = value[j];
}
