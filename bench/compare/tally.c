/* tally: see tally.h. */
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned given;		      /* atomic: numbers that threads have */
static _Thread_local unsigned number; /* the thread's, from 1 on; 0: none yet */

struct tally_word *tally_word(struct tally *tally)
{
	if (!number)
		number = __atomic_add_fetch(&given, 1, __ATOMIC_RELAXED);
	if (number > TALLY_THREADS) {
		fputs("nbmap-bench: more threads than a tally has words\n", stderr);
		exit(EXIT_FAILURE);
	}
	return &tally->of[number - 1];
}

int64_t tally_sum(const struct tally *tally)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < TALLY_THREADS; i++)
		sum += __atomic_load_n(&tally->of[i].count, __ATOMIC_ACQUIRE);
	return sum;
}
