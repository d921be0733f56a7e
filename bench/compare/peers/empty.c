/* The peer empty: no map at all.  What the harness itself can do at most, and the least it can measure. */
#include <stdlib.h>

#include "peers.h"

struct map {
	char nothing;
};

static inline bool map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	(void)map;
	*sum += key;
	return true;
}

static inline bool map_insert(struct map *map, uint64_t key, uint64_t value)
{
	(void)map;
	return key ^ value;
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	(void)map;
	return key & 1;
}

static inline bool map_update(struct map *map, uint64_t key, uint64_t value)
{
	(void)map;
	return key ^ value;
}

static inline void map_breathe(void)
{
}

#include "loops.h"

static void *create(size_t capacity)
{
	(void)capacity;
	return malloc(sizeof(struct map));
}

const struct peer peer_empty = {
	.name = "empty",
	.version = "-",
	.concurrent = true,
	.create = create,
	.destroy = free,
	.loops = LOOPS,
};
