/* csv: see csv.h. */
#include "csv.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/utsname.h>

#include "allocator.h"
#include "commit.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

static void print_date(FILE *out)
{
	char text[32] = "unknown";
	time_t now = time(NULL);
	struct tm utc;

	if (gmtime_r(&now, &utc))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fprintf(out, "# date: %s\n", text);
}

/* As Linux names it. */
static void print_cpu(FILE *out)
{
	static const char wanted[] = "model name";
	char line[256];
	const char *name = "unknown";
	FILE *info = fopen("/proc/cpuinfo", "r");

	while (info && fgets(line, sizeof(line), info)) {
		char *value = strstr(line, ": ");

		if (strncmp(line, wanted, sizeof(wanted) - 1) == 0 && value) {
			line[strcspn(line, "\n")] = '\0';
			name = value + 2;
			break;
		}
	}
	fprintf(out, "# cpu: %s\n", name);
	if (info)
		fclose(info);
}

void csv_about(FILE *out, uint64_t seed)
{
	struct utsname system;

	print_date(out);
	print_cpu(out);
	fprintf(out, "# cores: %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	if (uname(&system) == 0)
		fprintf(out, "# kernel: %s %s %s\n", system.sysname, system.release, system.machine);
	fprintf(out, "# compiler: %s\n", COMPILER);
	fprintf(out, "# flags: %s\n", BENCH_FLAGS);
	fprintf(out, "# malloc: %s\n", allocator_name());
	fprintf(out, "# commit: %s\n", BENCH_COMMIT);
	fprintf(out, "# seed: %" PRIu64 "\n", seed);
}

void csv_columns(FILE *out)
{
	fprintf(out, "workload,cell,threads,peer,round,metric,value\n");
}

void csv_place(FILE *out, const struct csv_place *place)
{
	fprintf(out, "%s,%s,%u,%s,%u", place->workload, place->cell, place->threads, place->peer, place->round);
}

void csv_row(FILE *out, const struct csv_place *place, const char *metric, double value)
{
	csv_place(out, place);
	fprintf(out, ",%s,%.9g\n", metric, value);
	fflush(out);
}
