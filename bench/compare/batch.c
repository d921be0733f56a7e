/* batch: windows of 32 keys, looked up by one call of nbmap_u64_get_batch() or one by one. */
#include <stdlib.h>

#include <urcu/urcu-qsbr.h>

#include <nbmap.h>

#include "child.h"
#include "contestant.h"
#include "crew.h"
#include "draw.h"
#include "keys.h"
#include "workloads.h"

#define WINDOW 32

/* As the other loops: the next announcement of a quiescent state. */
#define BLOCK 64

struct batch {
	const struct options *options;
	uint64_t n;
};

static inline void get_window(struct nbmap_u64 *map, const uint64_t keys[WINDOW], uint64_t *sum, bool whole)
{
	void *values[WINDOW];

	if (whole)
		nbmap_u64_get_batch(map, keys, values, WINDOW);
	for (unsigned i = 0; i < WINDOW; i++) {
		const void *value = whole ? values[i] : nbmap_u64_get(map, keys[i]);

		if (value)
			*sum += nbmap_int_of(value);
	}
}

static inline void get_windows(struct nbmap_u64 *map, struct shift *shift, bool whole)
{
	uint64_t keys[WINDOW], x = shift->seed, sum = 0, ops = 0;

	do {
		for (unsigned window = 0; window < BLOCK / WINDOW; window++) {
			for (unsigned i = 0; i < WINDOW; i++) {
				x = draw_next(x);
				keys[i] = key_u64(draw_below(x, shift->to));
			}
			get_window(map, keys, &sum, whole);
		}
		ops += BLOCK;
		__atomic_store_n(&shift->ops, ops, __ATOMIC_RELEASE);
		urcu_qsbr_quiescent_state();
	} while (!__atomic_load_n(shift->stop, __ATOMIC_RELAXED));
	shift->sum = sum;
}

static void loop_batch(void *map, struct shift *shift)
{
	get_windows(map, shift, true);
}

static void loop_single(void *map, struct shift *shift)
{
	get_windows(map, shift, false);
}

static void loop_fill(void *map, struct shift *shift)
{
	for (uint64_t at = shift->from; at < shift->to; at++) {
		if (nbmap_u64_add(map, key_u64(at), nbmap_int(at + 1), NULL))
			peer_exhausted("nbmap");
		if (at % BLOCK == 0)
			urcu_qsbr_quiescent_state();
	}
}

static void run(struct nbmap_u64 *map, const struct batch *batch, bool whole, struct csv_place *place, unsigned hits,
		FILE *out)
{
	struct shift shift = {
		.seed = draw_mix(batch->options->seed + place->round),
		.to = batch->n * 100 / hits,
	};
	struct crew *crew = crew_new(place->threads, &peer_nbmap, map, whole ? loop_batch : loop_single, &shift);
	char cell[64];

	snprintf(cell, sizeof(cell), "n=%llu;hits=%u;batch=%u", (unsigned long long)batch->n, hits, whole ? WINDOW : 1);
	place->cell = cell;
	child_announce(out, place);
	if (!crew_run(crew, batch->options->run_seconds))
		child_give_up(out, place);
	csv_row(out, place, "mops", crew_rate(crew) / 1e6);
	crew_free(crew);
}

static void run_rounds(struct nbmap_u64 *map, const struct batch *batch, unsigned threads, unsigned hits, FILE *out)
{
	struct csv_place place = {"batch", NULL, threads, "nbmap", 0};

	for (place.round = 1; place.round <= batch->options->rounds; place.round++) {
		run(map, batch, true, &place, hits, out);
		run(map, batch, false, &place, hits, out);
	}
}

static void work(const void *arg, FILE *out)
{
	const struct batch *batch = arg;
	const struct argument_list *threads = &batch->options->threads;
	struct nbmap_config config = {.flavor = NBMAP_QSBR};
	struct nbmap_u64 *map;

	if (nbmap_u64_new(&map, &config))
		peer_exhausted("nbmap");

	struct shift filling = {.to = batch->n};
	struct crew *crew = crew_new(1, &peer_nbmap, map, loop_fill, &filling);

	/* Without a time box: the peer is nbmap alone. */
	if (!crew_run(crew, 1e6))
		exit(EXIT_FAILURE);
	crew_free(crew);
	for (unsigned t = 0; t < threads->count; t++) {
		run_rounds(map, batch, (unsigned)threads->at[t], 100, out);
		run_rounds(map, batch, (unsigned)threads->at[t], 50, out);
	}
	nbmap_u64_destroy(map);
}

bool batch_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {2, {1000000, 10000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	/* The first peer is nbmap. */
	if (!contestant_exists(options, 0, false))
		return true;
	for (unsigned i = 0; i < sizes.count; i++) {
		struct batch batch = {options, sizes.at[i]};

		good &= child_run(csv, workload_silence(options), work, &batch);
	}
	return good;
}
