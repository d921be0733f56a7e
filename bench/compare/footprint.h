/* footprint: how much memory the process takes, and what taking it costs. */
#ifndef COMPARE_FOOTPRINT_H
#define COMPARE_FOOTPRINT_H

#include <stddef.h>

/* Bytes of physical memory, by the kernel's account; ends the process if there is none. */
double footprint_resident(void);

/* Bytes that malloc() has given out, from its heaps and by mmap(); below 0: unknown. */
double footprint_allocated(void);

/*
 * Touch so much memory and give it back, so that the kernel has it at hand; see
 * "Warm memory" in METHOD.md.
 */
void footprint_warm(size_t bytes);

#endif
