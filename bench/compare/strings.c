/*
 * strings: as mix, uniform, with C strings for keys, which each map copies,
 * and values in malloc'ed blocks of 16 bytes, which it owns and frees.
 */
#include "field.h"
#include "workloads.h"

static void add_cell(struct field *field, unsigned updates, unsigned threads)
{
	struct field_cell *cell = field_cell(field);

	*cell = (struct field_cell){
		.dist = "uniform",
		.threads = threads,
		.get = 100 - updates,
		.insert = (updates + 1) / 2,
		.remove = updates / 2,
	};
	snprintf(cell->name, sizeof(cell->name), "n=%llu;u=%u", (unsigned long long)field->n, updates);
}

bool strings_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {2, {10000, 1000000}}, quick = {1, {100000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++) {
		struct field field = {.options = options, .workload = "strings", .strings = true, .n = sizes.at[i]};

		for (unsigned u = 0; u < options->updates.count; u++) {
			for (unsigned t = 0; t < options->threads.count; t++)
				add_cell(&field, (unsigned)options->updates.at[u], (unsigned)options->threads.at[t]);
		}
		good &= field_run(&field, csv);
	}
	return good;
}
