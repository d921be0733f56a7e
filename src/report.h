/*
 * report: what a map looks like, for monitoring.
 */
#ifndef NB_REPORT_H
#define NB_REPORT_H

#include "map.h"

size_t nb_map_count(struct nb_map *map);
void nb_map_stats(struct nb_map *map, struct nbmap_stats *stats);

/* Blocks of a table that are swept; of a large one an estimate. */
size_t nb_blocks_swept(struct nb_table *table);

#endif
