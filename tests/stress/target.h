/*
 * target: the map under stress, behind one set of calls for both kinds of key.
 *
 * Keys, values and memory are counted (count_alloc.h).  Values are boxed
 * numbers that the map owns, or, for half of the maps with integer keys,
 * plain numbers; callers see numbers only, 0 for "absent".  A box that is
 * read after it was freed is a fault of the count.
 *
 * The callbacks and the allocator now and then yield or spin, each in the
 * midst of an operation: between hashing and probing, before a slot is
 * claimed, before a table is linked, between an update's read and its write.
 */
#ifndef STRESS_TARGET_H
#define STRESS_TARGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "count_alloc.h"
#include "history.h"
#include "nbmap.h"

/* How a target is made; all of it is drawn from the seed. */
struct target_plan {
	enum nbmap_flavor flavor;
	bool integer;	 /* kind of key */
	bool boxed;	 /* always for object keys */
	unsigned hashes; /* object keys: so many different hashes, 0: one a key */
	bool own_domain; /* counted too, and with the next two */
	bool no_thread;
	size_t limit; /* of retired objects; 0: default */
};

struct target {
	struct target_plan plan;
	struct count *count;
	struct nbmap_domain *domain;
	struct nbmap *objects;
	struct nbmap_u64 *integers;
	_Atomic uint64_t clock; /* of all threads: one tick an invocation or return */
};

/* Ends the program if it cannot be made. */
void target_open(struct target *target, const struct target_plan *plan);

/* False if something was not freed exactly once. */
bool target_close(struct target *target);

/* The calling thread's pauses come from this seed. */
void target_pauses(uint64_t seed);

void target_enter(struct target *target);
void target_leave(struct target *target); /* and, for QSBR, a quiescent state */

/* Outside: free what can be freed, where no thread of the domain does it. */
void target_reclaim(struct target *target);

/* At rest: whether the map's invariants hold and the count has no fault. */
bool target_valid(struct target *target);

uint64_t target_migrations(struct target *target);

/* ---- In a section ------------------------------------------------------- */

/* Keys that a batch may have. */
#define TARGET_BATCH 24

/* Key of the map that stands for key `n` of a history. */
uint64_t target_key(const struct target *target, unsigned n);

/* Do what the event says, and fill in its answer and times. */
void target_call(struct target *target, struct history_event *event);

/* Calls that are not recorded. */
int target_put(struct target *target, uint64_t id, uint64_t number, uint64_t *seen);
int target_del(struct target *target, uint64_t id, uint64_t *seen);
void *target_get(struct target *target, uint64_t id);

/* A batch of keys: their numbers, and the clock before and after. */
void target_get_batch(struct target *target, const uint64_t *ids, uint64_t *numbers, unsigned count,
		      uint64_t *invoked, uint64_t *returned);

uint64_t target_number(const struct target *target, const void *value);

/* Entries that a scan may ask for. */
#define TARGET_SCAN 512

/* A scan: the numbers of its keys and values, which it reads.  As nbmap_scan(). */
long target_scan(struct target *target, struct nbmap_cursor *cursor, uint64_t *ids, uint64_t *numbers, size_t n);

/* Walk the map, reading every key and value; their number. */
size_t target_walk(struct target *target);

#endif
