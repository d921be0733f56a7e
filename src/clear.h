/*
 * clear: all entries at once.
 */
#ifndef NB_CLEAR_H
#define NB_CLEAR_H

struct nb_map;

/* The body of nbmap_clear(). */
int nb_map_clear(struct nb_map *map);

#endif
