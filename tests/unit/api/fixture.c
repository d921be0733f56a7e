/*
 * fixture: see fixture.h.
 */
#include "fixture.h"

struct count *count;
struct nbmap_allocator allocator;
struct nbmap_type type;
struct nbmap_config config;
struct nbmap_domain *domain;
struct nbmap *map;

static void prepare(void)
{
	struct nbmap_domain_config domain_config = {.flags = NBMAP_NO_THREAD};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	domain_config.allocator = &allocator;
	ck_assert_int_eq(nbmap_domain_new(&domain, &domain_config), 0);
	type = count_type();
	config = (struct nbmap_config){.type = &type, .arg = count, .domain = domain, .allocator = &allocator};
	config.flags = NBMAP_FIXED_SEED;
	config.seed = SEED;
}

void begin(void)
{
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
}

void setup(void)
{
	prepare();
	begin();
}

void finish(void)
{
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
}

static void conclude(void)
{
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}

void teardown(void)
{
	finish();
	conclude();
}

void settle(void)
{
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_barrier(map), 0);
	nbmap_enter(map);
}

void restart(void)
{
	finish();
	begin();
}

void *value(uint64_t number)
{
	void *made = count_value(count, number);

	crew_check(made != NULL);
	return made;
}

void unused(void *made)
{
	count_value_free(made, count);
}

void put(uint64_t id, uint64_t number)
{
	struct count_key key = count_key(id);

	crew_check(!nbmap_put(map, &key, value(number), NULL));
}

uint64_t number_at(uint64_t id)
{
	struct count_key key = count_key(id);
	void *found = nbmap_get(map, &key);

	return found ? count_number(found) : 0;
}

int del(uint64_t id)
{
	struct count_key key = count_key(id);

	return nbmap_del(map, &key, NULL);
}

struct nbmap_stats stats(void)
{
	struct nbmap_stats now;

	nbmap_stats(map, &now);
	return now;
}

char untouched_mark;

void assert_only_seven(void)
{
	ck_assert_uint_eq(nbmap_count(map), 1);
	ck_assert_uint_eq(number_at(1), 7);
	ck_assert_uint_eq(number_at(2), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_KEYS), 1);
}
