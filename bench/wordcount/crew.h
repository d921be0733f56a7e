/*
 * crew: the threads of one run.  Some take chunks from a shared cursor and
 * count their items; one more keeps walking the map and removes what is rare,
 * until half of the bytes are counted.
 */
#ifndef WORDCOUNT_CREW_H
#define WORDCOUNT_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "counter.h"
#include "input.h"
#include "reference.h"

/* What counts as rare: at most so many times so far. */
#define CREW_RARE 2u

struct crew_result {
	double seconds;
	uint64_t bytes;	  /* in chunks that could be read */
	uint64_t items;	  /* counted */
	uint64_t walks;	  /* begun by the remover */
	uint64_t refused; /* calls that met the reclamation limit and were repeated */
};

/*
 * Count the whole input with `threads` threads and, if `remove`, the remover.
 * What it took out is in `removed` afterwards.  Chunks that could not be read
 * are marked and reported on stderr.  Shows progress if stderr is a terminal.
 * 0 or -errno.
 */
int crew_run(struct counter *counter, struct input *input, unsigned threads, bool remove, struct reference *removed,
	     struct crew_result *result);

#endif
