/* The peer nbmap: the library's own string keys, boxed values. */
#include <errno.h>
#include <stdlib.h>

#include <nbmap.h>

#include "box.h"
#include "peers.h"
#include "qsbr.h"

#define LOOPS_STRINGS

struct map {
	struct nbmap *table;
};

static inline bool map_get(struct map *map, const char *key, uint64_t *sum)
{
	const struct box *box = nbmap_get(map->table, key);

	if (!box)
		return false;
	*sum += box->number;
	return true;
}

/* True for 0, false for `same`. */
static inline bool answer(int err, int same)
{
	if (err && err != same)
		peer_exhausted("nbmap");
	return !err;
}

static inline bool map_insert(struct map *map, const char *key, uint64_t value)
{
	struct box *box = box_new(value, "nbmap");
	bool added = answer(nbmap_add(map->table, key, box, NULL), -EEXIST);

	if (!added)
		free(box);
	return added;
}

static inline bool map_remove(struct map *map, const char *key)
{
	return answer(nbmap_del(map->table, key, NULL), -ENOENT);
}

static inline bool map_update(struct map *map, const char *key, uint64_t value)
{
	struct box *box = box_new(value, "nbmap");
	bool present = answer(nbmap_set(map->table, key, box, NULL), -ENOENT);

	if (!present)
		free(box);
	return present;
}

#include "loops.h"

static void free_box(void *box, void *arg)
{
	(void)arg;
	free(box);
}

static void *create(size_t capacity)
{
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type, .flavor = NBMAP_QSBR, .capacity = capacity};
	struct map *map = malloc(sizeof(*map));

	type.value_free = free_box;
	if (map && nbmap_new(&map->table, &config)) {
		free(map);
		return NULL;
	}
	return map;
}

static void destroy(void *arg)
{
	struct map *map = arg;

	nbmap_destroy(map->table);
	free(map);
}

static void settle(void *arg)
{
	struct map *map = arg;

	nbmap_barrier(map->table);
}

const struct peer peer_nbmap_strings = {
	.name = "nbmap",
	.version = PEER_NBMAP_VERSION,
	.concurrent = true,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.begin = urcu_qsbr_register_thread,
	.end = urcu_qsbr_unregister_thread,
	.loops = LOOPS,
};
