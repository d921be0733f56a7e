/*
 * counter: the map under test, from words or 64-bit integers to counts, behind
 * one interface.
 *
 * Counts are kept in one of three ways:
 *
 *   new boxes   every increment stores a new box and frees the old one, when no reader
 *               can see it any more, so that reclamation works as hard as the map
 *   in place    a box a word, incremented where it stands
 *   integers    no boxes
 *
 * Each map is a `struct counter_map` in a file of its own below maps/.
 */
#ifndef WORDCOUNT_COUNTER_H
#define WORDCOUNT_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbmap.h>

#include "input.h"
#include "reference.h"

enum counter_values { COUNTER_NEW_BOXES, COUNTER_IN_PLACE, COUNTER_INTEGERS };

struct counter_options {
	enum input_items items;
	enum counter_values values;
	enum nbmap_flavor flavor; /* of nbmap */
	size_t limit;		  /* objects that may wait to be freed, in nbmap; 0: its default */
};

/* Whether to end a walk. */
typedef bool counter_stop(void *arg);

/* What a map can do, in words of the functions below.  `state` is what create() made. */
struct counter_map {
	const char *name; /* as in nbmap-bench */
	int (*create)(void **state, const struct counter_options *options);
	int (*destroy)(void *state);
	int (*add)(void *state, const void *item, size_t size);
	int (*collect)(void *state, struct reference *table);
	/* NULL: nothing to do. */
	void (*register_thread)(void *state);
	void (*unregister_thread)(void *state);
	void (*enter)(void *state);
	void (*leave)(void *state);
	void (*quiesce)(void *state);
	void (*offline)(void *state);
	void (*online)(void *state);
	/* NULL: only nbmap can do this, beside writers and exactly, and counts integers. */
	void (*reclaim)(void *state);
	int (*sweep)(void *state, uint64_t rare, struct reference *removed, counter_stop *stop, void *arg);
	int (*barrier)(void *state);
	void (*stats)(void *state, struct nbmap_stats *stats);
	void (*reclaimed)(void *state, struct nbmap_domain_stats *stats);
};

/* Those that were built, nbmap first.  The last is NULL. */
extern const struct counter_map *const counter_maps[];

/* NULL if there is none of the name. */
const struct counter_map *counter_find(const char *name);

struct counter {
	const struct counter_map *map;
	void *state;
};

/* 0 or -errno; then nothing is left behind. */
int counter_new(struct counter *counter, const struct counter_map *map, const struct counter_options *options);
/* Free all.  No thread may be using it.  Called outside any section. */
int counter_destroy(struct counter *counter);

/* A thread registers before its first section and unregisters at its end. */
void counter_register(const struct counter *counter);
void counter_unregister(const struct counter *counter);

void counter_enter(struct counter *counter);
void counter_leave(struct counter *counter);
/* Outside a section: bracket reading files, which grace periods need not wait for. */
void counter_offline(const struct counter *counter);
void counter_online(const struct counter *counter);
/* Inside a section: end it, and begin another. */
void counter_breathe(struct counter *counter);
/* The same, with a grace period in between: what -ENOBUFS asks for. */
void counter_relieve(struct counter *counter);

/* Add one.  `item` is borrowed.  In a section; 0, or the map's error. */
int counter_add(struct counter *counter, const void *item, size_t size);

/*
 * One walk that removes what has been counted at most `rare` times and adds
 * what it removed to `removed`, exactly.  Ends early once `stop` says so.  In
 * a section, the same for the whole walk; 0, or an error that ended it.
 */
int counter_sweep(struct counter *counter, uint64_t rare, struct reference *removed, counter_stop *stop, void *arg);

/* Add every count in the map to `table`.  In a section; no thread counts.  0 or -ENOMEM. */
int counter_collect(struct counter *counter, struct reference *table);

/* In a section.  False if the map keeps none. */
bool counter_stats(struct counter *counter, struct nbmap_stats *stats);

/* Wait until all that was retired is freed.  Outside any section. */
int counter_barrier(struct counter *counter);

/* What nbmap's domain has freed so far: boxes are among its objects, not its bytes. */
void counter_reclaimed(struct counter *counter, struct nbmap_domain_stats *stats);

#endif
