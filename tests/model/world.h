/*
 * world: the map under test, of either kind, and its recorded operations.
 *
 * Keys and values are small numbers.  In an object map they are boxed, the
 * values owned by the map; in an integer map, or where a scenario asks for it, values are
 * nbmap_int() of one less, as 0 stands for "absent".  A
 * scenario is written once and run for both: a key has the same home in both.
 *
 * The integer keys that stand for numbers are chosen by the place they get:
 *
 *   in slots of tables   all of them
 *   aside                keys 0 and 1 in the chain's two side slots, the others
 *                        in slots of tables
 *
 * and world_begin() and world_end() check that they are there.
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history.h"

enum world_kind { WORLD_OBJECT, WORLD_INTEGER };

/* What an update's callback does; each leaves a value that it has made in the spare. */
enum world_update {
	WORLD_PLUS,    /* add; the spare is used again */
	WORLD_ANEW,    /* add; each attempt makes a value anew */
	WORLD_KEEP,    /* leave the key as it is */
	WORLD_TAKE,    /* remove */
	WORLD_GIVE_UP, /* answer -ECANCELED */
};

struct world_shape {
	enum world_kind kind;
	bool one_home; /* all keys have one home line */
	bool aside;    /* integer keys 0 and 1 live in the side slots */
	bool integers; /* no value is boxed */
};

/* Make an empty map of one line. */
void world_begin(struct world_shape shape);

/*
 * Check and end: no thread runs any more.  Reads every key, checks the map's
 * invariants, the history, and after destroying the map that everything was
 * freed once.
 */
void world_end(void);

/* For an execution in which a thread is stopped inside a call: calls are not
 * recorded from here on, and world_abandon() ends it. */
void world_hoard(void);
void world_abandon(void);

/* Recorded operations, each in a section of its own.  Return the result. */
uint64_t world_get(unsigned key);
void world_get_batch(unsigned key, unsigned other); /* recorded as two gets */
int world_put(unsigned key, uint64_t value);
int world_add(unsigned key, uint64_t value);
int world_set(unsigned key, uint64_t value);
int world_replace(unsigned key, uint64_t expected, uint64_t value);
int world_del(unsigned key);
int world_del_if(unsigned key, uint64_t expected);
int world_update(unsigned key, enum world_update how, uint64_t plus);
int world_get_or_add(unsigned key, uint64_t value); /* recorded as an add */
int world_add_int(unsigned key, int64_t delta);     /* nothing where values are boxed */
int world_clear(void);

/* Not recorded; each in a section of its own.  Where something fails on purpose
 * (quarantine_fail()), what it was needed for is not done. */
void world_migrate(void);       /* give the last table of the chain a successor */
/* That is wanted only: a slice of an heir of three lines, or one more heir. */
int world_want(unsigned places);
void world_finish(void);        /* sweep and promote what is being left */
void world_walk(uint64_t seen[HISTORY_KEYS]); /* adds how often each key was seen */
/* A cycle of scans, up to `n` entries and a section each. */
void world_cycle(uint64_t seen[HISTORY_KEYS], size_t n);
size_t world_count(void);

/* Free what is ripe beside the others, which also settles migrations, as the
 * domain's thread does. */
void world_reclaim(void);

/* Whether the top table is being left, and whether all of it is swept. */
bool world_leaves(void);
bool world_swept(void);

/* Move top on if its table is swept. */
void world_promote(void);

/* Sweep a block of the `after`th table from the top, if it is being left. */
void world_sweep(unsigned after, unsigned block);

/* The most steps that any one call has taken since world_hoard(). */
uint64_t world_longest_call(void);

#endif
