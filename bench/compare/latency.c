/*
 * latency: each operation timed.  Writes: inserts while the map grows from
 * empty to n entries, and then overwriting in the still table of n.  Reads:
 * gets of present keys by one thread beside a writer that fills the map, and
 * beside one that overwrites in the still table, so that as many processors
 * work.  The peer empty gives the floor.
 */
#include <stdlib.h>

#include "child.h"
#include "contestant.h"
#include "crew.h"
#include "trial.h"
#include "workloads.h"

enum { WRITES, READS };

/* Overwriting for so long, as a part of n, before it is measured: a table that has just grown is not yet still. */
#define SETTLE_PART 4

static void print_histogram(const struct trial *trial, const char *cell, const struct histogram *histogram, FILE *out)
{
	static const struct {
		const char *metric;
		double percentile;
	} rows[] = {
		{"p50_ns", 50},	    {"p90_ns", 90},	  {"p99_ns", 99},
		{"p99.9_ns", 99.9}, {"p99.99_ns", 99.99}, {"p99.999_ns", 99.999},
	};
	struct csv_place place = trial->place;

	place.cell = cell;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		csv_row(out, &place, rows[i].metric, (double)histogram_at(histogram, rows[i].percentile));
	csv_row(out, &place, "max_ns", (double)histogram_max(histogram));
	csv_row(out, &place, "finished", 1);
}

static void give_up(const struct trial *trial, const char *cell, FILE *out)
{
	struct csv_place place = trial->place;

	place.cell = cell;
	child_give_up(out, &place);
}

static void own_histograms(struct crew *crew)
{
	for (unsigned i = 0; i < crew->count; i++) {
		crew->tasks[i].shift.histogram = calloc(1, sizeof(struct histogram));
		if (!crew->tasks[i].shift.histogram) {
			fputs("nbmap-bench: no memory\n", stderr);
			exit(EXIT_FAILURE);
		}
	}
}

/* All of the crew's, in the first; frees the crew. */
static struct histogram *take_histogram(struct crew *crew)
{
	struct histogram *all = crew->tasks[0].shift.histogram;

	for (unsigned i = 1; i < crew->count; i++) {
		histogram_add(all, crew->tasks[i].shift.histogram);
		free(crew->tasks[i].shift.histogram);
	}
	crew_free(crew);
	return all;
}

static struct shift overwriting(const struct trial *trial, uint64_t quota)
{
	return (struct shift){
		.seed = draw_mix(trial->options->seed + trial->place.round),
		.to = trial->n,
		.quota = quota,
		.mixture = contestant_mixture(0, 0, 0),
	};
}

/* `crew` has the whole of n to do.  False if it has not. */
static bool run_to_end(const struct trial *trial, struct crew *crew, uint64_t ops)
{
	return crew_run(crew, trial->options->time_box) && crew_ops(crew) >= ops;
}

static void measure_writes(const struct trial *trial, void *map, FILE *out)
{
	const struct peer *peer = peers[trial->which].integers;
	unsigned threads = trial->place.threads;
	struct shift filling = {0}, over = overwriting(trial, trial->n / threads),
		     settling = overwriting(trial, trial->n / threads / SETTLE_PART);
	char growing[64], still[64];

	snprintf(growing, sizeof(growing), "n=%llu;op=insert;table=growing", (unsigned long long)trial->n);
	snprintf(still, sizeof(still), "n=%llu;op=update;table=still", (unsigned long long)trial->n);

	struct crew *crew = crew_new(threads, peer, map, peer->loops.timed_insert, &filling);

	for (unsigned i = 0; i < threads; i++) {
		crew->tasks[i].shift.from = trial->n * i / threads;
		crew->tasks[i].shift.to = trial->n * (i + 1) / threads;
	}
	own_histograms(crew);
	if (!run_to_end(trial, crew, trial->n))
		give_up(trial, growing, out);

	struct histogram *histogram = take_histogram(crew);

	print_histogram(trial, growing, histogram, out);
	free(histogram);
	crew = crew_new(threads, peer, map, peer->loops.mix, &settling);
	if (!run_to_end(trial, crew, settling.quota * threads))
		give_up(trial, still, out);
	crew_free(crew);
	crew = crew_new(threads, peer, map, peer->loops.timed_update, &over);
	own_histograms(crew);
	if (!run_to_end(trial, crew, over.quota * threads))
		give_up(trial, still, out);
	histogram = take_histogram(crew);
	print_histogram(trial, still, histogram, out);
	free(histogram);
}

/* A reader beside `writer`, which has `ops` to do, until that ends. */
static void measure_reader(const struct trial *trial, const char *cell, struct crew *writer, uint64_t ops,
			   const struct shift *reading, FILE *out)
{
	struct crew_task *first = &writer->tasks[0];
	struct crew *reader = crew_new(1, first->peer, first->map, first->peer->loops.timed_get, reading);

	own_histograms(reader);
	reader->tasks[0].cpu = 1;
	crew_start(reader);
	crew_start(writer);
	if (!crew_finish(writer, trial->options->time_box) || crew_ops(writer) < ops || !crew_finish(reader, 0))
		give_up(trial, cell, out);
	crew_free(writer);

	struct histogram *histogram = take_histogram(reader);

	print_histogram(trial, cell, histogram, out);
	free(histogram);
}

static void measure_reads(const struct trial *trial, void *map, FILE *out)
{
	const struct peer *peer = peers[trial->which].integers;
	struct shift filling = {.to = trial->n}, over = overwriting(trial, trial->n);
	struct shift reading = {.seed = draw_mix(~trial->options->seed + trial->place.round), .to = trial->n};
	char growing[64], still[64];

	snprintf(growing, sizeof(growing), "n=%llu;op=get;table=growing", (unsigned long long)trial->n);
	snprintf(still, sizeof(still), "n=%llu;op=get;table=still", (unsigned long long)trial->n);

	struct crew *writer = crew_new(1, peer, map, peer->loops.fill, &filling);

	reading.grown = &writer->tasks[0].shift.ops;
	measure_reader(trial, growing, writer, trial->n, &reading, out);
	over.quota = trial->n / SETTLE_PART;
	writer = crew_new(1, peer, map, peer->loops.mix, &over);
	if (!run_to_end(trial, writer, over.quota))
		give_up(trial, still, out);
	crew_free(writer);
	over.quota = trial->n;
	writer = crew_new(1, peer, map, peer->loops.mix, &over);
	reading.grown = NULL;
	measure_reader(trial, still, writer, over.quota, &reading, out);
}

static void work(const struct trial *trial, FILE *out)
{
	const struct peer *peer = peers[trial->which].integers;
	void *map = peer->create(0);

	if (!map)
		child_give_up(out, &trial->place);
	if (trial->kind == WRITES)
		measure_writes(trial, map, out);
	else
		measure_reads(trial, map, out);
	trial_end(trial, map, out);
}

static bool run_size(const struct options *options, FILE *csv, uint64_t n)
{
	char writes[64], reads[64];
	bool good = true, two = false;

	snprintf(writes, sizeof(writes), "n=%llu;op=insert;table=growing", (unsigned long long)n);
	snprintf(reads, sizeof(reads), "n=%llu;op=get;table=growing", (unsigned long long)n);
	for (unsigned t = 0; t < options->threads.count; t++) {
		two |= options->threads.at[t] >= 2;
		good &= trial_rounds(options, csv, "latency", writes, (unsigned)options->threads.at[t], n, WRITES,
				     false, work);
	}
	if (two)
		good &= trial_rounds(options, csv, "latency", reads, 2, n, READS, false, work);
	return good;
}

bool latency_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {1, {8000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++)
		good &= run_size(options, csv, sizes.at[i]);
	return good;
}
