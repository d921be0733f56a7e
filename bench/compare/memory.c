/*
 * memory: bytes an entry, of a map that had room for n from the start, of one
 * that grew to n, and of the latter after nine of ten entries were removed and
 * the map was used a little.  Resident is what the kernel counts;
 * allocated, what malloc() has given out or, where a library maps memory
 * itself, its own account.  The same every time, hence one round.
 */
#include "child.h"
#include "contestant.h"
#include "crew.h"
#include "footprint.h"
#include "trial.h"
#include "workloads.h"

enum { PRESIZED, GROWN };

struct baseline {
	double resident;
	double allocated;
};

/* All by one thread. */
static void run(const struct trial *trial, const struct peer *peer, void *map, void (*loop)(void *, struct shift *),
		struct shift shift, const struct csv_place *place, FILE *out)
{
	struct crew *crew = crew_new(1, peer, map, loop, &shift);
	uint64_t ops = shift.quota ? shift.quota : shift.to - shift.from;

	if (!crew_run(crew, trial->options->time_box) || crew_ops(crew) < ops)
		child_give_up(out, place);
	crew_free(crew);
	if (peer->settle)
		peer->settle(map);
}

static void print(const struct trial *trial, void *map, const struct baseline *before, uint64_t entries,
		  const struct csv_place *place, FILE *out)
{
	const struct peer *peer = peers[trial->which].integers;
	double allocated = footprint_allocated();

	csv_row(out, place, "resident_bytes_entry", (footprint_resident() - before->resident) / (double)entries);
	if (peer->table_bytes)
		csv_row(out, place, "allocated_bytes_entry", (double)peer->table_bytes(map) / (double)entries);
	else if (allocated >= 0 && !peer->own_allocator)
		csv_row(out, place, "allocated_bytes_entry", (allocated - before->allocated) / (double)entries);
	csv_row(out, place, "finished", 1);
}

static void work(const struct trial *trial, FILE *out)
{
	const struct peer *peer = peers[trial->which].integers;
	void *nothing = peer_empty.create(0), *map;
	struct baseline before;
	struct csv_place removed = trial->place;
	char cell[64];

	/* Pages that the harness itself touches are no map's. */
	run(trial, &peer_empty, nothing, peer_empty.loops.fill, (struct shift){.to = 1}, &trial->place, out);
	peer_empty.destroy(nothing);
	before = (struct baseline){footprint_resident(), footprint_allocated()};
	map = peer->create(trial->kind == PRESIZED ? trial->n : 0);
	if (!map)
		child_give_up(out, &trial->place);
	run(trial, peer, map, peer->loops.fill, (struct shift){.to = trial->n}, &trial->place, out);
	print(trial, map, &before, trial->n, &trial->place, out);
	if (trial->kind == GROWN) {
		snprintf(cell, sizeof(cell), "n=%llu;after=removal", (unsigned long long)trial->n);
		removed.cell = cell;
		run(trial, peer, map, peer->loops.erase, (struct shift){.to = trial->n}, &removed, out);
		run(trial, peer, map, peer->loops.churn,
		    (struct shift){.from = trial->n, .to = trial->n, .quota = trial->n / 10}, &removed, out);
		print(trial, map, &before, (trial->n + 9) / 10, &removed, out);
	}
	trial_end(trial, map, out);
}

bool memory_run(const struct options *options, FILE *csv)
{
	static const char *const names[] = {[PRESIZED] = "presized", [GROWN] = "growth"};
	struct argument_list full = {2, {1000000, 10000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	struct options once = *options;
	bool good = true;

	once.rounds = 1;
	for (unsigned i = 0; i < sizes.count; i++) {
		for (unsigned kind = PRESIZED; kind <= GROWN; kind++) {
			char cell[64];

			snprintf(cell, sizeof(cell), "n=%llu;after=%s", (unsigned long long)sizes.at[i], names[kind]);
			good &= trial_rounds(&once, csv, "memory", cell, 1, sizes.at[i], kind, false, work);
		}
	}
	return good;
}
