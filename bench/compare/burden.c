/* burden: see burden.h. */
#include "burden.h"

#include <stdlib.h>

#include "tick.h"

static uint64_t burden_ns; /* atomic */

void burden_set(uint64_t ns)
{
	__atomic_store_n(&burden_ns, ns, __ATOMIC_RELAXED);
}

void burden_free(void *block)
{
	uint64_t ns = __atomic_load_n(&burden_ns, __ATOMIC_RELAXED);

	if (ns) {
		uint64_t start = tick_now();

		while (tick_ns(tick_now() - start) < ns)
			;
	}
	free(block);
}
