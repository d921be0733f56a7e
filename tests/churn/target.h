/*
 * target: the map whose memory is measured, behind one set of calls for both
 * kinds of key.
 *
 * All options are the library's defaults, and so is the allocator: malloc.
 * Entries are named by a number; its key is a mix of the number and the seed,
 * no two the same.  Object keys are strings that the map copies.  Values are
 * boxed numbers that the map owns, or, with integer keys, plain numbers.
 */
#ifndef CHURN_TARGET_H
#define CHURN_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nbmap.h"

struct target {
	enum nbmap_flavor flavor;
	bool integer; /* kind of key */
	bool boxed;   /* always, if not integer */
	uint64_t seed;
	struct nbmap *objects;
	struct nbmap_u64 *integers;
};

/* Ends the program if it cannot be made, or not be destroyed. */
void target_open(struct target *target);
void target_close(struct target *target);

void target_enter(const struct target *target);
void target_leave(const struct target *target); /* and, for QSBR, a quiescent state */

/* Outside: all that was retired is freed. */
void target_barrier(const struct target *target);

/* ---- In a section ------------------------------------------------------- */

/* The entry must not be there.  A negative errno if it could not be put. */
int target_put(const struct target *target, uint64_t id);

/* The entry must be there. */
int target_del(const struct target *target, uint64_t id);

/* Whether the entry is there, with its own value. */
bool target_has(const struct target *target, uint64_t id);

/* Remove every entry that a walk meets.  Their number. */
size_t target_del_by_walk(const struct target *target);

void target_stats(const struct target *target, struct nbmap_stats *stats);

#endif
