/* The peer GHashTable of GLib behind a readers-writer lock; keys and values are pointer-sized integers. */
#include <stdlib.h>

#include <glib.h>

#include "peers.h"

struct map {
	GHashTable *table;
	GRWLock lock;
};

static inline bool map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	g_rw_lock_reader_lock(&map->lock);

	gpointer value = g_hash_table_lookup(map->table, GSIZE_TO_POINTER(key));

	g_rw_lock_reader_unlock(&map->lock);
	*sum += GPOINTER_TO_SIZE(value);
	return value;
}

static inline bool map_insert(struct map *map, uint64_t key, uint64_t value)
{
	g_rw_lock_writer_lock(&map->lock);

	bool absent = !g_hash_table_contains(map->table, GSIZE_TO_POINTER(key));

	if (absent)
		g_hash_table_insert(map->table, GSIZE_TO_POINTER(key), GSIZE_TO_POINTER(value));
	g_rw_lock_writer_unlock(&map->lock);
	return absent;
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	g_rw_lock_writer_lock(&map->lock);

	bool removed = g_hash_table_remove(map->table, GSIZE_TO_POINTER(key));

	g_rw_lock_writer_unlock(&map->lock);
	return removed;
}

static inline bool map_update(struct map *map, uint64_t key, uint64_t value)
{
	g_rw_lock_writer_lock(&map->lock);

	bool present = g_hash_table_contains(map->table, GSIZE_TO_POINTER(key));

	if (present)
		g_hash_table_insert(map->table, GSIZE_TO_POINTER(key), GSIZE_TO_POINTER(value));
	g_rw_lock_writer_unlock(&map->lock);
	return present;
}

static inline void map_breathe(void)
{
}

#include "loops.h"

/* GLib cannot be asked for room. */
static void *create(size_t capacity)
{
	struct map *map = malloc(sizeof(*map));

	(void)capacity;
	if (map) {
		map->table = g_hash_table_new(NULL, NULL);
		g_rw_lock_init(&map->lock);
	}
	return map;
}

static void destroy(void *arg)
{
	struct map *map = arg;

	g_hash_table_destroy(map->table);
	g_rw_lock_clear(&map->lock);
	free(map);
}

static void settle(void *map)
{
	(void)map;
}

const struct peer peer_glib = {
	.name = "glib",
	.version = PEER_GLIB_VERSION,
	.concurrent = true,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.loops = LOOPS,
};
