/*
 * The peer cds_lfht of liburcu.  Nodes are allocated by the application, as
 * the table is intrusive, and freed by call_rcu().  An update stores into the
 * node, as it may for a value of one word.  The table wants hashed keys: the
 * finalizer of MurmurHash3 (Appleby) hashes them.
 */
#include <stdlib.h>

#include <urcu/compiler.h>
#include <urcu/rculfhash.h>

#include "peers.h"
#include "qsbr.h"

struct node {
	struct cds_lfht_node link;
	uint64_t key;
	uint64_t value;
	struct rcu_head head;
};

static inline unsigned long hash(uint64_t key)
{
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	key ^= key >> 33;
	key *= UINT64_C(0xc4ceb9fe1a85ec53);
	return (unsigned long)(key ^ key >> 33);
}

static int match(struct cds_lfht_node *link, const void *key)
{
	return caa_container_of(link, struct node, link)->key == *(const uint64_t *)key;
}

static void free_node(struct rcu_head *head)
{
	free(caa_container_of(head, struct node, head));
}

#include "cds_lfht_table.h"

static inline struct node *find(struct map *map, uint64_t key)
{
	struct cds_lfht_iter iter;

	cds_lfht_lookup(map->table, hash(key), match, &key, &iter);

	struct cds_lfht_node *link = cds_lfht_iter_get_node(&iter);

	return link ? caa_container_of(link, struct node, link) : NULL;
}

static inline bool map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	const struct node *node = find(map, key);

	if (!node)
		return false;
	*sum += CMM_LOAD_SHARED(node->value);
	return true;
}

static inline bool map_insert(struct map *map, uint64_t key, uint64_t value)
{
	struct node *node = malloc(sizeof(*node));

	if (!node)
		peer_exhausted("cds_lfht");
	node->key = key;
	node->value = value;

	bool added = cds_lfht_add_unique(map->table, hash(key), match, &key, &node->link) == &node->link;

	if (!added)
		free(node);
	return added;
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	struct node *node = find(map, key);

	if (!node || cds_lfht_del(map->table, &node->link))
		return false;
	urcu_qsbr_call_rcu(&node->head, free_node);
	return true;
}

static inline bool map_update(struct map *map, uint64_t key, uint64_t value)
{
	struct node *node = find(map, key);

	if (!node)
		return false;
	CMM_STORE_SHARED(node->value, value);
	return true;
}

#include "loops.h"

const struct peer peer_cds_lfht = {
	.name = "cds_lfht",
	.version = PEER_CDS_LFHT_VERSION,
	.concurrent = true,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.begin = urcu_qsbr_register_thread,
	.end = urcu_qsbr_unregister_thread,
	.loops = LOOPS,
};
