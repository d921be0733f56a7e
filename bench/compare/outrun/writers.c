/*
 * writers: outrun's patterns of many writers.  overwrite: puts over 1024 keys.
 * churn: each thread puts ever fresh keys and removes those it put a thousand
 * puts before.  mix: 80 % gets and 20 % puts of 100000 keys.
 */
#include <stdlib.h>

#include "burden.h"
#include "child.h"
#include "contestant.h"
#include "crew.h"
#include "draw.h"
#include "gauge.h"
#include "outrun.h"
#include "peers.h"

#define MIX_KEYS 100000

/* Each churning thread's indices begin at a multiple of this. */
#define OWN_RANGE (UINT64_C(1) << 40)

static struct side_config config_of(const struct outrun_job *job)
{
	uint64_t present[] = {
		[OUTRUN_OVERWRITE] = OUTRUN_KEYS,
		[OUTRUN_CHURN] = 0,
		[OUTRUN_MIX] = MIX_KEYS,
	};

	return (struct side_config){
		.flavor = job->flavor,
		.section = job->section,
		.room = job->pattern == OUTRUN_CHURN ? (uint64_t)job->place.threads * SIDE_LIVE : present[job->pattern],
		.present = present[job->pattern],
	};
}

static struct crew *new_crew(const struct outrun_job *job, void *map)
{
	const struct side_loops *loops = &job->side->loops;
	bool churn = job->pattern == OUTRUN_CHURN;
	struct shift shift = {
		.seed = draw_mix(job->options->seed + job->place.round),
		.to = job->pattern == OUTRUN_MIX ? MIX_KEYS : OUTRUN_KEYS,
		.mixture = contestant_mixture(80, 0, 0),
	};
	struct crew *crew = crew_new(job->place.threads, &peer_empty, map,
				     churn			  ? loops->churn
				     : job->pattern == OUTRUN_MIX ? loops->mix
								  : loops->overwrite,
				     &shift);

	for (unsigned i = 0; churn && i < crew->count; i++)
		crew->tasks[i].shift.from = crew->tasks[i].shift.to = (i + 1) * OWN_RANGE;
	return crew;
}

static void print(const struct outrun_job *job, const struct crew *crew, const struct gauge *gauge, void *map,
		  FILE *out)
{
	const struct side_base *base = map;

	csv_row(out, &job->place, "mops", crew_rate(crew) / 1e6);
	csv_row(out, &job->place, "refused", (double)tally_sum(&base->refused));
	csv_row(out, &job->place, "peak_pending", (double)gauge_peak(gauge));
	csv_row(out, &job->place, "mean_pending", gauge_mean_of_last_half(gauge));
	csv_row(out, &job->place, "seconds", gauge->seconds);
	gauge_rows(gauge, &job->place, "pending", out);
	csv_row(out, &job->place, "finished", 1);
}

void outrun_writers(const void *arg, FILE *out)
{
	const struct outrun_job *job = arg;
	struct side_config config = config_of(job);
	void *map;
	struct crew *crew;
	struct gauge gauge;

	child_announce(out, &job->place);
	burden_set(job->free_ns);
	map = job->side->create(&config);
	if (!map)
		child_give_up(out, &job->place);
	crew = new_crew(job, map);
	crew_start(crew);
	gauge_begin(&gauge, job->seconds);
	while (gauge_next(&gauge))
		gauge_record(&gauge, job->side->pending(map));
	if (!crew_finish(crew, 0))
		child_give_up(out, &job->place);
	print(job, crew, &gauge, map, out);
	child_announce(out, NULL);
	crew_free(crew);
	gauge_end(&gauge);
	/* What still waits need not be slow to go. */
	burden_set(0);
	job->side->destroy(map);
}
