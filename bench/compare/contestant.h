/* contestant: one peer's map in a run, whether of this process or Java's. */
#ifndef COMPARE_CONTESTANT_H
#define COMPARE_CONTESTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "peers.h"

struct contestant {
	const struct peers_entry *entry;
	const struct peer *peer; /* NULL: Java's */
	void *map;
	struct java *java;
};

/* What threads draw and do. */
struct contestant_mix {
	uint64_t n;	  /* present at the start: indices 0 to n - 1 */
	const char *dist; /* uniform or zipf over 2n indices; present, absent: over their half */
	unsigned threads;
	unsigned get, insert, remove, update; /* percentages */
	uint64_t quota;			      /* operations of each thread, at most; 0: any number; not in Java */
	bool tested;			      /* each answer is; not in Java */
	const uint32_t *ring;		      /* for zipf */
	const struct key_strings *strings;
	uint64_t seed;
};

/* Whether there is such a peer for this kind of key, and the options ask for it. */
bool contestant_exists(const struct options *options, unsigned which, bool strings);

/* Whether it can run with so many threads. */
bool contestant_runs(unsigned which, bool strings, unsigned threads);

/* peers[which] with a map with room for `capacity`.  False without memory, or without Java. */
bool contestant_new(struct contestant *contestant, const struct options *options, unsigned which, bool strings,
		    uint64_t capacity);
void contestant_free(struct contestant *contestant);

/* Insert indices 0 to n - 1 by `threads` threads.  False if the time box ended it: then only the process can end. */
bool contestant_fill(struct contestant *contestant, uint64_t n, unsigned threads, const struct key_strings *strings,
		     double time_box, double *seconds);

/* Millions of operations a second, for `seconds` or the quota.  False if threads hang. */
bool contestant_mix(struct contestant *contestant, const struct contestant_mix *mix, double seconds, double *mops);

/* The percentages as loops take them. */
struct peer_mixture contestant_mixture(unsigned get, unsigned insert, unsigned remove);

#endif
