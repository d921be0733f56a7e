/* pin: see pin.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_setaffinity() */
#endif
#include "pin.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

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
		if (sched_setaffinity(0, sizeof(one), &one))
			fprintf(stderr, "a thread is not bound to a processor: %s\n", strerror(errno));
		return;
	}
}
