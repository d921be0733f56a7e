/* The peer flat_hash_map of abseil with string keys and owned values; it looks C strings up as they are. */
#include <string>

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#include "object.hpp"
#include "owned.hpp"
#include "peers.h"

#define LOOPS_STRINGS

/* Each peer has another. */
namespace
{
struct map {
	explicit map(size_t capacity)
	{
		if (capacity)
			table.reserve(capacity);
	}

	absl::flat_hash_map<std::string, owned> table;
};
} // namespace

static inline bool map_get(struct map *map, const char *key, uint64_t *sum)
{
	auto entry = map->table.find(absl::string_view(key));

	if (entry == map->table.end())
		return false;
	*sum += entry->second->number;
	return true;
}

static inline bool map_insert(struct map *map, const char *key, uint64_t value)
{
	auto added = map->table.try_emplace(absl::string_view(key));

	if (added.second)
		added.first->second.reset(box_new(value, "abseil"));
	return added.second;
}

static inline bool map_remove(struct map *map, const char *key)
{
	return map->table.erase(absl::string_view(key));
}

static inline bool map_update(struct map *map, const char *key, uint64_t value)
{
	auto entry = map->table.find(absl::string_view(key));

	if (entry == map->table.end())
		return false;
	entry->second.reset(box_new(value, "abseil"));
	return true;
}

static inline void map_breathe()
{
}

#include "loops.h"

const struct peer peer_abseil_strings = object_peer<map>("abseil", PEER_ABSEIL_VERSION, false, false, LOOPS);
