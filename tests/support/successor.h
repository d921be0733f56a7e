/*
 * successor: a map's last table, and one more behind it.
 */
#ifndef TEST_SUCCESSOR_H
#define TEST_SUCCESSOR_H

#include <check.h>

#include "map.h"
#include "migrate.h"
#include "table.h"

static inline struct nb_table *successor_last(struct nb_map *map)
{
	struct nb_table *table = nb_load_acquire(&map->top), *next;

	while ((next = nb_load_acquire(&table->next)))
		table = next;
	return table;
}

/* Give the last table a successor. */
static inline struct nb_table *successor_add(struct nb_map *map)
{
	ck_assert_int_eq(nb_migrate_start(map, successor_last(map)), 0);
	return successor_last(map);
}

#endif
