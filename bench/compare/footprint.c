/* footprint: see footprint.h. */
#include "footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
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

void footprint_warm(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return; /* a colder run, then */
	(void)madvise(block, bytes, MADV_HUGEPAGE);
	for (size_t at = 0; at < bytes; at += page)
		((volatile char *)block)[at] = 1;
	munmap(block, bytes);
}
