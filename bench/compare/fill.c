/* fill: n keys inserted into a map that has room for them from the start, and into one that grows from empty. */
#include "child.h"
#include "contestant.h"
#include "trial.h"
#include "workloads.h"

enum { PRESIZED, GROWING };

static void work(const struct trial *trial, FILE *out)
{
	struct contestant contestant;
	double seconds;

	if (!contestant_new(&contestant, trial->options, trial->which, false, trial->kind == PRESIZED ? trial->n : 0) ||
	    !contestant_fill(&contestant, trial->n, trial->place.threads, NULL, trial->options->time_box, &seconds))
		child_give_up(out, &trial->place);
	csv_row(out, &trial->place, "seconds", seconds);
	csv_row(out, &trial->place, "mops", (double)trial->n / seconds / 1e6);
	csv_row(out, &trial->place, "finished", 1);
	child_announce(out, NULL);
	contestant_free(&contestant);
}

static bool run_size(const struct options *options, FILE *csv, uint64_t n)
{
	static const char *const names[] = {[PRESIZED] = "presized", [GROWING] = "growing"};
	bool good = true;

	for (unsigned kind = PRESIZED; kind <= GROWING; kind++) {
		char cell[64];

		snprintf(cell, sizeof(cell), "n=%llu;start=%s", (unsigned long long)n, names[kind]);
		good &= trial_threads(options, csv, "fill", cell, n, kind, true, work);
	}
	return good;
}

bool fill_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {2, {1000000, 10000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++)
		good &= run_size(options, csv, sizes.at[i]);
	return good;
}
