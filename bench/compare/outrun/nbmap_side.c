/* The side nbmap: values in boxes that the map owns, in a domain of its own. */
#include "outrun/nbmap_side.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "burden.h"
#include "peers.h"

struct box {
	uint64_t number;
	char spare[SIDE_BLOCK - sizeof(uint64_t)];
};

static void free_box(void *value, void *arg)
{
	(void)arg;
	burden_free(value);
}

static inline void map_enter(struct map *map)
{
	nbmap_u64_enter(map->table);
}

static inline void map_leave(struct map *map)
{
	nbmap_u64_leave(map->table);
}

static inline void map_quiescent(struct map *map)
{
	(void)nbmap_thread_quiescent(map->base.flavor);
}

/* False for the limit; any other error has no remedy. */
static inline bool answer(int err)
{
	if (err && err != -ENOBUFS)
		peer_exhausted("nbmap");
	return !err;
}

static inline bool map_put(struct map *map, uint64_t key)
{
	struct box *box = malloc(sizeof(*box));

	if (!box)
		peer_exhausted("nbmap");
	box->number = key;

	bool done = answer(nbmap_u64_put(map->table, key, box, NULL));

	if (!done)
		free(box);
	return done;
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	return answer(nbmap_u64_del(map->table, key, NULL));
}

static inline void map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	const struct box *box = nbmap_u64_get(map->table, key);

	if (box)
		*sum += box->number;
}

#include "outrun/loops.h"

/* A domain and a map in it.  False without memory. */
static bool open_map(struct map *map, const struct side_config *config)
{
	static const struct nbmap_type type = {.value_free = free_box};
	struct nbmap_domain_config domain = {.flavor = config->flavor};
	struct nbmap_config table = {.type = &type, .capacity = config->room};

	if (nbmap_domain_new(&map->domain, &domain))
		return false;
	table.domain = map->domain;
	if (nbmap_u64_new(&map->table, &table)) {
		nbmap_domain_destroy(map->domain);
		return false;
	}
	return true;
}

static void destroy(void *arg)
{
	struct map *map = arg;

	nbmap_u64_destroy(map->table);
	nbmap_domain_destroy(map->domain);
	free(map);
}

static void *create(const struct side_config *config)
{
	struct map *map = aligned_alloc(_Alignof(struct map), sizeof(*map));

	if (!map)
		return NULL;
	memset(map, 0, sizeof(*map));
	side_base_init(&map->base, config);
	if (!open_map(map, config)) {
		free(map);
		return NULL;
	}
	if (!side_fill(map, config->present)) {
		destroy(map);
		return NULL;
	}
	return map;
}

static uint64_t pending(void *arg)
{
	struct map *map = arg;
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(map->domain, &stats);
	return stats.pending_objects;
}

const struct side side_nbmap = {"nbmap", create, destroy, pending, SIDE_LOOPS};
