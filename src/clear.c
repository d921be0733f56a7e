/*
 * clear: see clear.h.
 */
#include "clear.h"

#include <errno.h>

#include "chain.h"
#include "heir.h"
#include "host.h"
#include "map.h"
#include "migrate.h"
#include "probe.h"

/*
 * Linearizable: an operation belongs to the chain whose top it read.  Those
 * that still work in the old chain when ours is put in its place all began
 * before; they are ordered before the clear, in the order in which they take
 * effect there, and what they insert is cleared with the rest.
 */
int nb_map_clear(struct nb_map *map)
{
	struct nb_table *fresh = nb_chain_new(map, nb_migrate_first_lines(map)), *old, *table;
	size_t bytes = 0;

	if (!fresh)
		return -ENOMEM;
	/* seq_cst: the clear's linearization point. */
	old = nb_exchange_seq_cst(&map->top, fresh);
	/* acquire: the tables will be read. */
	for (table = old; table; table = nb_load_acquire(&table->next))
		bytes += table->bytes + nb_table_key_bytes(table) + nb_heir_bytes(table);
	bytes += nb_count_sum(&old->chain->value_bytes);
	NBR_PROBE(clear, map, nb_count_sum(&old->chain->live), bytes);
	nb_host_retire_chain(map, old, bytes);
	return 0;
}
