/* The example of nbmap_new; see example.h. */
#include "example.h"

void nbmap_new_example(void)
{
	/* begin */
	/* Strings to integers or to pointers of the caller's. */
	struct nbmap_config config = {
		.type = nbmap_type_string(),
		.capacity = 1000,
	};
	struct nbmap *by_name;
	struct nbmap_u64 *by_number;

	if (nbmap_new(&by_name, &config))
		abort();
	/* All defaults: integers to integers or pointers. */
	if (nbmap_u64_new(&by_number, NULL))
		abort();

	nbmap_destroy(by_name);
	nbmap_u64_destroy(by_number);
	/* end */
}
