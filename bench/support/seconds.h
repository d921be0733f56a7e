/* seconds: a clock that no change of the date moves. */
#ifndef SUPPORT_SECONDS_H
#define SUPPORT_SECONDS_H

#include <time.h>

double seconds_now(void);

/* `seconds` from now, of CLOCK_MONOTONIC. */
struct timespec seconds_later(double seconds);

#endif
