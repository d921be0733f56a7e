/* tick: see tick.h. */
#include "tick.h"

#define CALIBRATION_NS 100000000

uint64_t tick_scale = UINT64_C(1) << 32;

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void tick_calibrate(void)
{
#if defined(__x86_64__)
	uint64_t start = clock_ns(), first = tick_now(), end, last;

	do {
		end = clock_ns();
		last = tick_now();
	} while (end - start < CALIBRATION_NS);
	tick_scale = (uint64_t)((double)(end - start) / (double)(last - first) * 0x1p32);
#else
	(void)clock_ns;
#endif
}
