/*
 * report: what a map looks like, for people and for monitoring.
 */
#ifndef NB_REPORT_H
#define NB_REPORT_H

#include "map.h"

size_t nb_map_count(struct nb_map *map);
void nb_map_stats(struct nb_map *map, struct nbmap_stats *stats);
int nb_map_dump(struct nb_map *map, FILE *out);

#endif
