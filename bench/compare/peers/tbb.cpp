/* The peer concurrent_hash_map of oneTBB. */
#include <tbb/concurrent_hash_map.h>

#include "object.hpp"
#include "peers.h"

using table = tbb::concurrent_hash_map<uint64_t, uint64_t>;

/* Each peer has another. */
namespace
{
struct map {
	explicit map(size_t capacity) : entries(capacity)
	{
	}

	table entries;
};
} // namespace

static inline bool map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	table::const_accessor entry;

	if (!map->entries.find(entry, key))
		return false;
	*sum += entry->second;
	return true;
}

static inline bool map_insert(struct map *map, uint64_t key, uint64_t value)
{
	return map->entries.insert({key, value});
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	return map->entries.erase(key);
}

static inline bool map_update(struct map *map, uint64_t key, uint64_t value)
{
	table::accessor entry;

	if (!map->entries.find(entry, key))
		return false;
	entry->second = value;
	return true;
}

static inline void map_breathe()
{
}

#include "loops.h"

const struct peer peer_tbb = object_peer<map>("tbb", PEER_TBB_VERSION, true, true, LOOPS);
