/*
 * nbmap-scale-real: the model's cells by real threads, so that the model can be held
 * against them; and what the machine takes for a line.
 *
 * Each round has a map of its own.  A thread is pinned, a processor each.  A round in which
 * one of them lost its processor to another program, or in which they were not at work at
 * the same time, is no round: it is tried again, TRIES times, and then left out.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RUSAGE_THREAD */
#endif
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/resource.h>

#include "await.h"
#include "calibrate.h"
#include "cell.h"
#include "csv.h"
#include "options.h"
#include "pin.h"
#include "seconds.h"

#define THREADS 64
#define TRIES 10
#define TOGETHER 0.9
#define SPINS 2000 /* before the processor is left to another */

struct real {
	_Alignas(64) struct work work;
	uint64_t warm, ops;
	pthread_barrier_t *ready;
	double began, ended;
	long losses;
};

struct printing {
	const struct options *options;
	FILE *out;
	unsigned cells;
};

/* How often the caller has lost its processor to another. */
static long losses(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nivcsw;
}

void work_between(void)
{
}

void await_change(_Atomic uint32_t *word, uint32_t seen)
{
	/* Relaxed: the caller looks again. */
	for (unsigned i = 0; atomic_load_explicit(word, memory_order_relaxed) == seen; i++) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
		if (i == SPINS) {
			sched_yield();
			return;
		}
	}
}

static void *run_thread(void *arg)
{
	struct real *self = arg;
	struct work *work = &self->work;

	pin_to(work->thread);
	/* Before the thread is online: who waits at a barrier announces nothing. */
	work->subject->begin(work->map, work->thread);
	work->ops = self->warm;
	work_run(work);
	work->subject->end(work->map);
	pthread_barrier_wait(self->ready);
	work->subject->begin(work->map, work->thread);
	self->losses = losses();
	self->began = seconds_now();
	work->ops = self->ops;
	work_run(work);
	self->ended = seconds_now();
	self->losses = losses() - self->losses;
	work->subject->end(work->map);
	return NULL;
}

/* Whether all threads were at work for nearly all the time, and nobody else was. */
static bool undisturbed(const struct real *threads, unsigned count)
{
	double first = threads[0].began, last = threads[0].ended, common;
	double latest = first, earliest = last;

	for (unsigned i = 0; i < count; i++) {
		if (threads[i].losses)
			return false;
		first = threads[i].began < first ? threads[i].began : first;
		latest = threads[i].began > latest ? threads[i].began : latest;
		last = threads[i].ended > last ? threads[i].ended : last;
		earliest = threads[i].ended < earliest ? threads[i].ended : earliest;
	}
	common = earliest - latest;
	return common > TOGETHER * (last - first);
}

/* In Mops; 0 if it was disturbed. */
static double measure(const struct cell *cell, const struct options *options)
{
	uint64_t ops = cell_share(options->ops, cell->threads), total = (options->warm + ops) * cell->threads;
	struct real *threads = aligned_alloc(64, cell->threads * sizeof(*threads));
	pthread_t made[THREADS];
	pthread_barrier_t ready;
	double mops = 0;
	void *map;

	if (!threads)
		subject_fail("no memory for threads");
	pin_to(0);
	map = workload_prepare(cell->workload, cell->subject, cell->n, total);
	pthread_barrier_init(&ready, NULL, cell->threads);
	for (unsigned i = 0; i < cell->threads; i++) {
		threads[i] = (struct real){
			.work = cell_work(cell, map, i, options->seed),
			.warm = options->warm,
			.ops = ops,
			.ready = &ready,
		};
		if (pthread_create(&made[i], NULL, run_thread, &threads[i]))
			subject_fail("no thread");
	}
	for (unsigned i = 0; i < cell->threads; i++) {
		pthread_join(made[i], NULL);
		mops += (double)ops / (threads[i].ended - threads[i].began) / 1e6;
	}
	pthread_barrier_destroy(&ready);
	cell->subject->destroy(map);
	mops = options->disturbed || undisturbed(threads, cell->threads) ? mops : 0;
	free(threads);
	return mops;
}

static void run_cell(const struct cell *cell, void *arg)
{
	struct printing *printing = arg;
	struct csv_place place = {"scale_real", cell_name(cell), cell->threads, cell->subject->name, cell->round};

	double mops = 0;

	for (unsigned i = 0; i < TRIES && !(mops > 0); i++)
		mops = measure(cell, printing->options);
	printing->cells++;
	if (mops > 0)
		csv_row(printing->out, &place, "real_mops", mops);
}

int main(int argc, char **argv)
{
	struct options options;
	int status = options_parse(argc, argv, THREADS, &options);
	struct printing printing = {.options = &options, .out = stdout};

	if (status >= 0)
		return status;
	if (options.csv && !(printing.out = fopen(options.csv, "w"))) {
		perror(options.csv);
		return EXIT_FAILURE;
	}
	if (options.calibrate)
		calibrate(&options.costs);
	csv_about(printing.out, options.seed);
	costs_print(&options.costs, printing.out);
	csv_columns(printing.out);
	cells_each(&options, run_cell, &printing);
	if (!printing.cells)
		subject_fail("no subject can do that");
	return EXIT_SUCCESS;
}
