/*
 * counter: the map under test, from words or 64-bit integers to counts, in a
 * reclamation domain of its own.
 *
 * Counts are boxed: every increment stores a new box and the map retires the
 * old one, so that reclamation works as hard as the map.  Or they are plain
 * integers, with which only keys and tables are retired.
 */
#ifndef WORDCOUNT_COUNTER_H
#define WORDCOUNT_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbmap.h>

#include "input.h"
#include "reference.h"

struct counter {
	enum input_items items;
	enum nbmap_flavor flavor;
	bool boxed;
	struct nbmap_domain *domain;
	struct nbmap *words;	   /* for INPUT_WORDS, else NULL */
	struct nbmap_u64 *numbers; /* for INPUT_U64, else NULL */
	_Atomic uint64_t boxes_freed;
};

/* `limit` objects may wait to be freed; 0: the library's default.  0 or -errno; then nothing is left behind. */
int counter_new(struct counter *counter, enum input_items items, enum nbmap_flavor flavor, bool boxed, size_t limit);
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
int counter_sweep(struct counter *counter, uint64_t rare, struct reference *removed, bool (*stop)(void *arg),
		  void *arg);

/* Add every count in the map to `table`.  In a section; 0 or -ENOMEM. */
int counter_collect(struct counter *counter, struct reference *table);

/* In a section. */
void counter_stats(struct counter *counter, struct nbmap_stats *stats);

/* Wait until all that was retired is freed.  Outside any section. */
int counter_barrier(struct counter *counter);

/* Bytes freed so far: those the domain knows of, and the boxes. */
uint64_t counter_reclaimed(struct counter *counter, struct nbmap_domain_stats *stats);

#endif
