/* The peer libcuckoo. */
#include <new>

#include <libcuckoo/cuckoohash_map.hh>

#include "peers.h"

/* Each peer has another. */
namespace
{
struct map {
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

const struct peer peer_libcuckoo = {
	"libcuckoo", PEER_LIBCUCKOO_VERSION, true, false, create, destroy, settle, nullptr, nullptr, nullptr, nullptr,
	LOOPS,
};
