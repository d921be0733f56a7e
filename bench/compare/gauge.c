/* gauge: see gauge.h. */
#include "gauge.h"

#include <stdlib.h>
#include <unistd.h>

#include "crew.h"
#include "footprint.h"
#include "tick.h"

#define LOOK_MS 2

/* Looks from one row to the next. */
#define STEP 50

/* Beyond this part of the machine's memory the system may end the process at any moment. */
#define MEMORY_PART 0.75

void gauge_begin(struct gauge *gauge, double seconds)
{
	*gauge = (struct gauge){.wanted = seconds, .room = (unsigned)(seconds * 1e3) / LOOK_MS};
	gauge->looks = calloc(gauge->room + 1, sizeof(*gauge->looks));
	if (!gauge->looks) {
		fputs("nbmap-bench: no memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	gauge->start = tick_now();
}

void gauge_end(struct gauge *gauge)
{
	free(gauge->looks);
	gauge->looks = NULL;
}

static bool memory_ends(void)
{
	double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);

	return footprint_resident() > memory * MEMORY_PART;
}

bool gauge_next(struct gauge *gauge)
{
	if (gauge->seconds >= gauge->wanted || gauge->memory_ends)
		return false;
	crew_pause(LOOK_MS / 1e3);
	gauge->seconds = (double)tick_ns(tick_now() - gauge->start) / 1e9;
	return true;
}

void gauge_record(struct gauge *gauge, uint64_t number)
{
	unsigned steps = gauge->count / STEP;

	while (gauge->count < gauge->room && gauge->seconds * 1e3 >= (gauge->count + 1) * LOOK_MS)
		gauge->looks[gauge->count++] = number;
	/* Takes longer than a look, hence not at each. */
	if (gauge->count / STEP > steps)
		gauge->memory_ends = memory_ends();
}

uint64_t gauge_peak(const struct gauge *gauge)
{
	uint64_t peak = 0;

	for (unsigned i = 0; i < gauge->count; i++) {
		if (peak < gauge->looks[i])
			peak = gauge->looks[i];
	}
	return peak;
}

double gauge_mean_of_last_half(const struct gauge *gauge)
{
	unsigned half = gauge->count / 2;
	double sum = 0;

	for (unsigned i = half; i < gauge->count; i++)
		sum += (double)gauge->looks[i];
	return gauge->count ? sum / (gauge->count - half) : 0;
}

void gauge_rows(const struct gauge *gauge, const struct csv_place *place, const char *name, FILE *out)
{
	for (unsigned i = STEP; i <= gauge->count; i += STEP) {
		char metric[64];

		snprintf(metric, sizeof(metric), "%s_%ums", name, i * LOOK_MS);
		csv_row(out, place, metric, (double)gauge->looks[i - 1]);
	}
}
