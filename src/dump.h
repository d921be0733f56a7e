/*
 * dump: what a map looks like, for people.
 */
#ifndef NB_DUMP_H
#define NB_DUMP_H

#include "map.h"

/* How a key is printed; what it needs besides stands behind it. */
struct nb_printer {
	void (*print)(const struct nb_printer *printer, const struct nb_keys *keys, uint64_t word, FILE *out);
};

/* Every table, and every slot that is not empty.  `printer` may be NULL.  -EIO. */
int nb_map_dump(struct nb_map *map, FILE *out, const struct nb_printer *printer);

/* Every table.  -EIO. */
int nb_map_dump_tables(struct nb_map *map, FILE *out);

#endif
