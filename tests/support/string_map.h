/*
 * string_map: a map of strings to the test's own blocks, in a domain of its own, so that
 * its end shows that all of them were freed.
 */
#ifndef TEST_STRING_MAP_H
#define TEST_STRING_MAP_H

#include "nbmap.h"

struct string_map {
	enum nbmap_flavor flavor;
	struct nbmap_domain *domain;
	struct nbmap *map;
};

/* Registers the calling thread with the flavour, and unregisters it. */
void string_map_begin(struct string_map *strings, enum nbmap_flavor flavor, void (*value_free)(void *, void *));
void string_map_end(struct string_map *strings);

#endif
