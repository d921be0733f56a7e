/* The example of nbmap_domain_new; see example.h. */
#include "example.h"

/* begin */
static void report_stall(unsigned age_ms, void *arg)
{
	(void)arg;
	fprintf(stderr, "a reader stays in its section: %u ms\n", age_ms);
}

static int make(struct nbmap_domain **domain, struct nbmap **map)
{
	struct nbmap_domain_config limits = {
		.limit_objects = 1000000,
		.limit_bytes = 64 << 20,
		.stall_ms = 1000,
		.on_stall = report_stall,
	};
	struct nbmap_config config = {.type = nbmap_type_string()};
	int error = nbmap_domain_new(domain, &limits);

	if (error)
		return error;
	config.domain = *domain;
	error = nbmap_new(map, &config);
	if (error)
		nbmap_domain_destroy(*domain);
	return error;
}
/* end */

void nbmap_domain_new_example(void)
{
	struct nbmap_domain *domain;
	struct nbmap *map;

	ck_assert_int_eq(make(&domain, &map), 0);
	ck_assert_ptr_eq(nbmap_domain_of(map), domain);
	ck_assert_int_eq(nbmap_domain_destroy(domain), -EBUSY);
	ck_assert_int_eq(nbmap_destroy(map), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
}
