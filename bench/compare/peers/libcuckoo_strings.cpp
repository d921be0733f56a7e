/* The peer libcuckoo with string keys and owned values.  It cannot look up what is not a std::string. */
#include <string>

#include <libcuckoo/cuckoohash_map.hh>

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

	libcuckoo::cuckoohash_map<std::string, owned> table;
};
} // namespace

static inline bool map_get(struct map *map, const char *key, uint64_t *sum)
{
	return map->table.find_fn(std::string(key), [sum](const owned &value) { *sum += value->number; });
}

static inline bool map_insert(struct map *map, const char *key, uint64_t value)
{
	return map->table.insert(std::string(key), owned(box_new(value, "libcuckoo")));
}

static inline bool map_remove(struct map *map, const char *key)
{
	return map->table.erase(std::string(key));
}

static inline bool map_update(struct map *map, const char *key, uint64_t value)
{
	return map->table.update(std::string(key), owned(box_new(value, "libcuckoo")));
}

static inline void map_breathe()
{
}

#include "loops.h"

const struct peer peer_libcuckoo_strings = object_peer<map>("libcuckoo", PEER_LIBCUCKOO_VERSION, true, false, LOOPS);
