/*
 * map: what a map consists of.
 *
 *   map.top -> table -> next -> next ...      one chain
 *
 * The table at the top is the oldest that may hold entries.  A get begins
 * there; a promotion moves top to the next table, a clear to a table of
 * another chain.
 *
 * Invariants (nb_map_valid(), life.h):
 *   numbers along a chain rise by 1
 *   the last one's <= the chain's newest <= the last one's + 1
 *   with no operation under way, keys with a value = sum of live
 */
#ifndef NB_MAP_H
#define NB_MAP_H

/* Before the header is included for the first time: see "What compilers check" there. */
#define NBMAP_BUILDING

#include "key.h"
#include "nbmap.h"
#include "reclaim.h"

struct nb_duties;
struct nb_table;

/* How far a table has been left. */
struct nb_progress {
	uint64_t number;   /* which table */
	size_t handed_out; /* blocks */
};

/* The finishing of migrations that writers leave; see host.c. */
struct nb_settling {
	struct nbr_node node;
	nb_word due;    /* the node is retired, or being run */
	nb_word ending; /* the map is: do not begin again */
	struct nb_progress last;
	size_t left; /* blocks, before writers are looked for again */
};

struct nb_map {
	_Atomic(struct nb_table *) top;
	struct nb_keys keys;
	void (*value_free)(void *value, void *arg); /* or NULL: values are the callers' */
	bool (*value_equal)(const void *a, const void *b, void *arg);
	size_t (*value_size)(const void *value, void *arg); /* or NULL: not counted; only with a value_free */
	struct nbr_domain *domain;
	size_t min_lines; /* no table is made smaller */
	nb_word migrations;
	struct nb_settling settling;
	nb_word retired; /* whether anything ever was: then the end must wait */
	struct nbmap_allocator allocator;
	bool dismantled; /* by nb_map_destroy(), whose callbacks are all that looks */
	const struct nb_duties *duties; /* see host.h */
};

/* How large its block is: secrets follow a map whose keys are of a ready-made type. */
static inline size_t nb_map_size(enum nb_ready ready)
{
	return sizeof(struct nb_map) + (ready == NB_FOREIGN ? 0 : sizeof(struct nb_multilinear));
}

/* The two public types: a kind is a type to the compiler, nothing more. */
struct nbmap {
	struct nb_map map;
};

struct nbmap_u64 {
	struct nb_map map;
};

/* What freeing the value gives back; 0 if the type does not say. */
static inline size_t nb_value_bytes(const struct nb_map *map, uint64_t payload)
{
	return map->value_size ? map->value_size((const void *)(uintptr_t)payload, map->keys.arg) : 0;
}

#endif
