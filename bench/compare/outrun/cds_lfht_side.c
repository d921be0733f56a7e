/*
 * The side cds_lfht: liburcu's table, whose nodes hold the value, and its
 * call_rcu(), which has no limit.  The table has room from the start and is
 * not resized.  What waits is what was handed to call_rcu() less what it has
 * freed, both counted by each thread for itself.
 */
#include <stdlib.h>
#include <string.h>

#include <urcu/call-rcu.h>
#include <urcu/compiler.h>
#include <urcu/flavor.h>
#include <urcu/rculfhash.h>

#include "burden.h"
#include "flavor.h"
#include "outrun/side.h"
#include "peers.h"

struct map {
	struct side_base base;
	struct cds_lfht *table;
	struct tally retired, freed;
};

struct node {
	struct cds_lfht_node link;
	struct rcu_head head;
	struct map *map;
	uint64_t key;
	char spare[SIDE_BLOCK - sizeof(struct cds_lfht_node) - sizeof(struct rcu_head) - sizeof(struct map *) -
		   sizeof(uint64_t)];
};

_Static_assert(sizeof(struct node) == SIDE_BLOCK, "as large as the other side's");

/* key_u64() has mixed it. */
static inline unsigned long hash(uint64_t key)
{
	return (unsigned long)key;
}

static int match(struct cds_lfht_node *link, const void *key)
{
	return caa_container_of(link, struct node, link)->key == *(const uint64_t *)key;
}

static void free_node(struct rcu_head *head)
{
	struct node *node = caa_container_of(head, struct node, head);
	struct map *map = node->map;

	burden_free(node);
	tally_add(&map->freed, 1);
}

static inline void retire(struct map *map, struct node *node)
{
	/* Before it can be freed. */
	tally_add(&map->retired, 1);
	map->base.urcu->update_call_rcu(&node->head, free_node);
}

static inline void map_enter(struct map *map)
{
	map->base.urcu->read_lock();
}

static inline void map_leave(struct map *map)
{
	map->base.urcu->read_unlock();
}

static inline void map_quiescent(struct map *map)
{
	map->base.urcu->read_quiescent_state();
}

static inline bool map_put(struct map *map, uint64_t key)
{
	struct node *node = malloc(sizeof(*node));

	if (!node)
		peer_exhausted("cds_lfht");
	node->map = map;
	node->key = key;

	struct cds_lfht_node *old = cds_lfht_add_replace(map->table, hash(key), match, &key, &node->link);

	if (old)
		retire(map, caa_container_of(old, struct node, link));
	return true;
}

static inline struct node *find(struct map *map, uint64_t key)
{
	struct cds_lfht_iter iter;

	cds_lfht_lookup(map->table, hash(key), match, &key, &iter);

	struct cds_lfht_node *link = cds_lfht_iter_get_node(&iter);

	return link ? caa_container_of(link, struct node, link) : NULL;
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	struct node *node = find(map, key);

	if (node && cds_lfht_del(map->table, &node->link) == 0)
		retire(map, node);
	return true;
}

static inline void map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	const struct node *node = find(map, key);

	if (node)
		*sum += node->key;
}

#include "outrun/loops.h"

static struct cds_lfht *new_table(const struct side_config *config)
{
	unsigned long buckets = 1;

	while (buckets < 2 * config->room)
		buckets *= 2;
	return cds_lfht_new_flavor(buckets, buckets, buckets, 0, flavor_of(config->flavor), NULL);
}

static void nothing(struct rcu_head *head)
{
	(void)head;
}

/* call_rcu()'s thread may run where its first caller may: anywhere, and not where a writer is pinned. */
static void start_call_rcu(const struct rcu_flavor_struct *urcu)
{
	struct rcu_head first;

	urcu->register_thread();
	urcu->update_call_rcu(&first, nothing);
	urcu->unregister_thread();
	urcu->barrier();
}

static void *create(const struct side_config *config)
{
	struct map *map = aligned_alloc(_Alignof(struct map), sizeof(*map));

	if (!map)
		return NULL;
	memset(map, 0, sizeof(*map));
	side_base_init(&map->base, config);
	map->table = new_table(config);
	if (!map->table) {
		free(map);
		return NULL;
	}
	start_call_rcu(map->base.urcu);
	side_fill(map, config->present);
	return map;
}

static void destroy(void *arg)
{
	struct map *map = arg;
	struct cds_lfht_iter iter;
	struct node *node;

	map->base.urcu->register_thread();
	map->base.urcu->read_lock();
	cds_lfht_for_each_entry(map->table, &iter, node, link)
	{
		if (cds_lfht_del(map->table, &node->link) == 0)
			retire(map, node);
	}
	map->base.urcu->read_unlock();
	map->base.urcu->unregister_thread();
	cds_lfht_destroy(map->table, NULL);
	map->base.urcu->barrier();
	free(map);
}

static uint64_t pending(void *arg)
{
	struct map *map = arg;
	int64_t freed = tally_sum(&map->freed);

	/* In this order, so that no block counts as freed but not as retired. */
	return (uint64_t)(tally_sum(&map->retired) - freed);
}

const struct side side_cds_lfht = {"cds_lfht", create, destroy, pending, SIDE_LOOPS};
