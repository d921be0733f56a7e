/*
 * print_figures: a line of JSON for a map of each kind, and one for a domain.
 */
#include <stdio.h>

#include "nbmap.h"

int main(void)
{
	struct nbmap_config config = {.type = nbmap_type_string(), .flags = NBMAP_NO_THREAD};
	struct nbmap_u64 *integers;
	struct nbmap *strings;
	int failed;

	if (nbmap_new(&strings, &config))
		return 1;
	config.type = NULL;
	if (nbmap_u64_new(&integers, &config))
		return 1;
	nbmap_u64_enter(integers);
	for (uint64_t i = 0; i < 1000; i++)
		failed = nbmap_u64_put(integers, i, nbmap_int(i), NULL);
	nbmap_u64_leave(integers);
	failed |= nbmap_stats_print(strings, stdout, NBMAP_JSON);
	failed |= nbmap_u64_stats_print(integers, stdout, NBMAP_JSON);
	failed |= nbmap_domain_stats_print(nbmap_domain_of(strings), stdout, NBMAP_JSON);
	failed |= nbmap_destroy(strings);
	failed |= nbmap_u64_destroy(integers);
	return failed != 0;
}
