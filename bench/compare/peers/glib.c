/* The peer GHashTable of GLib behind a readers-writer lock; keys and values are pointer-sized integers. */
#include "glib_table.h"
#include "peers.h"

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

#include "loops.h"

/* GLib cannot be asked for room. */
static void *create(size_t capacity)
{
	(void)capacity;
	return map_of(g_hash_table_new(NULL, NULL));
}

const struct peer peer_glib = {
	.name = "glib",
	.version = PEER_GLIB_VERSION,
	.concurrent = true,
	.create = create,
	.destroy = destroy,
	.loops = LOOPS,
};
