/*
 * count: the slow half of count.h.
 */
#include "count.h"

#include <unistd.h>

#include "tuning.h"

/* The machine's processors, asked for once: the answer costs system calls. */
static long processors(void)
{
	static _Atomic long known;
	/* Relaxed: whoever asks gets the same answer. */
	long number = atomic_load_explicit(&known, memory_order_relaxed);

	if (!number) {
		number = sysconf(_SC_NPROCESSORS_ONLN);
		number = number > 0 ? number : 1;
		atomic_store_explicit(&known, number, memory_order_relaxed);
	}
	return number;
}

bool nb_count_expects(size_t threads)
{
	return (long)threads < 2 * processors() || threads < nb_number_end();
}

size_t nb_count_stripes(size_t slots)
{
	size_t stripes = 1;

	if (slots < NB_STRIPE_SLOTS)
		return 1;
	while (stripes < NB_MAX_TALLIES && nb_count_expects(stripes) && stripes * 2 * NB_TALLY_SLOTS <= slots)
		stripes *= 2;
	return stripes;
}

#ifndef NB_UNCOUNTED

static uint64_t all_removed(struct nb_count *count)
{
	/* acquire: pairs with nb_count_remove(); see the invariant. */
	uint64_t sum = nb_load_acquire(&count->first.removed);

	for (struct nb_stripes *wide = nb_load_acquire(&count->wide); wide; wide = wide->older) {
		for (size_t i = 0; i <= wide->mask; i++) {
			sum += nb_load_acquire(&wide->stripe[i].own.removed) - nb_stripe_start(i);
			sum += nb_load_acquire(&wide->stripe[i].shared.removed);
		}
	}
	return sum;
}

static uint64_t all_added(struct nb_count *count)
{
	/* Relaxed: what must be counted came before a removal that was acquired. */
	uint64_t sum = nb_load_relaxed(&count->first.added);

	for (struct nb_stripes *wide = nb_load_acquire(&count->wide); wide; wide = wide->older) {
		for (size_t i = 0; i <= wide->mask; i++) {
			sum += nb_load_relaxed(&wide->stripe[i].own.added) - nb_stripe_start(i);
			sum += nb_load_relaxed(&wide->stripe[i].shared.added);
		}
	}
	return sum;
}

uint64_t nb_count_sum(struct nb_count *count)
{
	uint64_t removed = all_removed(count);

	return all_added(count) - removed;
}

#endif
