/*
 * The peer ck_ht of Concurrency Kit.  It has one writer at a time, behind a
 * mutex, and readers beside it; tables it has left are freed after a grace
 * period of QSBR.  Its own hash, MurmurHash64A.
 */
#include <pthread.h>
#include <stdlib.h>

#include <ck_ht.h>

#include "peers.h"
#include "qsbr.h"

struct map {
	ck_ht_t table;
	pthread_mutex_t writer;
};

/* What the table is given lies behind this. */
struct block {
	_Alignas(16) struct rcu_head head;
};

static void *take(size_t size)
{
	struct block *block = malloc(sizeof(*block) + size);

	return block ? block + 1 : NULL;
}

static void free_block(struct rcu_head *head)
{
	free(head);
}

static void give(void *memory, size_t size, bool defer)
{
	struct block *block = memory;

	(void)size;
	if (!memory)
		return;
	block--;
	if (defer)
		urcu_qsbr_call_rcu(&block->head, free_block);
	else
		free(block);
}

static struct ck_malloc allocator = {.malloc = take, .free = give};

static inline ck_ht_hash_t look_for(struct map *map, uint64_t key, ck_ht_entry_t *entry)
{
	ck_ht_hash_t hash;

	ck_ht_hash_direct(&hash, &map->table, (uintptr_t)key);
	ck_ht_entry_key_set_direct(entry, (uintptr_t)key);
	return hash;
}

static inline bool map_get(struct map *map, uint64_t key, uint64_t *sum)
{
	ck_ht_entry_t entry;
	ck_ht_hash_t hash = look_for(map, key, &entry);

	if (!ck_ht_get_spmc(&map->table, hash, &entry))
		return false;
	*sum += ck_ht_entry_value_direct(&entry);
	return true;
}

static inline bool map_insert(struct map *map, uint64_t key, uint64_t value)
{
	ck_ht_entry_t entry;
	ck_ht_hash_t hash;

	ck_ht_hash_direct(&hash, &map->table, (uintptr_t)key);
	ck_ht_entry_set_direct(&entry, hash, (uintptr_t)key, (uintptr_t)value);
	pthread_mutex_lock(&map->writer);

	bool added = ck_ht_put_spmc(&map->table, hash, &entry);

	pthread_mutex_unlock(&map->writer);
	return added;
}

static inline bool map_remove(struct map *map, uint64_t key)
{
	ck_ht_entry_t entry;
	ck_ht_hash_t hash = look_for(map, key, &entry);

	pthread_mutex_lock(&map->writer);

	bool removed = ck_ht_remove_spmc(&map->table, hash, &entry);

	pthread_mutex_unlock(&map->writer);
	return removed;
}

static inline bool map_update(struct map *map, uint64_t key, uint64_t value)
{
	ck_ht_entry_t entry;
	ck_ht_hash_t hash = look_for(map, key, &entry);

	pthread_mutex_lock(&map->writer);

	bool present = ck_ht_get_spmc(&map->table, hash, &entry);

	if (present) {
		ck_ht_entry_set_direct(&entry, hash, (uintptr_t)key, (uintptr_t)value);
		ck_ht_set_spmc(&map->table, hash, &entry);
	}
	pthread_mutex_unlock(&map->writer);
	return present;
}

#include "loops.h"

/* What the table starts with where nothing is asked for. */
#define FEW 8

static void *create(size_t capacity)
{
	struct map *map = malloc(sizeof(*map));

	if (map && !ck_ht_init(&map->table, CK_HT_MODE_DIRECT, NULL, &allocator, capacity ? capacity : FEW, 0)) {
		free(map);
		return NULL;
	}
	if (map)
		pthread_mutex_init(&map->writer, NULL);
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

	ck_ht_destroy(&map->table);
	urcu_qsbr_barrier();
	pthread_mutex_destroy(&map->writer);
	free(map);
}

const struct peer peer_ck_ht = {
	.name = "ck_ht",
	.version = PEER_CK_HT_VERSION,
	.concurrent = true,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.begin = urcu_qsbr_register_thread,
	.end = urcu_qsbr_unregister_thread,
	.loops = LOOPS,
};
