/*
 * workload: what each thread does, simulated or for real.
 *
 *   get        gets of keys that are there
 *   overwrite  puts over keys that are there
 *   insert     puts of keys of the thread's own, into a map with room for all
 *   remove     removes of keys that are there or not, each followed by a put of the same
 *   grow       as insert, into a map that was made as small as it can be
 *   boxed      as overwrite, of values in blocks, which reclamation frees
 *   count      counts all entries once in COUNT_EVERY operations; else as remove
 *   mix10      one operation in ten is an update, half of them puts, half removes, of 2n
 *              keys of which about n are there, in a map with room for 2n; the rest are gets
 *   mix50      the same with one in two
 *
 * In remove, the remove and the put are an operation each, which are not parted: there may
 * be one more than was asked for.
 */
#ifndef SCALE_WORKLOAD_H
#define SCALE_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "subject.h"

struct workload {
	const char *name;
	bool draws;	   /* keys, uniformly or by Zipf's law; else they are new */
	bool grows, boxes; /* what it asks of a subject */
	unsigned updates;  /* percent of the operations that write to a line of keys */
};

#define WORKLOADS 9
extern const struct workload workloads[WORKLOADS];

#define COUNT_EVERY 64

/* How many operations lie between two quiescent states. */
#define QUIESCENT_EVERY 64

/* One thread's part. */
struct work {
	const struct workload *workload;
	const struct subject *subject;
	void *map;
	uint64_t n;
	const uint32_t *ring; /* of keys, by Zipf's law; NULL: uniformly */
	unsigned thread;
	uint64_t ops;
	uint64_t start;
	uint64_t random, done; /* go on from call to call */
	uint64_t sum;
};

/* A map with what the workload finds there; `total` operations are to come. */
void *workload_prepare(const struct workload *workload, const struct subject *subject, uint64_t n, uint64_t total);

void work_begin(struct work *work, uint64_t seed);

/* work->ops operations. */
void work_run(struct work *work);

/* Called after each operation. */
void work_between(void);

#endif
