/*
 * nbmap-scale: how maps would scale beyond this machine's processors, by a model.
 *
 *   recorder    each access of src/ and reclaim/, compiled for it, is one of the
 *   machine     simulated threads, in simulated time, of which
 *   directory   says what it takes: who has the line, and how far away
 *
 *   fiber       a simulated thread's stack and thread-local variables
 *   system      locks, sleep and clock in simulated time
 *   flavor      RCU for simulated threads
 *   subject     what is worked on: nbmap, and stand-ins
 *   workload    what is done
 *   costs       what is assumed; calibrate measures some of it
 *   spans       what lies where, by name
 *
 * nbmap-scale-real does the same by real threads, as far as there are processors, so that
 * the model can be held against it.
 *
 * What it is not: no TLB, no page faults, no bandwidth, no hyper-threads, no frequency, no
 * interrupts, no kernel; caches have one level before the last; a directory never forgets.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* personality() is Linux's */
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <unistd.h>

#include "csv.h"
#include "directory.h"
#include "fit.h"
#include "options.h"
#include "real_rows.h"
#include "simulation.h"

#define NEAR 1.25

struct printing {
	const struct options *options;
	FILE *out;
	double first; /* mops of one thread, of the cells before; 0: not known */
	unsigned cells;
	struct real_rows *real; /* or NULL */
	unsigned held, near;	/* against real runs; and within NEAR of them */
	struct fit fit;
};

static void print_hot(const struct simulation_report *report, const struct cell *cell, unsigned most)
{
	fprintf(stderr, "%s, %u threads, %s: taken from another core, per operation\n", cell_name(cell), cell->threads,
		cell->subject->name);
	for (unsigned i = 0; i < report->count && i < most; i++)
		fprintf(stderr, "  %9.5f in %7u lines  %s (%#lx)\n", report->hot[i].taken, report->hot[i].lines,
			report->hot[i].what, (unsigned long)report->hot[i].code);
}

static void print_rows(struct printing *printing, const struct cell *cell, const struct cell_result *result,
		       double real)
{
	struct csv_place place = {printing->real ? "scale_check" : "scale", cell_name(cell), cell->threads,
				  cell->subject->name, cell->round};

	if (cell->threads == 1)
		printing->first = result->mops;
	csv_row(printing->out, &place, "model_mops", result->mops);
	if (printing->first > 0)
		csv_row(printing->out, &place, "efficiency", result->mops / (printing->first * cell->threads));
	csv_row(printing->out, &place, "taken", result->taken);
	csv_row(printing->out, &place, "transfers", result->transfers);
	csv_row(printing->out, &place, "misses", result->misses);
	csv_row(printing->out, &place, "accesses", result->accesses);
	csv_row(printing->out, &place, "rmws", result->rmws);
	csv_row(printing->out, &place, "blocks", result->blocks);
	csv_row(printing->out, &place, "wrong", result->wrong);
	if (real > 0) {
		double ratio = result->mops / real;

		csv_row(printing->out, &place, "real_mops", real);
		csv_row(printing->out, &place, "model_to_real", ratio);
		printing->held++;
		printing->near += ratio >= 1 / NEAR && ratio <= NEAR;
	}
}

static void run_cell(const struct cell *cell, void *arg)
{
	struct printing *printing = arg;
	struct simulation_report report;
	struct cell_result result = simulation_run(cell, printing->options, printing->options->hot ? &report : NULL);
	double real = printing->real
			      ? real_rows_median(printing->real, cell_name(cell), cell->threads, cell->subject->name)
			      : 0;

	if (!printing->options->fit)
		print_rows(printing, cell, &result, real);
	else if (cell->threads == 1 && real > 0)
		fit_add(&printing->fit, real, &result);
	if (printing->options->hot)
		print_hot(&report, cell, printing->options->hot);
	printing->cells++;
}

/*
 * Once more, where everything has the same address each time: which lines share a set of a
 * cache, or are at home far away, is a matter of addresses.  A system that refuses makes
 * runs differ a little, and no more.
 */
static void fix_addresses(char **argv)
{
	int now = personality(0xffffffff);

	if (now == -1 || now & ADDR_NO_RANDOMIZE || personality((unsigned long)now | ADDR_NO_RANDOMIZE) == -1)
		return;
	(void)execv("/proc/self/exe", argv);
}

/* 0, or the exit status. */
static int begin(struct printing *printing, const struct options *options)
{
	printing->options = options;
	printing->out = options->csv ? fopen(options->csv, "w") : stdout;
	if (!printing->out) {
		perror(options->csv);
		return EXIT_FAILURE;
	}
	if (options->real && !(printing->real = real_rows_read(options->real)))
		return EXIT_FAILURE;
	if (options->fit)
		return 0;
	csv_about(printing->out, options->seed);
	costs_print(&options->costs, printing->out);
	csv_columns(printing->out);
	return 0;
}

int main(int argc, char **argv)
{
	static struct printing printing;
	struct options options;
	/* Two more are the domain's threads'. */
	int status = options_parse(argc, argv, DIRECTORY_CORES - 2, &options);

	if (status >= 0)
		return status;
	fix_addresses(argv);
	options.rounds = 1; /* each is the same */
	status = begin(&printing, &options);
	if (status)
		return status;
	cells_each(&options, run_cell, &printing);
	if (!printing.cells)
		subject_fail("no subject can do that");
	if (options.fit) {
		fit_solve(&printing.fit, &options.costs);
		costs_print(&options.costs, printing.out);
	} else if (printing.held) {
		fprintf(stderr, "%u of %u cells are within 25 %% of the real runs\n", printing.near, printing.held);
	}
	real_rows_free(printing.real);
	return EXIT_SUCCESS;
}
