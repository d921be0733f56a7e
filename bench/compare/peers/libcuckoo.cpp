/* The peer libcuckoo. */
#include <libcuckoo/cuckoohash_map.hh>

#include "object.hpp"
#include "peers.h"

/* Each peer has another. */
namespace
{
struct map {
	explicit map(size_t capacity)
	{
		if (capacity)
			table.reserve(capacity);
	}

	libcuckoo::cuckoohash_map<uint64_t, uint64_t> table;
};
} // namespace

static inline bool map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	uint64_t value;

	if (!map->table.find(key, value))
		return false;
	*sum += value;
	return true;
}

static inline bool map_insert(struct map *map, uint64_t key, uint64_t value)
{
	return map->table.insert(key, value);
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	return map->table.erase(key);
}

static inline bool map_update(struct map *map, uint64_t key, uint64_t value)
{
	return map->table.update(key, value);
}

static inline void map_breathe()
{
}

#include "loops.h"

const struct peer peer_libcuckoo = object_peer<map>("libcuckoo", PEER_LIBCUCKOO_VERSION, true, false, LOOPS);
