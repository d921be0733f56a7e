/* The peer libcuckoo with string keys and owned values.  It cannot look up what is not a std::string. */
#include <new>
#include <string>

#include <libcuckoo/cuckoohash_map.hh>

#include "owned.hpp"
#include "peers.h"

#define LOOPS_STRINGS

/* Each peer has another. */
namespace
{
struct map {
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

static void *create(size_t capacity)
{
	struct map *map = new (std::nothrow) struct map;

	if (map && capacity)
		map->table.reserve(capacity);
	return map;
}

static void destroy(void *arg)
{
	delete static_cast<struct map *>(arg);
}

static void settle(void *)
{
}

const struct peer peer_libcuckoo_strings = {
	"libcuckoo", PEER_LIBCUCKOO_VERSION, true, false, create, destroy, settle, nullptr, nullptr, nullptr, nullptr,
	LOOPS,
};
