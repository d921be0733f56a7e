/*
 * The map cds_lfht of liburcu, guarded by its qsbr flavour.  A node holds the
 * word and, of its count, the box or the integer; a box that is replaced is
 * freed by call_rcu(), one that is incremented in place stays.  Words are hashed as nbmap's are.
 */
#include "maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <urcu/compiler.h>
#include <urcu/rculfhash.h>
#include <urcu/urcu-qsbr.h>

#define SEED 1

struct state {
	struct cds_lfht *table;
	enum counter_values values;
};

struct box {
	uint64_t count;
	struct rcu_head head;
};

/* The word's bytes follow. */
struct node {
	struct cds_lfht_node link;
	struct rcu_head head;
	uintptr_t count; /* the box, or the integer */
	size_t size;
};

struct word {
	const void *data;
	size_t size;
};

static bool is_boxed(const struct state *state)
{
	return state->values != COUNTER_INTEGERS;
}

static struct node *node_of(struct cds_lfht_node *link)
{
	return caa_container_of(link, struct node, link);
}

static int match(struct cds_lfht_node *link, const void *key)
{
	const struct node *node = node_of(link);
	const struct word *word = key;

	return node->size == word->size && memcmp(node + 1, word->data, word->size) == 0;
}

static void free_box(struct rcu_head *head)
{
	free(caa_container_of(head, struct box, head));
}

static void free_node(struct rcu_head *head)
{
	free(caa_container_of(head, struct node, head));
}

static int create(void **made, const struct counter_options *options)
{
	struct state *state = malloc(sizeof(*state));

	if (!state)
		return -ENOMEM;
	state->values = options->values;
	state->table = cds_lfht_new_flavor(1, 1, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, &urcu_qsbr_flavor,
					   NULL);
	if (!state->table) {
		free(state);
		return -ENOMEM;
	}
	*made = state;
	return 0;
}

/* The table's own thread may still be resizing it, and read what is removed. */
static int destroy(void *arg)
{
	struct state *state = arg;
	struct cds_lfht_iter iter;
	struct node *node;

	urcu_qsbr_register_thread();
	cds_lfht_for_each_entry(state->table, &iter, node, link) {
		cds_lfht_del(state->table, &node->link);
		if (is_boxed(state))
			free((void *)node->count);
		urcu_qsbr_call_rcu(&node->head, free_node);
	}
	urcu_qsbr_unregister_thread();

	int err = cds_lfht_destroy(state->table, NULL);

	urcu_qsbr_barrier();
	if (!err)
		free(state);
	return err;
}

static void register_thread(void *arg)
{
	(void)arg;
	urcu_qsbr_register_thread();
}

static void unregister_thread(void *arg)
{
	(void)arg;
	urcu_qsbr_unregister_thread();
}

static void quiesce(void *arg)
{
	(void)arg;
	urcu_qsbr_quiescent_state();
}

static void offline(void *arg)
{
	(void)arg;
	urcu_qsbr_thread_offline();
}

static void online(void *arg)
{
	(void)arg;
	urcu_qsbr_thread_online();
}

/* A new box with one more than the present one, until it takes its place. */
static int increment_box(struct node *node)
{
	struct box *box = malloc(sizeof(*box));
	uintptr_t seen = uatomic_read(&node->count), was;

	if (!box)
		return -ENOMEM;
	for (;;) {
		box->count = ((const struct box *)seen)->count + 1;
		was = uatomic_cmpxchg(&node->count, seen, (uintptr_t)box);
		if (was == seen)
			break;
		seen = was;
	}
	urcu_qsbr_call_rcu(&((struct box *)seen)->head, free_box);
	return 0;
}

static int increment(const struct state *state, struct node *node)
{
	switch (state->values) {
	case COUNTER_NEW_BOXES:
		return increment_box(node);
	case COUNTER_IN_PLACE:
		uatomic_inc(&((struct box *)node->count)->count);
		return 0;
	default:
		uatomic_inc(&node->count);
		return 0;
	}
}

/* A node that has counted the word once. */
static struct node *new_node(const struct state *state, const struct word *word)
{
	struct node *node = malloc(sizeof(*node) + word->size);
	struct box *box = is_boxed(state) ? malloc(sizeof(*box)) : NULL;

	if (!node || (is_boxed(state) && !box)) {
		free(node);
		free(box);
		return NULL;
	}
	if (box)
		box->count = 1;
	node->count = box ? (uintptr_t)box : 1;
	node->size = word->size;
	memcpy(node + 1, word->data, word->size);
	return node;
}

static int add(void *arg, const void *item, size_t size)
{
	struct state *state = arg;
	struct word word = {.data = item, .size = size};
	unsigned long hash = nbmap_hash_bytes(item, size, SEED);
	struct cds_lfht_iter iter;
	struct cds_lfht_node *link;

	cds_lfht_lookup(state->table, hash, match, &word, &iter);
	link = cds_lfht_iter_get_node(&iter);
	if (link)
		return increment(state, node_of(link));

	struct node *node = new_node(state, &word);

	if (!node)
		return -ENOMEM;
	link = cds_lfht_add_unique(state->table, hash, match, &word, &node->link);
	if (link == &node->link)
		return 0;
	if (is_boxed(state))
		free((void *)node->count);
	free(node);
	return increment(state, node_of(link));
}

static int collect(void *arg, struct reference *table)
{
	struct state *state = arg;
	struct cds_lfht_iter iter;
	struct node *node;
	int err;

	cds_lfht_for_each_entry(state->table, &iter, node, link) {
		uint64_t count = is_boxed(state) ? ((const struct box *)node->count)->count : node->count;

		err = reference_add(table, node + 1, node->size, count);
		if (err)
			return err;
	}
	return 0;
}

const struct counter_map counter_cds_lfht = {
	.name = "cds_lfht",
	.create = create,
	.destroy = destroy,
	.add = add,
	.collect = collect,
	.register_thread = register_thread,
	.unregister_thread = unregister_thread,
	.quiesce = quiesce,
	.offline = offline,
	.online = online,
};
