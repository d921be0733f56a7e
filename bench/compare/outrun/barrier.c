/*
 * barrier: outrun's pattern in which a thread waits for all that was retired
 * before, again and again, while writers go on to overwrite.  If a barrier had
 * to wait for what they retire meanwhile, too, it would not come back while
 * they write: that is a row `finished` 0.
 */
#include <stdlib.h>

#include "burden.h"
#include "child.h"
#include "crew.h"
#include "draw.h"
#include "gauge.h"
#include "outrun.h"
#include "outrun/nbmap_side.h"
#include "peers.h"
#include "tick.h"

/* At least once, so that there is something to tell. */
static void loop_barrier(void *arg, struct shift *shift)
{
	struct map *map = arg;

	do {
		uint64_t start = tick_now();

		nbmap_u64_barrier(map->table);
		histogram_record(shift->histogram, tick_ns(tick_now() - start));
		__atomic_store_n(&shift->ops, shift->ops + 1, __ATOMIC_RELEASE);
	} while (!__atomic_load_n(shift->stop, __ATOMIC_RELAXED));
}

static void print(const struct outrun_job *job, const struct crew *writers, const struct histogram *histogram,
		  const struct gauge *gauge, const struct map *map, FILE *out)
{
	csv_row(out, &job->place, "p50_ns", (double)histogram_at(histogram, 50));
	csv_row(out, &job->place, "max_ns", (double)histogram_max(histogram));
	csv_row(out, &job->place, "barriers", (double)histogram_count(histogram));
	csv_row(out, &job->place, "mops", crew_rate(writers) / 1e6);
	csv_row(out, &job->place, "refused", (double)tally_sum(&map->base.refused));
	csv_row(out, &job->place, "peak_pending", (double)gauge_peak(gauge));
	csv_row(out, &job->place, "finished", 1);
}

void outrun_barrier(const void *arg, FILE *out)
{
	const struct outrun_job *job = arg;
	struct side_config config = {job->flavor, job->section, OUTRUN_KEYS, OUTRUN_KEYS};
	struct shift writing = {.seed = draw_mix(job->options->seed + job->place.round), .to = OUTRUN_KEYS};
	struct shift waiting = {.histogram = calloc(1, sizeof(struct histogram))};
	struct map *map;
	struct crew *writers, *waiter;
	struct gauge gauge;

	child_announce(out, &job->place);
	burden_set(job->free_ns);
	map = job->side->create(&config);
	if (!map || !waiting.histogram)
		child_give_up(out, &job->place);
	writers = crew_new(job->place.threads, &peer_empty, map, job->side->loops.overwrite, &writing);
	waiter = crew_new(1, &peer_empty, map, loop_barrier, &waiting);
	waiter->tasks[0].cpu = job->place.threads;
	crew_start(writers);
	/* A barrier before they write has nothing to wait for. */
	while (crew_ops(writers) == 0)
		crew_pause(1e-3);
	crew_start(waiter);
	gauge_begin(&gauge, job->seconds);
	while (gauge_next(&gauge))
		gauge_record(&gauge, job->side->pending(map));
	/* The last barrier has to end while the writers still write. */
	__atomic_store_n(&waiter->stop, true, __ATOMIC_RELAXED);
	if (!crew_finish(waiter, job->options->time_box) || !crew_finish(writers, 0))
		child_give_up(out, &job->place);
	print(job, writers, waiting.histogram, &gauge, map, out);
	child_announce(out, NULL);
	crew_free(waiter);
	crew_free(writers);
	gauge_end(&gauge);
	free(waiting.histogram);
	burden_set(0);
	job->side->destroy(map);
}
