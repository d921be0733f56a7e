/* seconds: see seconds.h. */
#include "seconds.h"

#define NS 1000000000L

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / NS;
}

struct timespec seconds_later(double seconds)
{
	struct timespec when;
	double whole = (double)(time_t)seconds;

	clock_gettime(CLOCK_MONOTONIC, &when);
	when.tv_nsec += (long)((seconds - whole) * NS);
	when.tv_sec += (time_t)whole + when.tv_nsec / NS;
	when.tv_nsec %= NS;
	return when;
}
