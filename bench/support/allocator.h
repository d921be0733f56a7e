/*
 * allocator: which malloc() the process has.  What is measured of freeing much
 * at once is the allocator's as much as the map's: glibc's, for one, folds the
 * small blocks that lie in its fast bins together in one call of free(), which
 * then takes as long as there are blocks.
 */
#ifndef SUPPORT_ALLOCATOR_H
#define SUPPORT_ALLOCATOR_H

#include <stdbool.h>

/* From now on no fast bins; false if the allocator has no such thing. */
bool allocator_drop_fast_bins(void);

/* In small letters and digits; "libc" for the C library's as it comes. */
const char *allocator_name(void);

#endif
