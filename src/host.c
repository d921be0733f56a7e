/*
 * host: the core's surroundings in the library: the map's allocator and its
 * reclamation domain.
 *
 * A block handed out has a header before it, so that a table can be retired
 * without allocating anything:
 *
 *   | struct header | what was asked for |
 *     64 bytes        aligned to 64
 */
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "pages.h"
#include "probe.h"
#include "reclaim.h"
#include "tuning.h"

#define BLOCK_ALIGN 64

struct header {
	struct nbr_node node;
	struct nb_map *map;
	struct nb_dismantling done;
};

_Static_assert(sizeof(struct header) <= BLOCK_ALIGN, "a header fits before a block");

/* The default allocator's argument where huge pages are not wanted. */
static char small_pages;

static void *default_alloc(size_t size, size_t align, void *arg)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	if (size < NB_PAGES_MIN)
		return aligned_alloc(align, (size + align - 1) / align * align);
	return nb_pages_map(size, arg != &small_pages);
}

static void default_free(void *block, size_t size, void *arg)
{
	(void)arg;
	if (size < NB_PAGES_MIN)
		free(block);
	else
		nb_pages_unmap(block, size);
}

struct nbmap_allocator nb_host_allocator(bool huge)
{
	return (struct nbmap_allocator){.alloc = default_alloc, .free = default_free, .arg = huge ? NULL : &small_pages};
}

size_t nb_host_block_size(size_t size)
{
	return size + BLOCK_ALIGN;
}

bool nb_host_zeroes(const struct nb_map *map, size_t size)
{
	return map->allocator.alloc == default_alloc && nb_host_block_size(size) >= NB_PAGES_MIN;
}

void nb_host_clear(void *block, size_t size)
{
	memset(block, 0, size);
}

void *nb_host_take(struct nb_map *map, size_t size)
{
	char *block = map->allocator.alloc(nb_host_block_size(size), BLOCK_ALIGN, map->allocator.arg);

	return block ? block + BLOCK_ALIGN : NULL;
}

void *nb_host_alloc(struct nb_map *map, size_t size)
{
	void *block = nb_host_take(map, size);

	if (block && !nb_host_zeroes(map, size))
		nb_host_clear(block, size);
	return block;
}

void nb_host_free(struct nb_map *map, void *block, size_t size)
{
	map->allocator.free((char *)block - BLOCK_ALIGN, nb_host_block_size(size), map->allocator.arg);
}

/* Pages of the system only: an allocator of the user's frees what it has given. */
size_t nb_host_left(const struct nb_map *map, size_t size)
{
	size_t left = nb_host_zeroes(map, size) ? nb_pages_left(nb_host_block_size(size)) : 0;

	return left ? left - BLOCK_ALIGN : 0;
}

void nb_host_free_end(struct nb_map *map, void *block, size_t size, size_t left)
{
	if (left)
		nb_pages_unmap_end((char *)block - BLOCK_ALIGN, nb_host_block_size(size), nb_host_block_size(left));
	else
		nb_host_free(map, block, size);
}

int nb_host_admit(struct nb_map *map, size_t bytes)
{
	return nbr_admit(map->domain, bytes);
}

int nb_host_has_room(struct nb_map *map, size_t bytes)
{
	return nbr_has_room(map->domain, bytes);
}

void nb_host_refused(struct nb_map *map)
{
	nbr_refused(map->domain);
}

static struct header *header_of(struct nb_table *table)
{
	return (struct header *)(void *)((char *)table - BLOCK_ALIGN);
}

static struct nb_table *table_of(struct header *header)
{
	return (struct nb_table *)(void *)((char *)header + BLOCK_ALIGN);
}

static bool free_table(struct nbr_node *node)
{
	struct header *header = (struct header *)(void *)node;

	return header->map->duties->free_table(header->map, &header->done, NB_FREE_SLOTS, &node->bytes);
}

static bool free_chain(struct nbr_node *node)
{
	struct header *header = (struct header *)(void *)node;

	return header->map->duties->free_chain(header->map, table_of(header), &header->done, NB_FREE_SLOTS,
					       &node->bytes);
}

static void retire(struct nb_map *map, struct nb_table *table, size_t bytes, bool (*free_it)(struct nbr_node *))
{
	struct header *header = header_of(table);

	header->map = map;
	header->done = (struct nb_dismantling){.table = table};
	nb_store_relaxed(&map->retired, 1); /* read when no thread is left */
	nbr_retire(map->domain, &header->node, free_it, bytes);
}

/* ---- Settling ----------------------------------------------------------- */

/*
 * A map that is loaded and then only read may be left between two tables.  So
 * a map whose migration has begun retires a node of its own, and whoever comes to
 * free that sweeps for a while instead, in slices; again and again, until the
 * migration is done.  That is the domain's freer as a rule, or who waits in the
 * domain, or, where much waits, a writer of any of its maps.  While writers are at
 * work on the migration, it is left to them.
 *
 * Each slice is a section: what it can reach from top stays while it works.
 *
 *   due = 1  <=>  the node is retired, or being run
 *   last, left    belong to who runs it
 *
 * If the start of a migration is before the settler's last look at top, that
 * look sees it.  If it is after, the start finds due = 0.  (seq_cst: each
 * writes one word and reads the other's.)
 */
static bool settle(struct nbr_node *node)
{
	struct nb_map *map = (struct nb_map *)(void *)((char *)node - offsetof(struct nb_map, settling.node));
	struct nb_settling *settling = &map->settling;
	size_t slice = settling->left < NB_SETTLE_SLICE ? settling->left : NB_SETTLE_SLICE;
	/* Writers are looked for once, not between two slices. */
	size_t moved = settling->left == NB_SETTLE_BLOCKS ? NB_SETTLE_BLOCKS : SIZE_MAX;
	/* After due = 0, and nothing to be begun again, the map may be gone. */
	struct nbr_domain *domain = map->domain;
	bool on, done;
	int result;

	nbr_enter(domain);
	/* acquire: pairs with nb_host_end(). */
	result = nb_load_acquire(&settling->ending) ? -EBUSY : map->duties->settle(map, &settling->last, moved, slice);
	settling->left = result == 0 ? settling->left - slice : 0;
	NBR_PROBE(settle, map, settling->last.number, settling->last.handed_out, result);
	on = result >= 0;
	done = !settling->left || !map->duties->is_large(map);
	if (done) {
		nb_store_seq_cst(&settling->due, 0);
		/* Without memory it is left to the next migration's start. */
		if (on && map->duties->is_large(map))
			nb_host_settle(map);
	}
	nbr_leave(domain);
	return done;
}

void nb_host_settle(struct nb_map *map)
{
	uint64_t idle = 0;

	if (!nb_cas_seq_cst(&map->settling.due, &idle, 1))
		return;
	nb_store_relaxed(&map->retired, 1); /* read when no thread is left */
	map->settling.left = NB_SETTLE_BLOCKS;
	nbr_retire(map->domain, &map->settling.node, settle, 0);
}

int nb_host_end(struct nb_map *map)
{
	int error;

	/* release: pairs with settle(). */
	nb_store_release(&map->settling.ending, 1);
	/* Nobody is in a call on this map any more; but others may run its node, see
	 * above.  If one of them looked at `ending` before it was set, the barrier
	 * waits for him; he may have retired the node once more, and then due is 1 and
	 * there is another barrier.  If he looked after, he lets the node go, and does
	 * not touch the map when he has set due to 0.  And whoever takes the node after
	 * the barrier looked after: he has seen a grace period end that was begun for
	 * it. */
	do
		error = nbr_barrier(map->domain);
	while (!error && nb_load_acquire(&map->settling.due));
	if (error)
		nb_store_release(&map->settling.ending, 0);
	return error;
}

/* ---- Retiring ----------------------------------------------------------- */

void nb_host_retire_table(struct nb_map *map, struct nb_table *table, size_t bytes)
{
	retire(map, table, bytes, free_table);
}

void nb_host_retire_chain(struct nb_map *map, struct nb_table *table, size_t bytes)
{
	retire(map, table, bytes, free_chain);
}
