/*
 * tick: the shortest interval timer there is.  On x86 the time-stamp counter,
 * measured against the clock once; elsewhere the clock itself.
 */
#ifndef COMPARE_TICK_H
#define COMPARE_TICK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds per tick times 2^32; filled by tick_calibrate(). */
#ifdef __cplusplus
extern "C" {
#endif
extern uint64_t tick_scale;

/* Takes a tenth of a second. */
void tick_calibrate(void);
#ifdef __cplusplus
}
#endif

static inline uint64_t tick_now(void)
{
#if defined(__x86_64__)
	/* The fence keeps loads of the operation before from being counted with the next. */
	__builtin_ia32_lfence();
	return __builtin_ia32_rdtsc();
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
#endif
}

static inline uint64_t tick_ns(uint64_t ticks)
{
	/* By halves, as the product of a long wait passes 64 bits. */
	return (ticks >> 32) * tick_scale + ((ticks & UINT32_MAX) * (tick_scale >> 16) >> 16);
}

#endif
