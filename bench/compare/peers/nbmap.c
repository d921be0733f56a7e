/* The peer nbmap: integer keys, integer values. */
#include <errno.h>
#include <stdlib.h>

#include <nbmap.h>

#include "peers.h"
#include "qsbr.h"

struct map {
	struct nbmap_u64 *table;
};

static inline bool map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	const void *value = nbmap_u64_get(map->table, key);

	/* As it is, NULL too: a checksum needs no branch on what was found. */
	*sum += (uintptr_t)value;
	return value != NULL;
}

/* True for 0, false for `same`. */
static inline bool answer(int err, int same)
{
	if (err && err != same)
		peer_exhausted("nbmap");
	return !err;
}

static inline bool map_insert(struct map *map, uint64_t key, uint64_t value)
{
	return answer(nbmap_u64_add(map->table, key, nbmap_int(value), NULL), -EEXIST);
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	return answer(nbmap_u64_del(map->table, key, NULL), -ENOENT);
}

static inline bool map_update(struct map *map, uint64_t key, uint64_t value)
{
	return answer(nbmap_u64_set(map->table, key, nbmap_int(value), NULL), -ENOENT);
}

#include "loops.h"

static void *create(size_t capacity)
{
	struct nbmap_config config = {.flavor = NBMAP_QSBR, .capacity = capacity};
	struct map *map = malloc(sizeof(*map));

	if (map && nbmap_u64_new(&map->table, &config)) {
		free(map);
		return NULL;
	}
	return map;
}

static void destroy(void *arg)
{
	struct map *map = arg;

	nbmap_u64_destroy(map->table);
	free(map);
}

static void settle(void *arg)
{
	struct map *map = arg;

	nbmap_u64_barrier(map->table);
}

static struct nbmap_stats stats_of(struct map *map)
{
	struct nbmap_stats stats;

	urcu_qsbr_register_thread();
	nbmap_u64_stats(map->table, &stats);
	urcu_qsbr_unregister_thread();
	return stats;
}

static size_t table_bytes(void *map)
{
	return stats_of(map).bytes;
}

static bool migrating(void *map)
{
	return stats_of(map).tables > 1;
}

const struct peer peer_nbmap = {
	.name = "nbmap",
	.version = PEER_NBMAP_VERSION,
	.concurrent = true,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.begin = urcu_qsbr_register_thread,
	.end = urcu_qsbr_unregister_thread,
	.table_bytes = table_bytes,
	.migrating = migrating,
	.loops = LOOPS,
};
