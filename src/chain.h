/*
 * chain: taking a chain of tables apart, a slice at a time.
 *
 * Nobody else can reach it any more: a grace period came before, or the end of
 * all threads.  Two passes:
 *
 *   values  of each slot the value that is this table's own goes to value_free,
 *           and its word becomes a tombstone: a callback that looks into the map,
 *           which is being destroyed, finds what is still there
 *   keys    those that are not CARRIED go to key_free; then the table goes, a large
 *           one in pieces
 *
 * Whether a frozen value has arrived is seen in later tables, whose keys must be
 * there to compare with: hence no key goes before all values have.
 */
#ifndef NB_CHAIN_H
#define NB_CHAIN_H

#include "host.h"
#include "table.h"

/* A chain of one empty table, number 1; NULL if memory is short. */
struct nb_table *nb_chain_new(struct nb_map *map, size_t lines);

/*
 * Up to `slots` slots more of the chain from `first` on.  True when nothing is
 * left.  *bytes falls by what was freed.
 */
bool nb_chain_free_slice(struct nb_map *map, struct nb_table *first, struct nb_dismantling *done, size_t slots,
			 size_t *bytes);

/* All of it. */
void nb_chain_free(struct nb_map *map, struct nb_table *first);

/* A single table, whose values have all gone on: its keys that are
 * not CARRIED. */
bool nb_table_free_slice(struct nb_map *map, struct nb_dismantling *done, size_t slots, size_t *bytes);

/* All of it. */
void nb_table_free(struct nb_map *map, struct nb_table *table);

#endif
