/* footprint: see footprint.h. */
#include "footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef COMPARE_MALLINFO2
#include <malloc.h>
#endif

double footprint_resident(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	unsigned long pages;

	if (!statm || fscanf(statm, "%*u %lu", &pages) != 1) {
		fputs("nbmap-bench: /proc/self/statm cannot be read\n", stderr);
		exit(EXIT_FAILURE);
	}
	fclose(statm);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

double footprint_allocated(void)
{
#ifdef COMPARE_MALLINFO2
	struct mallinfo2 info = mallinfo2();

	return (double)info.uordblks + (double)info.hblkhd;
#else
	return -1;
#endif
}
