/* pin: see pin.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_setaffinity() */
#endif
#include "pin.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>

static cpu_set_t usable;

/* Before any thread is bound. */
static __attribute__((constructor)) void learn(void)
{
	if (sched_getaffinity(0, sizeof(usable), &usable))
		CPU_ZERO(&usable);
}

void pin_to(unsigned which)
{
	int count = CPU_COUNT(&usable), skip = count ? (int)which % count : 0;
	cpu_set_t one;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &usable) || skip-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		(void)sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

double pin_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

long pin_losses(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nivcsw;
}
