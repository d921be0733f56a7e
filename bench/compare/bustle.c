/*
 * bustle: the mixtures of gets, inserts, removes and updates of the program
 * bustle (Gjengset).  Gets and updates are of keys that are present, inserts
 * of fresh ones, removes of the oldest; each thread has its own keys.  The
 * first two start with n keys and run by the clock; RapidGrow starts with an
 * empty map and ends with about n.
 */
#include "child.h"
#include "contestant.h"
#include "crew.h"
#include "trial.h"
#include "workloads.h"

/* Each thread's indices begin at a multiple of this. */
#define OWN_RANGE (UINT64_C(1) << 40)

static const struct mixture {
	const char *name;
	unsigned get, insert, remove; /* the rest: updates */
	bool grows;
} mixtures[] = {
	{"readheavy", 98, 1, 1, false},
	{"exchange", 10, 40, 40, false},
	{"rapidgrow", 5, 80, 5, true},
};

#define MIXTURES (sizeof(mixtures) / sizeof(mixtures[0]))

static bool fill(const struct trial *trial, void *map)
{
	const struct peer *peer = peers[trial->which].integers;
	unsigned threads = trial->place.threads;
	struct shift shift = {0};
	struct crew *crew = crew_new(threads, peer, map, peer->loops.fill, &shift);

	for (unsigned i = 0; i < threads; i++) {
		crew->tasks[i].shift.from = i * OWN_RANGE;
		crew->tasks[i].shift.to = i * OWN_RANGE + trial->n / threads;
	}

	bool filled = crew_run(crew, trial->options->time_box) && crew_ops(crew) == trial->n / threads * threads;

	if (filled)
		crew_free(crew);
	return filled;
}

/* What must be done to leave n keys. */
static uint64_t growth(const struct mixture *mixture, uint64_t n)
{
	return n * 100 / (mixture->insert - mixture->remove);
}

static void work(const struct trial *trial, FILE *out)
{
	const struct mixture *mixture = &mixtures[trial->kind];
	const struct peer *peer = peers[trial->which].integers;
	unsigned threads = trial->place.threads;
	void *map = peer->create(0);

	if (!map || (!mixture->grows && !fill(trial, map)))
		child_give_up(out, &trial->place);

	struct shift shift = {
		.seed = draw_mix(trial->options->seed + trial->place.round),
		.mixture = contestant_mixture(mixture->get, mixture->insert, mixture->remove),
		.quota = mixture->grows ? growth(mixture, trial->n) / threads : 0,
	};
	struct crew *crew = crew_new(threads, peer, map, peer->loops.stream, &shift);

	for (unsigned i = 0; i < threads; i++) {
		crew->tasks[i].shift.from = i * OWN_RANGE;
		crew->tasks[i].shift.to = i * OWN_RANGE + (mixture->grows ? 0 : trial->n / threads);
	}
	if (!crew_run(crew, mixture->grows ? trial->options->time_box : trial->options->run_seconds) ||
	    crew_ops(crew) < shift.quota * threads)
		child_give_up(out, &trial->place);
	csv_row(out, &trial->place, "mops", crew_rate(crew) / 1e6);
	csv_row(out, &trial->place, "finished", 1);
	crew_free(crew);
	trial_end(trial, map, out);
}

bool bustle_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {1, {1000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++) {
		for (unsigned m = 0; m < MIXTURES; m++) {
			char cell[64];

			snprintf(cell, sizeof(cell), "n=%llu;mix=%s", (unsigned long long)sizes.at[i],
				 mixtures[m].name);
			good &= trial_threads(options, csv, "bustle", cell, sizes.at[i], m, false, work);
		}
	}
	return good;
}
