/*
 * resident: how much of the process lies in memory.
 *
 * What malloc keeps of freed blocks is not the map's doing: glibc holds on to
 * free pages between blocks in use and to the free top of each arena, and how
 * much that is depends on which thread freed what.  resident_trimmed() has it
 * give back every page that is wholly free.  It can do so for the top of its
 * first arena only, so resident_begin() has all threads share that one.  A
 * page that holds one block in use stays: fragmentation is measured.
 *
 * Linux, glibc.  The kernel keeps its counts by processor and is off by some
 * dozens of pages for each.
 */
#ifndef CHURN_RESIDENT_H
#define CHURN_RESIDENT_H

#include <stdint.h>

/* First call of a process, before it has threads. */
void resident_begin(void);

/* Bytes, from /proc/self/statm.  All of these end the program if they cannot tell. */
uint64_t resident_now(void);

/* The same, when malloc has given back what it can. */
uint64_t resident_trimmed(void);

/* Bytes of malloc's blocks that are in use: keys, values, batches, and tables too
 * small to be mapped. */
uint64_t resident_in_use(void);

/* The most there ever was, from /proc/self/status. */
uint64_t resident_peak(void);

#endif
