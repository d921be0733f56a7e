/* hits: gets alone, of which none, half or all find their key. */
#include "field.h"
#include "workloads.h"

static void add_cell(struct field *field, const char *dist, unsigned hits, unsigned threads)
{
	struct field_cell *cell = field_cell(field);

	*cell = (struct field_cell){.dist = dist, .threads = threads, .get = 100, .each = threads == 1};
	snprintf(cell->name, sizeof(cell->name), "n=%llu;hits=%u", (unsigned long long)field->n, hits);
}

bool hits_run(const struct options *options, FILE *csv)
{
	struct argument_list full = {3, {10000, 1000000, 10000000}}, quick = {2, {10000, 1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++) {
		struct field field = {.options = options, .workload = "hits", .n = sizes.at[i]};

		for (unsigned t = 0; t < options->threads.count; t++) {
			add_cell(&field, "absent", 0, (unsigned)options->threads.at[t]);
			add_cell(&field, "uniform", 50, (unsigned)options->threads.at[t]);
			add_cell(&field, "present", 100, (unsigned)options->threads.at[t]);
		}
		good &= field_run(&field, csv);
	}
	return good;
}
