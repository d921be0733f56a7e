/*
 * tally: a count that many threads add to.  Each has a word on cache lines of
 * its own, so that counting slows none of them down; only the reader, who adds
 * all words up, waits for the lines.
 */
#ifndef COMPARE_TALLY_H
#define COMPARE_TALLY_H

#include <stdint.h>

/* Writers, reclaimers and the process's first thread. */
#define TALLY_THREADS 96

struct tally_word {
	_Alignas(128) int64_t count; /* atomic; one thread writes it */
};

/* All zero is none. */
struct tally {
	struct tally_word of[TALLY_THREADS];
};

/* The calling thread's; a number that was given to a thread is given to no other. */
struct tally_word *tally_word(struct tally *tally);

static inline void tally_add(struct tally *tally, int64_t count)
{
	struct tally_word *word = tally_word(tally);

	/* Release: what was counted before is seen by whoever sees this. */
	__atomic_store_n(&word->count, word->count + count, __ATOMIC_RELEASE);
}

/* Of all threads.  What is added meanwhile may be in it or not. */
int64_t tally_sum(const struct tally *tally);

#endif
