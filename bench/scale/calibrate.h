/*
 * calibrate: what this machine takes for a line, measured.
 */
#ifndef SCALE_CALIBRATE_H
#define SCALE_CALIBRATE_H

#include "costs.h"

/* By the caller and, where there are two processors, another thread.  What cannot be
 * measured stays as it is.  Takes a few seconds. */
void calibrate(struct costs *costs);

#endif
