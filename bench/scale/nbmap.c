/* nbmap: this library as a subject. */
#include <nbmap.h>

#include <stdlib.h>

#include "boxes.h"
#include "flavor.h"
#include "nbmap_subject.h"
#include "subject.h"

struct map {
	struct nbmap_u64 *table;
	bool boxed;
};

static void free_value(void *value, void *arg)
{
	(void)arg;
	box_free(value);
}

static const struct nbmap_type boxed_type = {.value_free = free_value};

static void *create(uint64_t room, bool boxed)
{
	struct nbmap_config config = {
		.flavor = NBMAP_QSBR,
		.flags = NBMAP_FIXED_SEED,
		.seed = 1,
		.capacity = room,
		.type = boxed ? &boxed_type : NULL,
	};
	struct map *map = malloc(sizeof(*map));

	if (!map || nbmap_u64_new(&map->table, &config))
		subject_fail("a map could not be made");
	map->boxed = boxed;
	return map;
}

static void destroy(void *arg)
{
	struct map *map = arg;

	if (nbmap_u64_destroy(map->table))
		subject_fail("a map could not be destroyed");
	if (map->boxed)
		boxes_end();
	free(map);
}

static void begin(void *map, unsigned thread)
{
	(void)map;
	(void)thread;
	flavor_register();
}

static void end(void *map)
{
	(void)map;
	flavor_unregister();
}

static void quiescent(void *map)
{
	(void)map;
	flavor_quiescent();
}

static uint64_t get(void *arg, uint64_t key)
{
	struct map *map = arg;
	void *value = nbmap_u64_get(map->table, key);

	if (!value || !map->boxed)
		return value ? nbmap_int_of(value) : 0;
	return ((struct box *)value)->value;
}

static void put(void *arg, uint64_t key, uint64_t value)
{
	struct map *map = arg;

	nbmap_u64_enter(map->table);
	if (nbmap_u64_put(map->table, key, map->boxed ? box_make(value) : nbmap_int(value), NULL))
		subject_fail("a put was refused");
	nbmap_u64_leave(map->table);
}

static bool take(void *arg, uint64_t key)
{
	struct map *map = arg;
	bool was_there;

	nbmap_u64_enter(map->table);
	was_there = !nbmap_u64_del(map->table, key, NULL);
	nbmap_u64_leave(map->table);
	return was_there;
}

static uint64_t count(void *arg)
{
	return nbmap_u64_count(((struct map *)arg)->table);
}

struct nbmap_u64 *nbmap_of_subject(void *map)
{
	return ((struct map *)map)->table;
}

const struct subject subject_nbmap = {
	.name = "nbmap",
	.grows = true,
	.boxes = true,
	.create = create,
	.destroy = destroy,
	.begin = begin,
	.end = end,
	.quiescent = quiescent,
	.get = get,
	.put = put,
	.remove = take,
	.count = count,
};
