/* The peer flat_hash_map of abseil: for one thread, and what one thread could have at best. */
#include <absl/container/flat_hash_map.h>

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

	absl::flat_hash_map<uint64_t, uint64_t> table;
};
} // namespace

static inline bool map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	auto entry = map->table.find(key);

	if (entry == map->table.end())
		return false;
	*sum += entry->second;
	return true;
}

static inline bool map_insert(struct map *map, uint64_t key, uint64_t value)
{
	return map->table.try_emplace(key, value).second;
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	return map->table.erase(key);
}

static inline bool map_update(struct map *map, uint64_t key, uint64_t value)
{
	auto entry = map->table.find(key);

	if (entry == map->table.end())
		return false;
	entry->second = value;
	return true;
}

static inline void map_breathe()
{
}

#include "loops.h"

const struct peer peer_abseil = object_peer<map>("abseil", PEER_ABSEIL_VERSION, false, false, LOOPS);
