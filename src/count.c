/*
 * count: the slow half of count.h.
 */
#include "count.h"

#include <unistd.h>

#include "tuning.h"

unsigned nb_thread_number(void)
{
	static _Atomic unsigned next;
	/* initial-exec: one load, where the general model would call into the loader. */
	static _Thread_local unsigned number __attribute__((tls_model("initial-exec")));

	/* Relaxed: only that the numbers differ. */
	if (!number)
		number = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) + 1;
	return number;
}

size_t nb_count_stripes(size_t slots)
{
	size_t stripes = 1;
	long processors;

	if (slots < NB_STRIPE_SLOTS)
		return 1;
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	while (stripes < NB_MAX_STRIPES && (long)stripes < 2 * processors)
		stripes *= 2;
	return stripes;
}

uint64_t nb_count_sum(struct nb_count *count)
{
	struct nb_stripes *wide = nb_load_acquire(&count->wide);
	uint64_t sum = nb_load_relaxed(&count->first);

	for (size_t i = 0; wide && i <= wide->mask; i++)
		sum += nb_load_relaxed(&wide->stripe[i].sum);
	return sum;
}
