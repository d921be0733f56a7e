/*
 * The peer cds_lfht with string keys.  A node holds its key and owns a boxed
 * value; call_rcu() frees both.  An update replaces the node.  The table wants
 * hashed keys: FNV-1a (Fowler, Noll, Vo) with a finalizer.
 */
#include <stdlib.h>
#include <string.h>

#include <urcu/compiler.h>
#include <urcu/rculfhash.h>

#include "box.h"
#include "peers.h"
#include "qsbr.h"

#define LOOPS_STRINGS

struct node {
	struct cds_lfht_node link;
	struct rcu_head head;
	struct box *box;
	char key[];
};

static inline unsigned long hash(const char *key)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (; *key; key++)
		sum = (sum ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
	return (unsigned long)draw_mix(sum);
}

static int match(struct cds_lfht_node *link, const void *key)
{
	return strcmp(caa_container_of(link, struct node, link)->key, key) == 0;
}

static void free_node(struct rcu_head *head)
{
	struct node *node = caa_container_of(head, struct node, head);

	free(node->box);
	free(node);
}

#include "cds_lfht_table.h"

static struct node *node_new(const char *key, uint64_t value)
{
	size_t size = strlen(key) + 1;
	struct node *node = malloc(sizeof(*node) + size);

	if (!node)
		peer_exhausted("cds_lfht");
	node->box = box_new(value, "cds_lfht");
	memcpy(node->key, key, size);
	return node;
}

static inline bool map_get(struct map *map, const char *key, uint64_t *sum)
{
	struct cds_lfht_iter iter;

	cds_lfht_lookup(map->table, hash(key), match, key, &iter);

	struct cds_lfht_node *link = cds_lfht_iter_get_node(&iter);

	if (!link)
		return false;
	*sum += caa_container_of(link, struct node, link)->box->number;
	return true;
}

static inline bool map_insert(struct map *map, const char *key, uint64_t value)
{
	struct node *node = node_new(key, value);
	bool added = cds_lfht_add_unique(map->table, hash(key), match, key, &node->link) == &node->link;

	if (!added)
		free_node(&node->head);
	return added;
}

static inline bool map_remove(struct map *map, const char *key)
{
	struct cds_lfht_iter iter;

	cds_lfht_lookup(map->table, hash(key), match, key, &iter);

	struct cds_lfht_node *link = cds_lfht_iter_get_node(&iter);

	if (!link || cds_lfht_del(map->table, link))
		return false;
	urcu_qsbr_call_rcu(&caa_container_of(link, struct node, link)->head, free_node);
	return true;
}

static inline bool map_update(struct map *map, const char *key, uint64_t value)
{
	struct node *node = node_new(key, value);
	unsigned long hashed = hash(key);
	struct cds_lfht_iter iter;

	cds_lfht_lookup(map->table, hashed, match, key, &iter);

	struct cds_lfht_node *link = cds_lfht_iter_get_node(&iter);

	if (!link || cds_lfht_replace(map->table, &iter, hashed, match, key, &node->link)) {
		free_node(&node->head);
		return false;
	}
	urcu_qsbr_call_rcu(&caa_container_of(link, struct node, link)->head, free_node);
	return true;
}

#include "loops.h"

const struct peer peer_cds_lfht_strings = {
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
