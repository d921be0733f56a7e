/*
 * mix: 2n keys of which about n are present, u% updates of which half insert
 * and half remove, the rest gets, drawn uniformly or with Zipf's distribution.
 */
#include "field.h"
#include "workloads.h"

static void add_cell(struct field *field, const char *dist, unsigned updates, unsigned threads)
{
	struct field_cell *cell = field_cell(field);

	*cell = (struct field_cell){
		.dist = dist,
		.threads = threads,
		.get = 100 - updates,
		.insert = (updates + 1) / 2,
		.remove = updates / 2,
	};
	snprintf(cell->name, sizeof(cell->name), "n=%llu;dist=%s;u=%u", (unsigned long long)field->n, dist, updates);
}

static void add_cells(struct field *field, const char *dist)
{
	const struct options *options = field->options;

	for (unsigned u = 0; u < options->updates.count; u++) {
		for (unsigned t = 0; t < options->threads.count; t++)
			add_cell(field, dist, (unsigned)options->updates.at[u], (unsigned)options->threads.at[t]);
	}
}

bool mix_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {3, {10000, 1000000, 10000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++) {
		struct field field = {.options = options, .workload = "mix", .n = sizes.at[i]};

		if (options->uniform)
			add_cells(&field, "uniform");
		if (options->zipf)
			add_cells(&field, "zipf");
		good &= field_run(&field, csv);
	}
	return good;
}
