/* field: see field.h. */
#include "field.h"

#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "contestant.h"
#include "draw.h"
#include "workload.h"
#include "zipf.h"

/* A run is preceded by one of this part of its length, which is not counted. */
#define WARM_UP 0.2

/* Before that each thread gets one key in so many, all over the map, for a few seconds at most: some systems take
 * away memory that was idle while others had their turn, and give it back page by page, in microseconds each. */
#define TOUCHED_SHARE 16
#define TOUCH_SECONDS 3

/* How often a map that does not get full in time is left as it is for a new one. */
#define ATTEMPTS 3

struct party {
	const struct field *field;
	FILE *out;
	struct key_strings strings;
	uint32_t *ring;
	struct contestant contestants[PEERS_MAX]; /* as in peers[]; without an entry: takes no part */
};

struct field_cell *field_cell(struct field *field)
{
	if (field->cells == FIELD_CELLS) {
		fprintf(stderr, "nbmap-bench: %s: more than %d cells\n", field->workload, FIELD_CELLS);
		exit(EXIT_FAILURE);
	}
	return &field->cell[field->cells++];
}

static void leave(struct party *party, unsigned which, const struct csv_place *place)
{
	csv_row(party->out, place, "finished", 0);
	party->contestants[which].entry = NULL;
}

static void fill(struct party *party, unsigned which)
{
	const struct field *field = party->field;
	struct contestant *contestant = &party->contestants[which];
	struct csv_place place = {field->workload, "fill", 1, peers[which].name, 0};
	char cell[64];
	double seconds;

	snprintf(cell, sizeof(cell), "n=%llu;start=growing", (unsigned long long)field->n);
	place.cell = cell;
	child_announce(party->out, &place);
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (contestant_new(contestant, field->options, which, field->strings, 0) &&
		    contestant_fill(contestant, field->n, 1, &party->strings, field->options->time_box, &seconds))
			return;
		leave(party, which, &place);
	}
}

static bool touch(struct contestant *contestant, const struct contestant_mix *mix)
{
	struct contestant_mix touching = *mix;
	double mops;

	touching.dist = "uniform";
	touching.ring = NULL;
	touching.get = 100;
	touching.insert = touching.remove = touching.update = 0;
	touching.quota = mix->n / TOUCHED_SHARE;
	return contestant_mix(contestant, &touching, TOUCH_SECONDS, &mops);
}

static void measure(struct party *party, const struct field_cell *cell, unsigned which, unsigned round)
{
	const struct options *options = party->field->options;
	struct contestant *contestant = &party->contestants[which];
	struct csv_place place = {party->field->workload, cell->name, cell->threads, peers[which].name, round};
	struct contestant_mix mix = {
		.n = party->field->n,
		.dist = cell->dist,
		.threads = cell->threads,
		.get = cell->get,
		.insert = cell->insert,
		.remove = cell->remove,
		.update = cell->update,
		.ring = strcmp(cell->dist, "zipf") == 0 ? party->ring : NULL,
		.strings = &party->strings,
		.seed = draw_mix(options->seed + round),
	};
	double mops;

	child_announce(party->out, &place);

	bool done = (contestant->java || touch(contestant, &mix)) &&
		    contestant_mix(contestant, &mix, options->run_seconds * WARM_UP, &mops);

	mix.seed = draw_mix(mix.seed);
	if (!done || !contestant_mix(contestant, &mix, options->run_seconds, &mops)) {
		leave(party, which, &place);
		return;
	}
	csv_row(party->out, &place, "mops", mops);
	if (cell->each)
		csv_row(party->out, &place, "ns_op", 1e3 / mops);
}

static void measure_cell(struct party *party, const struct field_cell *cell)
{
	for (unsigned round = 1; round <= party->field->options->rounds; round++) {
		for (unsigned which = 0; peers[which].name; which++) {
			if (party->contestants[which].entry &&
			    contestant_runs(which, party->field->strings, cell->threads))
				measure(party, cell, which, round);
		}
	}
}

static bool needs_ring(const struct field *field)
{
	for (unsigned i = 0; i < field->cells; i++) {
		if (strcmp(field->cell[i].dist, "zipf") == 0)
			return true;
	}
	return false;
}

static void work(const void *arg, FILE *out)
{
	const struct field *field = arg;
	struct party party = {.field = field, .out = out};

	if (field->strings && key_strings_make(&party.strings, 2 * field->n))
		exit(EXIT_FAILURE);
	if (needs_ring(field)) {
		party.ring = zipf_ring(2 * field->n, field->options->seed);
		if (!party.ring)
			exit(EXIT_FAILURE);
	}
	for (unsigned which = 0; peers[which].name; which++) {
		if (contestant_exists(field->options, which, field->strings))
			fill(&party, which);
	}
	for (unsigned i = 0; i < field->cells; i++)
		measure_cell(&party, &field->cell[i]);
	child_announce(out, NULL);
	for (unsigned which = 0; peers[which].name; which++) {
		if (party.contestants[which].entry)
			contestant_free(&party.contestants[which]);
	}
	free(party.ring);
	key_strings_free(&party.strings);
}

bool field_run(const struct field *field, FILE *csv)
{
	return child_run(csv, workload_silence(field->options), work, field);
}
