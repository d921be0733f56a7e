/*
 * cds_lfht_table: the life of liburcu's table, of integers and of strings.  Read after
 * `struct node`, with its `link` and `head`, and free_node() for call_rcu().
 */
#ifndef COMPARE_CDS_LFHT_TABLE_H
#define COMPARE_CDS_LFHT_TABLE_H

struct map {
	struct cds_lfht *table;
};

static void *create(size_t capacity)
{
	struct map *map = malloc(sizeof(*map));
	unsigned long buckets = 1;

	while (buckets < capacity)
		buckets *= 2;
	if (map)
		map->table = cds_lfht_new_flavor(buckets, 1, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING,
						 &urcu_qsbr_flavor, NULL);
	if (map && !map->table) {
		free(map);
		return NULL;
	}
	return map;
}

static void settle(void *map)
{
	(void)map;
	urcu_qsbr_barrier();
}

static void destroy(void *arg)
{
	struct map *map = arg;
	struct cds_lfht_iter iter;
	struct node *node;

	urcu_qsbr_register_thread();
	cds_lfht_for_each_entry(map->table, &iter, node, link)
	{
		if (cds_lfht_del(map->table, &node->link) == 0)
			urcu_qsbr_call_rcu(&node->head, free_node);
	}
	urcu_qsbr_unregister_thread();
	cds_lfht_destroy(map->table, NULL);
	urcu_qsbr_barrier();
	free(map);
}

#endif
