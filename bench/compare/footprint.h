/* footprint: how much memory the process takes. */
#ifndef COMPARE_FOOTPRINT_H
#define COMPARE_FOOTPRINT_H

/* Bytes of physical memory, by the kernel's account; ends the process if there is none. */
double footprint_resident(void);

/* Bytes that malloc() has given out, from its heaps and by mmap(); below 0: unknown. */
double footprint_allocated(void);

#endif
