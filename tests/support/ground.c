/*
 * ground: see ground.h.
 */
#include "ground.h"

#include <check.h>

#include "crew.h"
#include "life.h"
#include "map.h"

struct count *ground_count;
struct nbmap_domain *ground_domain;
struct subject subject;

void ground_setup(void)
{
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD};

	ground_count = count_new();
	ck_assert_ptr_nonnull(ground_count);
	ck_assert_int_eq(nbmap_domain_new(&ground_domain, &config), 0);
}

void ground_teardown(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(ground_domain), 0);
	ck_assert(count_end(ground_count));
}

void begin_with(int kind, struct nbmap_config base)
{
	base.domain = ground_domain;
	ck_assert_int_eq(subject_open(&subject, kind, ground_count, &base), 0);
	subject_enter(&subject);
}

void begin(int kind)
{
	begin_with(kind, (struct nbmap_config){.capacity = 0});
}

void finish(void)
{
	subject_leave(&subject);
	ck_assert(nb_map_valid(subject_core(&subject)));
	ck_assert_int_eq(subject_close(&subject), 0);
}

void put(uint64_t id, uint32_t number)
{
	crew_check(!subject_put(&subject, id, number));
}

struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	subject_stats(&subject, &now);
	return now;
}
