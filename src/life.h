/*
 * life: a map's life, from making to destroying.
 */
#ifndef NB_LIFE_H
#define NB_LIFE_H

#include "map.h"

/* The bodies of nbmap_new() and _destroy(). */
int nb_map_new(struct nb_map **map, enum nb_kind kind, const struct nbmap_config *config);
int nb_map_destroy(struct nb_map *map);

/* Whether the invariants of the map, its chain and tables hold.  No other
 * thread may be using the map, nor finishing a migration of it. */
bool nb_map_valid(struct nb_map *map);

#endif
