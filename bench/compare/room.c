/*
 * room: a map with room for n entries is filled with n, and worked on at once: 2n keys
 * of which n are present, u% updates of which half insert and half remove, the rest
 * gets.  The caller branches on every answer, as programs do; in mix and hits nothing
 * depends on it.  Each run has a new map, in a process of its own.
 */
#include <stdlib.h>

#include "child.h"
#include "contestant.h"
#include "draw.h"
#include "trial.h"
#include "workloads.h"
#include "zipf.h"

/* A trial's kind: the percentage of updates, and whether keys follow Zipf's law. */
#define ZIPF 128u

static void work(const struct trial *trial, FILE *out)
{
	const struct options *options = trial->options;
	const unsigned updates = trial->kind % ZIPF;
	const bool zipf = trial->kind & ZIPF;
	uint32_t *ring = zipf ? zipf_ring(2 * trial->n, options->seed) : NULL;
	struct contestant contestant;
	struct contestant_mix mix = {
		.n = trial->n,
		.dist = zipf ? "zipf" : "uniform",
		.threads = trial->place.threads,
		.get = 100 - updates,
		.insert = (updates + 1) / 2,
		.remove = updates / 2,
		.tested = true,
		.ring = ring,
		.seed = draw_mix(options->seed + trial->place.round),
	};
	double seconds, mops;

	if ((zipf && !ring) || !contestant_new(&contestant, options, trial->which, false, trial->n) ||
	    !contestant_fill(&contestant, trial->n, 1, NULL, options->time_box, &seconds) ||
	    !contestant_mix(&contestant, &mix, options->run_seconds, &mops))
		child_give_up(out, &trial->place);
	csv_row(out, &trial->place, "mops", mops);
	child_announce(out, NULL);
	contestant_free(&contestant);
	free(ring);
}

static bool run_cell(const struct options *options, FILE *csv, uint64_t n, unsigned updates, bool zipf)
{
	char cell[64];

	snprintf(cell, sizeof(cell), "n=%llu;dist=%s;u=%u", (unsigned long long)n, zipf ? "zipf" : "uniform", updates);
	return trial_threads(options, csv, "room", cell, n, updates | (zipf ? ZIPF : 0), false, work);
}

bool room_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {3, {10000, 1000000, 10000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++)
		for (unsigned u = 0; u < options->updates.count; u++) {
			if (options->uniform)
				good &= run_cell(options, csv, sizes.at[i], (unsigned)options->updates.at[u], false);
			if (options->zipf)
				good &= run_cell(options, csv, sizes.at[i], (unsigned)options->updates.at[u], true);
		}
	return good;
}
