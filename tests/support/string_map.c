#include "string_map.h"

#include <check.h>

#include "flavor_thread.h"

void string_map_begin(struct string_map *strings, enum nbmap_flavor flavor, void (*value_free)(void *, void *))
{
	struct nbmap_domain_config domain_config = {.flavor = flavor};
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type};

	type.value_free = value_free;
	strings->flavor = flavor;
	ck_assert_int_eq(nbmap_domain_new(&strings->domain, &domain_config), 0);
	config.domain = strings->domain;
	ck_assert_int_eq(nbmap_new(&strings->map, &config), 0);
	flavor_register(flavor);
}

void string_map_end(struct string_map *strings)
{
	flavor_unregister(strings->flavor);
	ck_assert_int_eq(nbmap_destroy(strings->map), 0);
	ck_assert_int_eq(nbmap_domain_destroy(strings->domain), 0);
}
