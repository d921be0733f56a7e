/* real_rows: see real_rows.h. */
#include "real_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 100

struct row {
	char cell[96], subject[16];
	unsigned threads;
	double mops;
};

struct real_rows {
	struct row *row;
	size_t count, room;
};

static void add(struct real_rows *rows, const struct row *row)
{
	if (rows->count == rows->room) {
		struct row *more = realloc(rows->row, (2 * rows->room + 64) * sizeof(*more));

		if (!more)
			abort();
		rows->row = more;
		rows->room = 2 * rows->room + 64;
	}
	rows->row[rows->count++] = *row;
}

struct real_rows *real_rows_read(const char *path)
{
	struct real_rows *rows = calloc(1, sizeof(*rows));
	FILE *in = fopen(path, "r");
	char line[256];
	struct row row;

	while (rows && in && fgets(line, sizeof(line), in))
		if (sscanf(line, "scale_real,%95[^,],%u,%15[^,],%*u,real_mops,%lf", row.cell, &row.threads, row.subject,
			   &row.mops) == 4)
			add(rows, &row);
	if (in)
		fclose(in);
	if (!rows || !rows->count) {
		fprintf(stderr, "%s: no rows of real runs\n", path);
		real_rows_free(rows);
		return NULL;
	}
	return rows;
}

void real_rows_free(struct real_rows *rows)
{
	if (rows)
		free(rows->row);
	free(rows);
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double real_rows_median(const struct real_rows *rows, const char *cell, unsigned threads, const char *subject)
{
	double mops[ROUNDS];
	size_t count = 0;

	for (size_t i = 0; i < rows->count && count < ROUNDS; i++) {
		const struct row *row = &rows->row[i];

		if (row->threads == threads && !strcmp(row->cell, cell) && !strcmp(row->subject, subject))
			mops[count++] = row->mops;
	}
	qsort(mops, count, sizeof(mops[0]), by_value);
	return count ? mops[count / 2] : 0;
}
