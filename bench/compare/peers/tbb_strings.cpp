/* The peer concurrent_hash_map of oneTBB with string keys and owned values. */
#include <string>

#include <tbb/concurrent_hash_map.h>

#include "object.hpp"
#include "owned.hpp"
#include "peers.h"

#define LOOPS_STRINGS

using table = tbb::concurrent_hash_map<std::string, owned>;

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

static inline bool map_get(struct map *map, const char *key, uint64_t *sum)
{
	table::const_accessor entry;

	if (!map->entries.find(entry, key))
		return false;
	*sum += entry->second->number;
	return true;
}

static inline bool map_insert(struct map *map, const char *key, uint64_t value)
{
	return map->entries.emplace(key, box_new(value, "tbb"));
}

static inline bool map_remove(struct map *map, const char *key)
{
	return map->entries.erase(key);
}

static inline bool map_update(struct map *map, const char *key, uint64_t value)
{
	table::accessor entry;

	if (!map->entries.find(entry, key))
		return false;
	entry->second.reset(box_new(value, "tbb"));
	return true;
}

static inline void map_breathe()
{
}

#include "loops.h"

const struct peer peer_tbb_strings = object_peer<map>("tbb", PEER_TBB_VERSION, true, true, LOOPS);
