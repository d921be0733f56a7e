/*
 * outrun: do writers outrun reclamation?  Whatever they overwrite or remove
 * waits for a grace period and for a thread that frees it; if that cannot keep
 * up with them, what waits grows for as long as they write.  nbmap's
 * reclamation beside liburcu's call_rcu(), each with its own table, in all
 * flavours, by as many writers as asked for, with frees that cost nothing or
 * something.
 *
 * A run is a process of its own.  What it has freed in the end counts for no
 * number, and is time-boxed.
 */
#include "outrun.h"

#include <string.h>

#include "allocator.h"
#include "child.h"
#include "contestant.h"
#include "draw.h"
#include "flavor.h"
#include "workloads.h"

const char *const outrun_patterns[] = {
	[OUTRUN_OVERWRITE] = "overwrite", [OUTRUN_CHURN] = "churn", [OUTRUN_MIX] = "mix",
	[OUTRUN_BARRIER] = "barrier",	  [OUTRUN_CLEAR] = "clear", [OUTRUN_PATTERNS] = NULL,
};

/* What is run for a pattern. */
static const struct kind {
	enum outrun_pattern pattern;
	unsigned section;
	child_work *work;
	unsigned threads; /* always so many, or, for 0, those asked for */
	bool burdened;	  /* with each cost of a free */
	bool alone;	  /* nbmap only */
} kinds[] = {
	/* clang-format off */
	{OUTRUN_OVERWRITE, 20, outrun_writers, 0, true, false},
	{OUTRUN_OVERWRITE, 1, outrun_writers, 0, true, false},
	{OUTRUN_CHURN, 20, outrun_writers, 0, true, false},
	{OUTRUN_MIX, 1, outrun_writers, 0, true, false},
	{OUTRUN_BARRIER, 20, outrun_barrier, 3, true, true},
	{OUTRUN_CLEAR, 1, outrun_clear, 1, false, true},
	/* clang-format on */
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct side *const sides[] = {
	&side_nbmap,
#ifdef PEER_CDS_LFHT
	&side_cds_lfht,
#endif
};

#define SIDES (sizeof(sides) / sizeof(sides[0]))

static bool asked_for(const struct options *options, const struct side *side)
{
	for (unsigned i = 0; peers[i].name; i++) {
		if (strcmp(peers[i].name, side->name) == 0)
			return contestant_exists(options, i, false);
	}
	return false;
}

/* The numbers of writers.  The mixture is a cache's under load: 8 threads. */
static struct argument_list threads_of(const struct options *options, const struct kind *kind)
{
	struct argument_list full = {5, {1, 2, 4, 8, 16}}, quick = {2, {2, 8}}, mixing = {1, {8}};

	if (kind->threads)
		return (struct argument_list){1, {kind->threads}};
	if (options->threads_asked)
		return options->threads;
	return kind->pattern == OUTRUN_MIX ? mixing : options->quick ? quick : full;
}

static double seconds_of(const struct options *options)
{
	return options->millis_asked ? options->run_seconds : options->quick ? 0.3 : 20;
}

/* A row's cell; what frees is named if it is not the C library as it comes. */
static void name_cell(struct outrun_job *job)
{
	size_t room = sizeof(job->cell);
	int used = snprintf(job->cell, room, "pattern=%s", outrun_patterns[job->pattern]);

	if (job->pattern == OUTRUN_CLEAR)
		used += snprintf(job->cell + used, room - (size_t)used, ";n=%llu;flavor=%s", (unsigned long long)job->n,
				 flavor_names[job->flavor]);
	else
		used += snprintf(job->cell + used, room - (size_t)used, ";section=%u;flavor=%s;free=%llu", job->section,
				 flavor_names[job->flavor], (unsigned long long)job->free_ns);
	if (strcmp(allocator_name(), "libc") != 0)
		snprintf(job->cell + used, room - (size_t)used, ";malloc=%s", allocator_name());
	job->place.cell = job->cell;
}

/* All rounds of both sides. */
static bool run_rounds(const struct kind *kind, struct outrun_job *job, FILE *csv)
{
	const struct options *options = job->options;
	unsigned rounds = options->rounds_asked ? options->rounds : 1;
	double silence = job->seconds + options->time_box + (double)job->n * OUTRUN_SECONDS_ENTRY + 10;
	bool good = true;

	name_cell(job);
	for (job->place.round = 1; job->place.round <= rounds; job->place.round++) {
		for (unsigned i = 0; i < SIDES; i++) {
			job->side = sides[i];
			job->place.peer = sides[i]->name;
			if (asked_for(options, sides[i]) && (!kind->alone || sides[i] == &side_nbmap))
				good &= child_run(csv, silence, kind->work, job);
		}
	}
	return good;
}

/* All numbers of threads, or of entries in clear. */
static bool run_sizes(const struct kind *kind, struct outrun_job *job, FILE *csv)
{
	struct argument_list full = {1, {20000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(job->options, full, quick);
	struct argument_list threads = threads_of(job->options, kind);
	bool clear = kind->pattern == OUTRUN_CLEAR, good = true;

	for (unsigned t = 0; t < threads.count; t++) {
		job->place.threads = (unsigned)threads.at[t];
		for (unsigned i = 0; i < (clear ? sizes.count : 1); i++) {
			job->n = clear ? sizes.at[i] : 0;
			good &= run_rounds(kind, job, csv);
		}
	}
	return good;
}

bool outrun_run(const struct options *options, FILE *csv)
{
	bool good = true;

	for (unsigned k = 0; k < KINDS; k++) {
		const struct kind *kind = &kinds[k];
		unsigned burdens = kind->burdened ? options->free_ns.count : 1;

		if (!(options->patterns & 1u << kind->pattern))
			continue;
		for (unsigned b = 0; b < burdens; b++) {
			for (unsigned f = 0; flavor_names[f]; f++) {
				struct outrun_job job = {
					.options = options,
					.place = {.workload = "outrun"},
					.pattern = kind->pattern,
					.section = kind->section,
					.flavor = (enum nbmap_flavor)f,
					.free_ns = kind->burdened ? options->free_ns.at[b] : 0,
					.seconds = seconds_of(options),
				};

				if (options->flavors & 1u << f)
					good &= run_sizes(kind, &job, csv);
			}
		}
	}
	return good;
}
