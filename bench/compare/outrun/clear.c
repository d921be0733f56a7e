/*
 * clear: outrun's pattern in which a map of many strings is cleared at one
 * instant, which retires all its keys and values at once, while another map of
 * the same domain is overwritten: whether its writer is turned away, or made
 * to wait, for what it has no part in, until the last of it is freed.
 */
#include <errno.h>
#include <stdbool.h> /* for flavor.h of liburcu 0.15 */
#include <stdlib.h>
#include <string.h>

#include <urcu/flavor.h>

#include "child.h"
#include "crew.h"
#include "draw.h"
#include "footprint.h"
#include "gauge.h"
#include "outrun.h"
#include "outrun/nbmap_side.h"
#include "peers.h"
#include "tick.h"

#define FILLERS 2

/* Of a string with its NUL, and of a value. */
#define BLOCK 16

/* An entry's key, value and slots, also those of tables that it grew out of. */
#define WARM_BYTES_ENTRY 128

/* As the other loops: the next announcement of a quiescent state. */
#define PUTS_IN_SECTION 64

/* Keys and values of the large map that are not freed; one process has one such map. */
static struct tally living;

static void *copy_key(const void *key, void *arg)
{
	void *copy = nbmap_type_string()->key_dup(key, arg);

	if (copy)
		tally_add(&living, 1);
	return copy;
}

static void free_key(void *key, void *arg)
{
	nbmap_type_string()->key_free(key, arg);
	tally_add(&living, -1);
}

static void free_value(void *value, void *arg)
{
	(void)arg;
	free(value);
	tally_add(&living, -1);
}

static struct nbmap *new_strings(struct nbmap_domain *domain)
{
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type, .domain = domain};
	struct nbmap *strings;

	type.key_dup = copy_key;
	type.key_free = free_key;
	type.value_free = free_value;
	return nbmap_new(&strings, &config) == 0 ? strings : NULL;
}

/* Fifteen hexadecimal digits, all different for indices below 2^60. */
static void write_key(char key[BLOCK], uint64_t index)
{
	for (unsigned i = BLOCK - 1; i-- > 0; index >>= 4)
		key[i] = "0123456789abcdef"[index & 15];
	key[BLOCK - 1] = '\0';
}

static void fill_one(struct nbmap *strings, uint64_t index)
{
	char key[BLOCK];
	void *value = malloc(BLOCK);

	write_key(key, index);
	if (!value || nbmap_put(strings, key, value, NULL))
		peer_exhausted("nbmap");
	tally_add(&living, 1);
}

struct filling {
	const struct rcu_flavor_struct *urcu;
	enum nbmap_flavor flavor;
	struct nbmap *strings;
};

static void loop_fill(void *arg, struct shift *shift)
{
	const struct filling *filling = arg;

	filling->urcu->register_thread();
	for (uint64_t at = shift->from; at < shift->to;) {
		nbmap_enter(filling->strings);
		for (unsigned i = 0; i < PUTS_IN_SECTION && at < shift->to; i++)
			fill_one(filling->strings, at++);
		nbmap_leave(filling->strings);
		if (filling->flavor == NBMAP_QSBR)
			filling->urcu->read_quiescent_state();
	}
	filling->urcu->unregister_thread();
}

/* Without a time box but the child's: a map that cannot be filled is no result. */
static void fill(const struct outrun_job *job, const struct map *map, struct nbmap *strings)
{
	struct filling filling = {map->base.urcu, job->flavor, strings};
	struct shift shift = {0};
	struct crew *crew = crew_new(FILLERS, &peer_empty, &filling, loop_fill, &shift);

	for (unsigned i = 0; i < FILLERS; i++) {
		crew->tasks[i].shift.from = job->n * i / FILLERS;
		crew->tasks[i].shift.to = job->n * (i + 1) / FILLERS;
	}
	if (!crew_run(crew, 1e6))
		exit(EXIT_FAILURE);
	crew_free(crew);
	/* What growth has left behind is no part of what is cleared. */
	nbmap_barrier(strings);
}

/* How long the call took, in ns. */
static uint64_t clear(const struct map *map, struct nbmap *strings)
{
	uint64_t start;
	int err;

	map->base.urcu->register_thread();
	nbmap_enter(strings);
	start = tick_now();
	err = nbmap_clear(strings);
	start = tick_now() - start;
	nbmap_leave(strings);
	map->base.urcu->unregister_thread();
	if (err) {
		fprintf(stderr, "nbmap-bench: nbmap_clear: %s\n", strerror(-err));
		exit(EXIT_FAILURE);
	}
	return tick_ns(start);
}

/* Clear `strings` beside a writer of `map`, and see all of it freed. */
static void measure(const struct outrun_job *job, struct map *map, struct nbmap *strings, FILE *out)
{
	struct shift shift = {
		.seed = draw_mix(job->options->seed + job->place.round),
		.to = OUTRUN_KEYS,
		.histogram = calloc(1, sizeof(struct histogram)),
	};
	struct crew *writer = crew_new(job->place.threads, &peer_empty, map, job->side->loops.timed, &shift);
	struct gauge gauge;
	uint64_t ns;

	if (!shift.histogram)
		child_give_up(out, &job->place);
	crew_start(writer);
	gauge_begin(&gauge, job->options->time_box + (double)job->n * OUTRUN_SECONDS_ENTRY);
	ns = clear(map, strings);
	while (gauge_next(&gauge) && tally_sum(&living) > 0)
		gauge_record(&gauge, job->side->pending(map));
	if (tally_sum(&living) > 0 || !crew_finish(writer, 0))
		child_give_up(out, &job->place);
	csv_row(out, &job->place, "refused", (double)tally_sum(&map->base.refused));
	csv_row(out, &job->place, "peak_pending", (double)gauge_peak(&gauge));
	csv_row(out, &job->place, "p99.9_ns", (double)histogram_at(shift.histogram, 99.9));
	csv_row(out, &job->place, "max_ns", (double)histogram_max(shift.histogram));
	csv_row(out, &job->place, "mops", crew_rate(writer) / 1e6);
	csv_row(out, &job->place, "clear_ns", (double)ns);
	csv_row(out, &job->place, "drain_seconds", gauge.seconds);
	gauge_rows(&gauge, &job->place, "pending", out);
	csv_row(out, &job->place, "finished", 1);
	crew_free(writer);
	gauge_end(&gauge);
	free(shift.histogram);
}

void outrun_clear(const void *arg, FILE *out)
{
	const struct outrun_job *job = arg;
	struct side_config config = {job->flavor, job->section, OUTRUN_KEYS, OUTRUN_KEYS};
	struct nbmap *strings;
	struct map *map;

	child_announce(out, &job->place);
	footprint_warm(job->n * WARM_BYTES_ENTRY);
	map = job->side->create(&config);
	strings = map ? new_strings(map->domain) : NULL;
	if (!strings)
		child_give_up(out, &job->place);
	fill(job, map, strings);
	child_announce(out, &job->place);
	measure(job, map, strings, out);
	child_announce(out, NULL);
	nbmap_destroy(strings);
	job->side->destroy(map);
}
