/*
 * alone: a map that is looked at while nobody changes it.
 */
#ifndef TEST_ALONE_H
#define TEST_ALONE_H

#include <stdbool.h>

struct nb_map;

/*
 * nb_map_valid(), outside of sections, when all writers have come to rest.  The
 * reclaimer may still be finishing a migration: it is stopped for so long.
 */
bool alone_valid(struct nb_map *map);

#endif
