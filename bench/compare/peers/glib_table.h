/* glib_table: GLib's table behind a readers-writer lock, and its life, of integers and of strings. */
#ifndef COMPARE_GLIB_TABLE_H
#define COMPARE_GLIB_TABLE_H

#include <stdlib.h>

#include <glib.h>

struct map {
	GHashTable *table;
	GRWLock lock;
};

static inline void map_breathe(void)
{
}

/* Takes the table over. */
static struct map *map_of(GHashTable *table)
{
	struct map *map = malloc(sizeof(*map));

	if (!map) {
		g_hash_table_destroy(table);
		return NULL;
	}
	map->table = table;
	g_rw_lock_init(&map->lock);
	return map;
}

static void destroy(void *arg)
{
	struct map *map = arg;

	g_hash_table_destroy(map->table);
	g_rw_lock_clear(&map->lock);
	free(map);
}

#endif
