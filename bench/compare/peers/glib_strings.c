/* The peer GHashTable of GLib behind a readers-writer lock; the table owns copied keys and boxed values. */
#include "box.h"
#include "glib_table.h"
#include "peers.h"

#define LOOPS_STRINGS

static inline bool map_get(struct map *map, const char *key, uint64_t *sum)
{
	g_rw_lock_reader_lock(&map->lock);

	const struct box *box = g_hash_table_lookup(map->table, key);

	if (box)
		*sum += box->number;
	g_rw_lock_reader_unlock(&map->lock);
	return box;
}

static inline bool map_insert(struct map *map, const char *key, uint64_t value)
{
	g_rw_lock_writer_lock(&map->lock);

	bool absent = !g_hash_table_contains(map->table, key);

	if (absent)
		g_hash_table_insert(map->table, g_strdup(key), box_new(value, "glib"));
	g_rw_lock_writer_unlock(&map->lock);
	return absent;
}

static inline bool map_remove(struct map *map, const char *key)
{
	g_rw_lock_writer_lock(&map->lock);

	bool removed = g_hash_table_remove(map->table, key);

	g_rw_lock_writer_unlock(&map->lock);
	return removed;
}

static inline bool map_update(struct map *map, const char *key, uint64_t value)
{
	g_rw_lock_writer_lock(&map->lock);

	bool present = g_hash_table_contains(map->table, key);

	if (present)
		g_hash_table_insert(map->table, g_strdup(key), box_new(value, "glib"));
	g_rw_lock_writer_unlock(&map->lock);
	return present;
}

#include "loops.h"

/* GLib cannot be asked for room. */
static void *create(size_t capacity)
{
	(void)capacity;
	return map_of(g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free));
}

const struct peer peer_glib_strings = {
	.name = "glib",
	.version = PEER_GLIB_VERSION,
	.concurrent = true,
	.create = create,
	.destroy = destroy,
	.loops = LOOPS,
};
