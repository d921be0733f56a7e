/* footprint: how much memory the process takes, and what taking it costs. */
#ifndef COMPARE_FOOTPRINT_H
#define COMPARE_FOOTPRINT_H

#include <stddef.h>

/* Bytes of physical memory, by the kernel's account; ends the process if there is none. */
double footprint_resident(void);

/* Bytes that malloc() has given out, from its heaps and by mmap(); below 0: unknown. */
double footprint_allocated(void);

/*
 * Touch so much memory and give it back: the kernel then has it at hand.  A
 * hypervisor may take what has lain idle for some seconds away from a guest,
 * and gives it again page by page at the next touch, which takes twenty times
 * as long as the kernel's own part.
 */
void footprint_warm(size_t bytes);

#endif
