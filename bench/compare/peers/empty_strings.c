/* The peer empty with string keys: reads a key's first byte and makes no value. */
#include <stdlib.h>

#include "peers.h"

#define LOOPS_STRINGS

struct map {
	char nothing;
};

static inline bool map_get(struct map *map, const char *key, uint64_t *sum)
{
	(void)map;
	*sum += (unsigned char)*key;
	return true;
}

static inline bool map_insert(struct map *map, const char *key, uint64_t value)
{
	(void)map;
	return (unsigned char)*key ^ value;
}

static inline bool map_remove(struct map *map, const char *key)
{
	(void)map;
	return *key & 1;
}

static inline bool map_update(struct map *map, const char *key, uint64_t value)
{
	(void)map;
	return (unsigned char)*key ^ value;
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

const struct peer peer_empty_strings = {
	.name = "empty",
	.version = "-",
	.concurrent = true,
	.create = create,
	.destroy = free,
	.loops = LOOPS,
};
