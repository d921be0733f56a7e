/*
 * host: what the core asks of whoever runs it: memory, a place to leave what
 * readers may still see, and a word before more of that is made.
 *
 * The library's own host (host.c) is the map's allocator and a reclamation
 * domain; a model checker brings another.  slot, table, migrate and count
 * need nothing else from outside.
 *
 * What is left to the host is done a while later, by functions of farther files
 * (chain.h, migrate.h).  The host does not name them: it finds them in the map's
 * *duties*.
 */
#ifndef NB_HOST_H
#define NB_HOST_H

#include <stdbool.h>
#include <stddef.h>

struct nb_map;
struct nb_progress;
struct nb_table;
struct nbmap_allocator;

/* How far a chain, or a single table, has been taken apart. */
struct nb_dismantling {
	struct nb_table *table;
	size_t slot : 63; /* of it, to be looked at next */
	size_t keys : 1;  /* the second pass */
};

struct nb_duties {
	/* nb_table_free_slice(), nb_chain_free_slice() */
	bool (*free_table)(struct nb_map *map, struct nb_dismantling *done, size_t slots, size_t *bytes);
	bool (*free_chain)(struct nb_map *map, struct nb_table *first, struct nb_dismantling *done, size_t slots,
			   size_t *bytes);
	/* nb_migrate_settle(), nb_migrate_is_large() */
	int (*settle)(struct nb_map *map, struct nb_progress *last, size_t moved, size_t blocks);
	bool (*is_large)(struct nb_map *map);
};

/* The allocator of maps that name none: malloc, and pages.h for large blocks. */
struct nbmap_allocator nb_host_allocator(bool huge);

/* `size` bytes of zeroes aligned to a cache line, or NULL. */
void *nb_host_alloc(struct nb_map *map, size_t size);

/* The same of bytes that are zeroes only if nb_host_zeroes() says so. */
void *nb_host_take(struct nb_map *map, size_t size);
bool nb_host_zeroes(const struct nb_map *map, size_t size);

/* Make them zeroes. */
void nb_host_clear(void *block, size_t size);

/* What came from either. */
void nb_host_free(struct nb_map *map, void *block, size_t size);

/*
 * The same in pieces, from the end, where a large block is long to free: what of
 * `size` bytes is left after one, 0 if nothing; and the freeing of that one.
 */
size_t nb_host_left(const struct nb_map *map, size_t size);
void nb_host_free_end(struct nb_map *map, void *block, size_t size, size_t left);

/* What a block of `size` takes in all; for statistics. */
size_t nb_host_block_size(size_t size);

/* 0, or -ENOBUFS where `bytes` more of garbage are too much: the call is refused. */
int nb_host_admit(struct nb_map *map, size_t bytes);

/* The same, where the call may go on without; and when it turns out that it may not. */
int nb_host_has_room(struct nb_map *map, size_t bytes);
void nb_host_refused(struct nb_map *map);

/*
 * A migration has begun.  Somebody may settle it in a while, in case that writers
 * do not finish it: speed, not correctness.
 */
void nb_host_settle(struct nb_map *map);

/*
 * After a grace period: free_table(table), or, for a whole chain from `table` on,
 * free_chain(), until it is done.  `table` came from nb_host_alloc() and is
 * unlinked; cannot fail.  `bytes` are what that frees.
 */
void nb_host_retire_table(struct nb_map *map, struct nb_table *table, size_t bytes);
void nb_host_retire_chain(struct nb_map *map, struct nb_table *table, size_t bytes);

/* Wait until nothing that the map has retired is left.  -EDEADLK. */
int nb_host_end(struct nb_map *map);

#endif
