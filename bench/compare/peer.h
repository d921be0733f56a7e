/*
 * peer: a map of one library behind one interface.
 *
 * The operation loops are compiled once per peer, from loops.h, so that a
 * library that lives in headers is inlined as in a program that uses it.  Only
 * whole loops are called through pointers.
 *
 * Each library has its default options and, where it has one, its default
 * hash.  An insert takes place only where the key is absent, an update only
 * where it is present.
 */
#ifndef COMPARE_PEER_H
#define COMPARE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"
#include "keys.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Percentages, in units of 1/2^16 and summed up: below the first a get, below the second an insert, ... */
struct peer_mixture {
	uint32_t get_below;
	uint32_t insert_below;
	uint32_t remove_below; /* and from here on an update */
};

/* One thread's part of a run.  The thread writes `ops` while others may read it. */
struct shift {
	/* What to do; a loop uses what it needs. */
	const bool *stop; /* atomic; ends every loop */
	uint64_t seed;
	uint64_t from, to; /* indices: to go through, or to draw from */
	uint64_t quota;	   /* operations after which the loop ends */
	struct peer_mixture mixture;
	const uint32_t *ring;		/* indices drawn beforehand; NULL: uniform from `from` to `to` */
	uint32_t ring_start, ring_mask; /* both in whole blocks of a loop */
	const struct key_strings *strings;
	const uint64_t *grown;	     /* atomic; another's `ops`: `to` follows it */
	struct histogram *histogram; /* of the timed loops */
	/* What was done. */
	uint64_t ops; /* atomic */
	uint64_t sum; /* of values read; keeps reads from being optimized away */
};

struct peer_loops {
	/* Draws keys and operations until stopped. */
	void (*mix)(void *map, struct shift *shift);
	/* The same, without updates; and branches on each answer. */
	void (*tested)(void *map, struct shift *shift);
	/* Inserts the keys of `from` to `to`. */
	void (*fill)(void *map, struct shift *shift);
	/* Removes nine of ten of the keys of `from` to `to`. */
	void (*erase)(void *map, struct shift *shift);
	/* Inserts `to` and on, and removes `from` and on, in turn. */
	void (*churn)(void *map, struct shift *shift);
	/* As mix, but inserts `to` and on, removes `from` and on, and draws in between. */
	void (*stream)(void *map, struct shift *shift);
	/* Each operation timed: as fill; updates and gets of keys drawn from `from` to `to`. */
	void (*timed_insert)(void *map, struct shift *shift);
	void (*timed_update)(void *map, struct shift *shift);
	void (*timed_get)(void *map, struct shift *shift);
};

struct peer {
	const char *name;
	const char *version;
	bool concurrent;
	bool own_allocator; /* takes memory where mallinfo2() does not see it */
	/* A map with room for `capacity` entries, or, for 0, as it comes.  NULL: no memory. */
	void *(*create)(size_t capacity);
	/* No other thread uses it; waits for what is still to be freed. */
	void (*destroy)(void *map);
	/* Wait until what was removed is freed.  By a thread that has not begun.  NULL: it is freed at once. */
	void (*settle)(void *map);
	/* First and last call of every thread that runs loops.  NULL: nothing to do. */
	void (*begin)(void);
	void (*end)(void);
	/* Bytes it has allocated, by its own account.  NULL: it keeps none. */
	size_t (*table_bytes)(void *map);
	/* Whether it is between two tables.  By a thread that has not begun.  NULL: it does not tell. */
	bool (*migrating)(void *map);
	struct peer_loops loops;
};

/* Ends the process: no memory for an operation. */
__attribute__((noreturn)) void peer_exhausted(const char *name);

#ifdef __cplusplus
}
#endif

#endif
