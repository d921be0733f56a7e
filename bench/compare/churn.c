/*
 * churn: n live keys, each of which is removed when n others have been
 * inserted after it; no key comes twice.  Each thread has its own.  Whether
 * memory stays flat is seen from the end of the first third on: after the
 * fill a map may still settle.
 */
#include "child.h"
#include "crew.h"
#include "footprint.h"
#include "trial.h"
#include "workloads.h"

#define MIB (1024.0 * 1024.0)

/* How many lengths of a run: enough to replace all keys several times. */
#define LENGTH 6

/* Each thread's indices begin at a multiple of this. */
#define OWN_RANGE (UINT64_C(1) << 40)

static struct crew *fill(const struct trial *trial, void *map)
{
	const struct peer *peer = peers[trial->which].integers;
	unsigned threads = trial->place.threads;
	struct shift shift = {0};
	struct crew *crew = crew_new(threads, peer, map, peer->loops.fill, &shift);

	for (unsigned i = 0; i < threads; i++) {
		crew->tasks[i].shift.from = i * OWN_RANGE;
		crew->tasks[i].shift.to = i * OWN_RANGE + trial->n / threads;
	}
	return crew_run(crew, trial->options->time_box) && crew_ops(crew) == trial->n / threads * threads ? crew : NULL;
}

/* Go on where `crew`, which is freed, has ended. */
static struct crew *churn(const struct trial *trial, void *map, struct crew *crew)
{
	const struct peer *peer = peers[trial->which].integers;
	struct shift shift = {0};
	struct crew *next = crew_new(crew->count, peer, map, peer->loops.churn, &shift);

	for (unsigned i = 0; i < crew->count; i++) {
		next->tasks[i].shift.from = crew->tasks[i].shift.from;
		next->tasks[i].shift.to = crew->tasks[i].shift.to;
	}
	crew_free(crew);
	return crew_run(next, trial->options->run_seconds * LENGTH / 3) ? next : NULL;
}

static void work(const struct trial *trial, FILE *out)
{
	const struct peer *peer = peers[trial->which].integers;
	void *map = peer->create(0);
	struct crew *crew = map ? fill(trial, map) : NULL;

	if (!crew)
		child_give_up(out, &trial->place);
	crew = churn(trial, map, crew);
	if (!crew)
		child_give_up(out, &trial->place);
	csv_row(out, &trial->place, "resident_start_mib", footprint_resident() / MIB);
	crew = churn(trial, map, crew);
	if (!crew)
		child_give_up(out, &trial->place);
	csv_row(out, &trial->place, "resident_half_mib", footprint_resident() / MIB);

	double rate = crew_rate(crew);

	crew = churn(trial, map, crew);
	if (!crew)
		child_give_up(out, &trial->place);
	csv_row(out, &trial->place, "resident_end_mib", footprint_resident() / MIB);
	csv_row(out, &trial->place, "mops", (rate + crew_rate(crew)) / 2 / 1e6);
	csv_row(out, &trial->place, "finished", 1);
	crew_free(crew);
	trial_end(trial, map, out);
}

bool churn_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {1, {1000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++) {
		char cell[64];

		snprintf(cell, sizeof(cell), "live=%llu", (unsigned long long)sizes.at[i]);
		good &= trial_threads(options, csv, "churn", cell, sizes.at[i], 0, false, work);
	}
	return good;
}
