/* trial: see trial.h. */
#include "trial.h"

#include "child.h"
#include "contestant.h"
#include "footprint.h"
#include "workload.h"

/* More than any peer takes for an entry, with the tables that it grew out of. */
#define WARM_BYTES_ENTRY 128

struct job {
	struct trial trial;
	trial_work *work;
};

static void run(const void *arg, FILE *out)
{
	const struct job *job = arg;

	child_announce(out, &job->trial.place);
	if (!peers[job->trial.which].java) /* those have their heap from the start */
		footprint_warm(job->trial.n * WARM_BYTES_ENTRY);
	job->work(&job->trial, out);
}

void trial_end(const struct trial *trial, void *map, FILE *out)
{
	child_announce(out, NULL);
	peers[trial->which].integers->destroy(map);
}

bool trial_rounds(const struct options *options, FILE *csv, const char *workload, const char *cell, unsigned threads,
		  uint64_t n, unsigned kind, bool java, trial_work *work)
{
	bool good = true;

	for (unsigned round = 1; round <= options->rounds; round++) {
		for (unsigned which = 0; peers[which].name; which++) {
			struct job job = {
				.trial = {options, {workload, cell, threads, peers[which].name, round}, which, n, kind},
				.work = work,
			};

			if (contestant_exists(options, which, false) && contestant_runs(which, false, threads) &&
			    (java || !peers[which].java))
				good &= child_run(csv, workload_silence(options), run, &job);
		}
	}
	return good;
}

bool trial_threads(const struct options *options, FILE *csv, const char *workload, const char *cell, uint64_t n,
		   unsigned kind, bool java, trial_work *work)
{
	const struct argument_list *threads = &options->threads;
	bool good = true;

	for (unsigned i = 0; i < threads->count; i++)
		good &= trial_rounds(options, csv, workload, cell, (unsigned)threads->at[i], n, kind, java, work);
	return good;
}
