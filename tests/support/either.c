/*
 * either: see either.h.
 */
#include "either.h"

#include <check.h>

#include "crew.h"
#include "flavor_thread.h"
#include "map.h"

void either_open(struct either *either, bool integer, const struct nbmap_domain_config *config,
		 void (*value_free)(void *value, void *arg))
{
	struct nbmap_domain_config domain_config = *config;
	struct nbmap_type type = integer ? count_value_type() : count_type();
	struct nbmap_config map_config = {.type = &type, .allocator = &either->allocator};

	either->integer = integer;
	either->flavor = config->flavor;
	either->count = count_new();
	ck_assert_ptr_nonnull(either->count);
	either->allocator = count_allocator(either->count);
	domain_config.allocator = &either->allocator;
	ck_assert_int_eq(nbmap_domain_new(&either->domain, &domain_config), 0);
	type.value_free = value_free;
	map_config.arg = either->count;
	map_config.domain = either->domain;
	if (integer)
		ck_assert_int_eq(nbmap_u64_new(&either->integers, &map_config), 0);
	else
		ck_assert_int_eq(nbmap_new(&either->objects, &map_config), 0);
	either->core = integer ? &either->integers->map : &either->objects->map;
	flavor_register(either->flavor);
	nbmap_domain_enter(either->domain);
}

void either_close(struct either *either)
{
	nbmap_domain_leave(either->domain);
	ck_assert_int_eq(EITHER_WHOLE(either, destroy), 0);
	ck_assert_int_eq(nbmap_domain_destroy(either->domain), 0);
	flavor_unregister(either->flavor);
	ck_assert(count_end(either->count));
}

void *either_get(const struct either *either, uint64_t id)
{
	const struct count_key key = count_key(id);

	return either->integer ? nbmap_u64_get(either->integers, id) : nbmap_get(either->objects, &key);
}

void either_interfere(const struct either *either, enum nb_verb verb, uint64_t id, void *value)
{
	const struct count_key object = count_key(id);
	const struct nb_keys *keys = &either->core->keys;
	struct nb_key key = either->integer ? nb_key_of_integer(keys, id) : nb_key_of_object(keys, &object);
	struct nb_write write;

	nb_write_begin(&write);
	write.value = (uintptr_t)value;
	if (either->integer)
		crew_check(!nb_write(either->core, NB_INTEGER, verb, &write, &key));
	else
		crew_check(!nb_write(either->core, NB_OBJECT, verb, &write, &key));
}
