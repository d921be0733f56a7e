/*
 * expiry: half of a large map's entries are removed while others write: in slices,
 * each a scan of some hundred entries in a section of its own, or by one walk of
 * all in one section.  While a section lasts nothing that was retired can be
 * freed, whoever retired it: so what waits is what the writers make in the longest.
 *
 * Values are blocks that the map owns, in a domain of its own, as in outrun.  A run
 * is one pass over the map, in a process of its own.
 */
#include <stdbool.h> /* for flavor.h of liburcu 0.15 */
#include <stdlib.h>
#include <string.h>

#include <urcu/flavor.h>

#include "child.h"
#include "contestant.h"
#include "crew.h"
#include "draw.h"
#include "flavor.h"
#include "footprint.h"
#include "gauge.h"
#include "outrun/nbmap_side.h"
#include "tick.h"
#include "workloads.h"

/* Entries in a slice, and a writer's puts in a section. */
#define SLICE 256
#define PUTS_IN_SECTION 20

/* Of an entry's block, slots and those of tables that it grew out of. */
#define WARM_BYTES_ENTRY 192

/* An entry's share of the time in which a map may be filled, and gone through. */
#define SECONDS_ENTRY 1e-5

enum way { SLICES, WALK, WAYS };

static const char *const way_names[WAYS] = {"slices", "walk"};

/* One run. */
struct job {
	const struct options *options;
	struct csv_place place; /* its cell is `cell` */
	char cell[64];
	uint64_t n;
	enum way way;
	enum nbmap_flavor flavor;
};

/* The thread that removes. */
struct expirer {
	struct map *map;
	enum way way;
	uint64_t expired;
	bool done; /* atomic */
};

/* Which entries are due: every second, in no order. */
static bool is_due(uint64_t key)
{
	return key & 1;
}

static void expire(struct expirer *expirer, uint64_t key, void *value)
{
	/* Not if it was overwritten since. */
	if (is_due(key) && !nbmap_u64_del_if(expirer->map->table, key, value, NULL))
		expirer->expired++;
}

/* A part of the pass; true at its end. */
static bool expire_slice(struct expirer *expirer, struct nbmap_cursor *cursor)
{
	struct nbmap_u64_entry entries[SLICE];
	long count = nbmap_u64_scan(expirer->map->table, cursor, entries, SLICE);

	for (long i = 0; i < count; i++)
		expire(expirer, entries[i].key, entries[i].value);
	return cursor->cycle || count < 0;
}

/* All of it. */
static bool expire_walking(struct expirer *expirer)
{
	struct nbmap_iter iter;
	uint64_t key;
	void *value;

	if (nbmap_u64_iter_init(expirer->map->table, &iter))
		peer_exhausted("nbmap");
	while (nbmap_u64_iter_next(&iter, &key, &value))
		expire(expirer, key, value);
	return true;
}

/* The pass; each section is recorded. */
static void loop_expire(void *arg, struct shift *shift)
{
	struct expirer *expirer = arg;
	struct nbmap_cursor cursor = {0};
	struct map *map = expirer->map;
	bool end = false;

	map->base.urcu->register_thread();
	while (!end) {
		uint64_t start = tick_now();

		nbmap_u64_enter(map->table);
		end = expirer->way == SLICES ? expire_slice(expirer, &cursor) : expire_walking(expirer);
		nbmap_u64_leave(map->table);
		(void)nbmap_thread_quiescent(map->base.flavor);
		histogram_record(shift->histogram, tick_ns(tick_now() - start));
	}
	map->base.urcu->unregister_thread();
	__atomic_store_n(&shift->ops, expirer->expired, __ATOMIC_RELEASE);
	__atomic_store_n(&expirer->done, true, __ATOMIC_RELEASE);
}

static struct crew *new_crew(const struct job *job, unsigned count, void *arg, void (*loop)(void *, struct shift *))
{
	struct shift shift = {.seed = draw_mix(job->options->seed + job->place.round), .to = job->n};
	struct crew *crew = crew_new(count, &peer_empty, arg, loop, &shift);

	for (unsigned i = 0; i < count; i++) {
		crew->tasks[i].shift.histogram = calloc(1, sizeof(struct histogram));
		if (!crew->tasks[i].shift.histogram) {
			fputs("nbmap-bench: no memory\n", stderr);
			exit(EXIT_FAILURE);
		}
	}
	return crew;
}

static void free_crew(struct crew *crew)
{
	for (unsigned i = 0; i < crew->count; i++)
		free(crew->tasks[i].shift.histogram);
	crew_free(crew);
}

static void print(const struct job *job, struct map *map, const struct crew *expirers, struct crew *writers,
		  const struct gauge *gauge, FILE *out)
{
	const struct histogram *sections = expirers->tasks[0].shift.histogram;
	struct histogram *puts = writers->tasks[0].shift.histogram;

	for (unsigned i = 1; i < writers->count; i++)
		histogram_add(puts, writers->tasks[i].shift.histogram);
	csv_row(out, &job->place, "longest_section_ns", (double)histogram_max(sections));
	csv_row(out, &job->place, "sections", (double)histogram_count(sections));
	csv_row(out, &job->place, "expired", (double)crew_ops(expirers));
	csv_row(out, &job->place, "seconds", crew_seconds(expirers));
	csv_row(out, &job->place, "peak_pending", (double)gauge_peak(gauge));
	csv_row(out, &job->place, "refused", (double)tally_sum(&map->base.refused));
	csv_row(out, &job->place, "p99.9_ns", (double)histogram_at(puts, 99.9));
	csv_row(out, &job->place, "max_ns", (double)histogram_max(puts));
	csv_row(out, &job->place, "mops", crew_rate(writers) / 1e6);
	csv_row(out, &job->place, "finished", 1);
}

static void measure(const struct job *job, struct map *map, FILE *out)
{
	struct expirer expirer = {.map = map, .way = job->way};
	struct crew *writers = new_crew(job, job->place.threads, map, side_nbmap.loops.timed);
	struct crew *expirers = new_crew(job, 1, &expirer, loop_expire);
	struct gauge gauge;

	expirers->tasks[0].cpu = job->place.threads; /* one of its own, if there is one */
	crew_start(writers);
	crew_start(expirers);
	gauge_begin(&gauge, job->options->time_box + (double)job->n * SECONDS_ENTRY);
	while (!__atomic_load_n(&expirer.done, __ATOMIC_ACQUIRE) && gauge_next(&gauge))
		gauge_record(&gauge, side_nbmap.pending(map));
	if (!expirer.done || !crew_finish(expirers, 0) || !crew_finish(writers, 0))
		child_give_up(out, &job->place);
	print(job, map, expirers, writers, &gauge, out);
	free_crew(expirers);
	free_crew(writers);
	gauge_end(&gauge);
}

static void work(const void *arg, FILE *out)
{
	const struct job *job = arg;
	struct side_config config = {job->flavor, PUTS_IN_SECTION, 0, job->n};
	struct map *map;

	child_announce(out, &job->place);
	footprint_warm(job->n * WARM_BYTES_ENTRY);
	map = side_nbmap.create(&config);
	if (!map)
		child_give_up(out, &job->place);
	/* What growth has left behind is no part of what is measured. */
	nbmap_u64_barrier(map->table);
	child_announce(out, &job->place);
	measure(job, map, out);
	child_announce(out, NULL);
	side_nbmap.destroy(map);
}

static bool asked_for(const struct options *options)
{
	for (unsigned i = 0; peers[i].name; i++)
		if (strcmp(peers[i].name, side_nbmap.name) == 0)
			return contestant_exists(options, i, false);
	return false;
}

/* Both ways, one after the other, in all rounds. */
static bool run_rounds(struct job *job, FILE *csv)
{
	double silence = job->options->time_box + (double)job->n * SECONDS_ENTRY + 10;
	bool good = true;

	for (job->place.round = 1; job->place.round <= job->options->rounds; job->place.round++)
		for (unsigned way = 0; way < WAYS; way++) {
			job->way = (enum way)way;
			snprintf(job->cell, sizeof(job->cell), "n=%llu;way=%s;flavor=%s", (unsigned long long)job->n,
				 way_names[way], flavor_names[job->flavor]);
			good &= child_run(csv, silence, work, job);
		}
	return good;
}

bool expiry_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {1, {10000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	if (!asked_for(options))
		return true;
	for (unsigned i = 0; i < sizes.count; i++)
		for (unsigned t = 0; t < options->threads.count; t++)
			for (unsigned f = 0; flavor_names[f]; f++) {
				struct job job = {
					.options = options,
					.place = {.workload = "expiry",
						  .threads = (unsigned)options->threads.at[t],
						  .peer = side_nbmap.name},
					.n = sizes.at[i],
					.flavor = (enum nbmap_flavor)f,
				};

				job.place.cell = job.cell;
				if (options->flavors & 1u << f)
					good &= run_rounds(&job, csv);
			}
	return good;
}
