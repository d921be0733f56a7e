/*
 * resident: see resident.h.
 */
#include "resident.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn static void unreadable(const char *path)
{
	perror(path);
	exit(2);
}

void resident_begin(void)
{
	if (!mallopt(M_ARENA_MAX, 1)) {
		fputs("nbmap-churn: malloc does not take M_ARENA_MAX\n", stderr);
		exit(2);
	}
}

uint64_t resident_now(void)
{
	static const char path[] = "/proc/self/statm";
	FILE *file = fopen(path, "r");
	uint64_t size, pages;

	if (!file || fscanf(file, "%" SCNu64 " %" SCNu64, &size, &pages) != 2)
		unreadable(path);
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t resident_trimmed(void)
{
	malloc_trim(0);
	return resident_now();
}

uint64_t resident_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

uint64_t resident_peak(void)
{
	static const char path[] = "/proc/self/status";
	FILE *file = fopen(path, "r");
	uint64_t kilobytes = 0;
	char line[256];

	if (!file)
		unreadable(path);
	while (!kilobytes && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %" SCNu64 " kB", &kilobytes) != 1)
			kilobytes = 0;
	fclose(file);
	if (!kilobytes)
		unreadable(path);
	return kilobytes * 1024;
}
