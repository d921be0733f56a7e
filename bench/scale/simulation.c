/*
 * simulation: see simulation.h.
 *
 * A cell begins warm.  The caches are given what they would have after a long time, as far
 * as that can be drawn: a line was last written by some core, and since then read by k
 * others, where each access is a write with probability u: k is geometric, and at most as
 * many copies as all caches have room for.  Hints are taken for read by all since they were
 * written.  Then each thread does some operations that are not counted.
 */
#include "simulation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "await.h"
#include "draw.h"
#include "machine.h"
#include "spans.h"
#include "system.h"

#define LINE 64
#define OWN_THREADS 2 /* of the domain: its clock and its freer */

struct simulated {
	struct work work;
	uint64_t warm, ops;
	unsigned *arrived, threads;
	uint64_t began, ended;
};

static uint64_t call_cost;

void work_between(void)
{
	machine_spend(call_cost);
}

void await_change(_Atomic uint32_t *word, uint32_t seen)
{
	machine_await((const volatile void *)(uintptr_t)word, seen);
}

static uint64_t ps(double ns)
{
	return (uint64_t)(ns * 1000);
}

static size_t power_of_two(double least)
{
	size_t n = DIRECTORY_WAYS;

	while ((double)n < least)
		n *= 2;
	return n;
}

static struct directory *make_directory(const struct costs *costs, unsigned cores)
{
	const double *of = costs->of;
	unsigned socket = of[COST_SOCKET] >= 1 ? (unsigned)of[COST_SOCKET] : 1;
	unsigned sockets = (cores + socket - 1) / socket;
	struct directory_shape shape = {
		.cores = cores,
		.socket_cores = socket,
		.cache_lines = power_of_two(of[COST_CACHE] * 1024 / LINE),
		.llc_lines = (size_t)(of[COST_LLC] * sockets * 1024 * 1024 / LINE),
		.load = {[DIRECTORY_LLC] = ps(of[COST_LOAD_LLC]),
			 [DIRECTORY_MEMORY] = ps(of[COST_LOAD_MEMORY]),
			 [DIRECTORY_OWNER] = ps(of[COST_LOAD_OWNER])},
		.own = {[DIRECTORY_LLC] = ps(of[COST_OWN_LLC]),
			[DIRECTORY_MEMORY] = ps(of[COST_OWN_MEMORY]),
			[DIRECTORY_OWNER] = ps(of[COST_OWN_OWNER]),
			[DIRECTORY_SHARERS] = ps(of[COST_OWN_SHARERS])},
		.migrates = of[COST_MIGRATES] != 0,
		.port = ps(of[COST_PORT]),
		.far = (unsigned)of[COST_FAR],
	};
	struct directory *directory = directory_new(&shape);

	if (!directory)
		subject_fail("no memory for the caches");
	return directory;
}

/* ---- Warm caches -------------------------------------------------------- */

/* How many have read a line since it was written, of at most `most`. */
static unsigned draw_readers(uint64_t random, unsigned updates, unsigned most)
{
	double u = updates / 100.0, x = ((double)(random >> 11) + 0.5) * 0x1p-53;
	double k;

	if (!updates)
		return most;
	if (updates == 100)
		return 0;
	k = log(x) / log(1 - u);
	return k < most ? (unsigned)k : most;
}

static void warm_line(struct directory *directory, uint64_t line, uint64_t *random, unsigned threads, unsigned updates,
		      unsigned most)
{
	unsigned readers = draw_readers(*random = draw_next(*random), updates, most);
	unsigned first = (unsigned)draw_below(*random = draw_next(*random), threads);

	if (updates)
		(void)directory_write(directory, first, line, 0);
	if (readers == threads) {
		for (unsigned i = 0; i < threads; i++)
			(void)directory_load(directory, i, line, 0);
		return;
	}
	for (unsigned i = 0; i < readers; i++) {
		unsigned reader = (unsigned)draw_below(*random = draw_next(*random), threads);

		(void)directory_load(directory, reader, line, 0);
	}
}

/* The lines that have a byte of it. */
static size_t lines_of(struct span_lines span)
{
	return span.size ? (span.start % LINE + span.size + LINE - 1) / LINE : 0;
}

static void warm_caches(struct directory *directory, const struct cell *cell, void *map, const struct options *options)
{
	struct span_lines slots = spans_lines(cell->subject, map), hints = spans_hints(cell->subject, map);
	size_t lines = lines_of(slots) + lines_of(hints);
	size_t room = (size_t)(options->costs.of[COST_CACHE] * 1024 / LINE);
	double copies = (double)room * cell->threads / (double)(lines + 1);
	unsigned most = copies < cell->threads ? (unsigned)copies : cell->threads;
	uint64_t random = draw_seed(options->seed, UINT16_MAX);

	for (size_t i = 0; i < lines_of(slots); i++)
		warm_line(directory, slots.start / LINE + i, &random, cell->threads, cell->workload->updates, most);
	for (size_t i = 0; i < lines_of(hints); i++)
		warm_line(directory, hints.start / LINE + i, &random, cell->threads, 0, most);
}

/* ---- Threads ------------------------------------------------------------ */

static void arrive(struct simulated *self)
{
	if (*self->arrived + 1 == self->threads)
		machine_settle();
	machine_arrive(self->arrived, self->threads);
}

static void run_thread(void *arg)
{
	struct simulated *self = arg;
	struct work *work = &self->work;

	work->subject->begin(work->map, work->thread);
	work->ops = self->warm;
	work_run(work);
	arrive(self);
	self->began = machine_now();
	work->ops = self->ops;
	work_run(work);
	self->ended = machine_now();
	work->subject->end(work->map);
}

static struct simulated *run_threads(const struct cell *cell, void *map, const struct options *options)
{
	struct simulated *threads = calloc(cell->threads, sizeof(*threads));
	struct machine_thread **made = calloc(cell->threads, sizeof(*made));
	unsigned arrived = 0;

	if (!threads || !made)
		subject_fail("no memory for threads");
	for (unsigned i = 0; i < cell->threads; i++) {
		threads[i] = (struct simulated){
			.work = cell_work(cell, map, i, options->seed),
			.warm = options->warm,
			.ops = cell_share(options->ops, cell->threads),
			.arrived = &arrived,
			.threads = cell->threads,
		};
		made[i] = machine_spawn(i, run_thread, &threads[i]);
	}
	for (unsigned i = 0; i < cell->threads; i++)
		machine_join(made[i]);
	free(made);
	return threads;
}

/* ---- Results ------------------------------------------------------------ */

static struct cell_result result_of(const struct simulated *threads, unsigned count)
{
	struct machine_totals totals = machine_totals();
	struct cell_result result = {0};

	for (unsigned i = 0; i < count; i++) {
		result.ops += (double)threads[i].ops;
		result.mops += (double)threads[i].ops / (double)(threads[i].ended - threads[i].began) * 1e6;
	}
	result.accesses = (double)totals.accesses / result.ops;
	result.rmws = (double)totals.rmws / result.ops;
	result.blocks = (double)totals.blocks / result.ops;
	result.wrong = (double)totals.wrong / result.ops;
	result.taken = (double)totals.taken / result.ops;
	result.transfers = (double)(totals.sources[DIRECTORY_OWNER] + totals.sources[DIRECTORY_SHARERS]) / result.ops;
	result.misses = (double)(totals.sources[DIRECTORY_LLC] + totals.sources[DIRECTORY_MEMORY]) / result.ops;
	return result;
}

struct collecting {
	struct simulation_report *report;
	const struct subject *subject;
	void *map;
	double ops;
};

static void collect(const struct directory_line *line, void *arg)
{
	struct collecting *collecting = arg;
	struct simulation_report *report = collecting->report;
	const char *name = spans_name(collecting->subject, collecting->map, line->address);
	unsigned i = 0;

	while (i < report->count && strcmp(report->hot[i].what, name) != 0)
		i++;
	if (i == SIMULATION_HOT)
		return;
	if (i == report->count) {
		report->count++;
		snprintf(report->hot[i].what, sizeof(report->hot[i].what), "%s", name);
	}
	report->hot[i].taken += (double)line->taken / collecting->ops;
	report->hot[i].lines++;
	report->hot[i].code = line->code;
}

static int hotter(const void *a, const void *b)
{
	double left = ((const struct simulation_hot *)a)->taken, right = ((const struct simulation_hot *)b)->taken;

	return (left < right) - (left > right);
}

static void make_report(struct directory *directory, const struct cell *cell, void *map, double ops,
			struct simulation_report *report)
{
	struct collecting collecting = {report, cell->subject, map, ops};

	memset(report, 0, sizeof(*report));
	directory_taken(directory, collect, &collecting);
	qsort(report->hot, report->count, sizeof(report->hot[0]), hotter);
}

static struct machine_costs machine_costs_of(const struct costs *costs)
{
	return (struct machine_costs){
		.step = ps(costs->of[COST_STEP]),
		.rmw = ps(costs->of[COST_RMW]),
		.block = ps(costs->of[COST_BLOCK]),
		.guess = ps(costs->of[COST_GUESS]),
		.prefetch = ps(costs->of[COST_PREFETCH]),
		.window = ps(costs->of[COST_WINDOW]),
		.buffer = ps(costs->of[COST_BUFFER]),
		.system = ps(costs->of[COST_SYSTEM]),
	};
}

struct cell_result simulation_run(const struct cell *cell, const struct options *options,
				  struct simulation_report *report)
{
	unsigned cores = cell->threads + OWN_THREADS;
	struct directory *directory = make_directory(&options->costs, cores);
	struct machine_costs costs = machine_costs_of(&options->costs);
	uint64_t total = (options->warm + cell_share(options->ops, cell->threads)) * cell->threads;
	struct cell_result result;
	struct simulated *threads;
	void *map;

	call_cost = ps(options->costs.of[COST_CALL]);
	if (!machine_begin(cores, &costs, directory))
		subject_fail("no memory for threads");
	system_begin(options->processors ? options->processors : cell->threads, cell->threads);
	map = workload_prepare(cell->workload, cell->subject, cell->n, total);
	warm_caches(directory, cell, map, options);
	machine_settle();
	threads = run_threads(cell, map, options);
	result = result_of(threads, cell->threads);
	if (report)
		make_report(directory, cell, map, result.ops, report);
	if (options->check && !directory_valid(directory))
		subject_fail("the directory contradicts the caches");
	cell->subject->destroy(map);
	machine_end();
	directory_free(directory);
	free(threads);
	return result;
}
