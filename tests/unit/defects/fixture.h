/*
 * fixture: a map of either kind, hooks in its callbacks and its allocator, and
 * hands inside its tables.
 *
 * The library is the one with the smallest tables.  Threads that stop at a bad
 * moment are played: either by a hook in a callback or in the allocator, which
 * lets another thread do its work while the caller is in the midst of its own, or
 * by putting words by hand into the state that a stopped thread would have left.
 * Both are the same on every run.
 *
 * Every block of memory, key and value is counted; teardown fails if one was
 * not freed, or freed twice.  What `count` has is the map's, and goes with it;
 * the domain, which keeps emptied batches until its end, has a count of its own.
 * It has no thread, so nothing is freed before a test asks.
 */
#ifndef DEFECTS_FIXTURE_H
#define DEFECTS_FIXTURE_H

#include <check.h>
#include <errno.h>

#include "count_alloc.h"
#include "crew.h"
#include "life.h"
#include "run.h"
#include "subject.h"
#include "host.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "tuning.h"

#define KINDS 2

extern struct count *count;
extern struct nbmap_domain *domain;
extern struct subject subject;
extern struct nb_map *core;

/* What is to happen once, in the midst of the next hash, key_dup or alloc. */
extern void (*in_hash)(void);
extern void (*in_dup)(void);
extern void (*in_alloc)(void);

void setup(void);
void teardown(void);

/* Make the map and enter; leave, and destroy it. */
void begin(int integer);
void finish(void);

void put(uint64_t id, uint32_t number);
struct nbmap_stats stats(void);

/* ---- Inside the map ----------------------------------------------------- */

struct nb_table *top_table(void);
struct nb_table *last_table(void);

/* Give the last table a successor. */
struct nb_table *extend(void);

struct nb_place place_of(struct nb_table *table, uint64_t id);

/* A writer that claims the key's slot and stops before it sets a value. */
struct nb_place claim_only(struct nb_table *table, uint64_t id);

/* Move everything to a table without tombstones and with room. */
struct nb_table *fresh_table(void);

void sweep_all(struct nb_table *table);

/* No successor, and everything is where it should be. */
void assert_at_rest(void);

/* ---- The tests ---------------------------------------------------------- */

/* One for each file: its tests. */
void add_leaks(TCase *tcase);
void add_wrongs(TCase *tcase);
void add_depths(TCase *tcase);
void add_guarantees(TCase *tcase);

#endif
