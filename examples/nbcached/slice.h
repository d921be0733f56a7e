/*
 * slice: how long a worker may run while another thread waits for its processor.
 *
 * Where clients or other programs share processors with the server, a worker that is woken
 * for a command waits for the rest of the other's slice: a millisecond or three.  Threads
 * with short slices wait for less.  They get no more of the processor, but get it more often,
 * so this takes no privilege.  Linux has it from 6.12 on; an older one keeps its slices.
 */
#ifndef NBCACHED_SLICE_H
#define NBCACHED_SLICE_H

/* For the calling thread; not if its scheduling policy is another than the usual. */
void slice_shorten(void);

#endif
