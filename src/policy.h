/*
 * policy: when a table is left, and how large the next one is.
 *
 * It goes by entries and used slots, never by the clock.  Its numbers, and what they
 * amortise to, are in tuning.h.  A map is *churned* when fresh keys take the place of
 * removed ones more than it grows.  There a larger successor saves work, as the one after
 * it comes later; in a map that grows, a smaller one saves memory.
 *
 *   used > 3/2 live  <=>  churned
 *
 * Invariants, for sizes that memory can have:
 *   limit < capacity
 *   a successor's limit - live >= 9/10 live: so many claims for each copied entry
 *   lines(live, used) <= lines(live + 1, used), but where entries become many
 */
#ifndef NB_POLICY_H
#define NB_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "slot.h"
#include "tuning.h"

/* What a table is made for. */
struct nb_size {
	size_t lines;
	bool churned; /* whether its map was */
};

static inline bool nb_policy_is_churned(uint64_t live, uint64_t used)
{
	return used > live && used - live > live / 2;
}

/* The lines that a successor of a table of `used` slots should have, for `live` entries;
 * SIZE_MAX where that wraps. */
size_t nb_policy_lines(uint64_t live, uint64_t used);

/* A table of this size is left when more than so many slots are used. */
uint64_t nb_policy_limit(struct nb_size size);

/* The lines of a table with room for `entries`, and for some that come and go; 0 for 0. */
size_t nb_policy_room(size_t entries);

#endif
