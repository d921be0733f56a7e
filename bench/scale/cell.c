/* cell: see cell.h. */
#include "cell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "zipf.h"

uint64_t cell_share(uint64_t total, unsigned threads)
{
	return (total + threads - 1) / threads;
}

const char *cell_name(const struct cell *cell)
{
	static char name[96];

	snprintf(name, sizeof(name), "kind=%s;n=%" PRIu64 ";dist=%s", cell->workload->name, cell->n,
		 cell->ring		 ? "zipf"
		 : cell->workload->draws ? "uniform"
					 : "fresh");
	return name;
}

static bool can(const struct subject *subject, const struct workload *workload)
{
	return (!workload->grows || subject->grows) && (!workload->boxes || subject->boxes);
}

static void each_thread_count(const struct options *options, struct cell *cell,
			      void (*run)(const struct cell *cell, void *arg), void *arg)
{
	for (unsigned s = 0; s < SUBJECTS; s++) {
		if (!(options->subjects >> s & 1) || !can(subjects[s], cell->workload))
			continue;
		cell->subject = subjects[s];
		for (unsigned t = 0; t < options->threads.count; t++) {
			cell->threads = (unsigned)options->threads.at[t];
			run(cell, arg);
		}
	}
}

static void each_dist(const struct options *options, struct cell *cell, void (*run)(const struct cell *cell, void *arg),
		      void *arg)
{
	bool mixes = cell->workload->updates > 0 && cell->workload->updates < 100;

	cell->ring = NULL;
	if (options->uniform || !cell->workload->draws)
		each_thread_count(options, cell, run, arg);
	if (options->zipf && cell->workload->draws) {
		uint32_t *ring = zipf_ring(mixes ? 2 * cell->n : cell->n, options->seed);

		if (!ring)
			subject_fail("no memory for keys");
		cell->ring = ring;
		each_thread_count(options, cell, run, arg);
		free(ring);
	}
}

void cells_each(const struct options *options, void (*run)(const struct cell *cell, void *arg), void *arg)
{
	for (unsigned i = 0; i < options->rounds * WORKLOADS; i++) {
		struct cell cell = {.workload = &workloads[i % WORKLOADS], .round = 1 + i / WORKLOADS};

		if (!(options->workloads >> i % WORKLOADS & 1))
			continue;
		for (unsigned j = 0; j < options->sizes.count; j++) {
			cell.n = options->sizes.at[j];
			each_dist(options, &cell, run, arg);
		}
	}
}

struct work cell_work(const struct cell *cell, void *map, unsigned thread, uint64_t seed)
{
	struct work work = {
		.workload = cell->workload,
		.subject = cell->subject,
		.map = map,
		.n = cell->n,
		.ring = cell->ring,
		.thread = thread,
	};

	work_begin(&work, seed);
	return work;
}
