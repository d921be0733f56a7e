/*
 * cursor: how far a scan has come, said in hashes.
 *
 * A scan is put down between calls and taken up in tables that may be others by
 * then.  A hash outlives them: each key has one, and the tables of every size keep
 * its order (table.h).  So a cursor is a set of hashes, those that are still to
 * come, and a call takes a range of them away.
 *
 * The order.  At *grain* g the hashes are 2^g intervals of 2^(64-g): the upper g
 * bits of a hash are its interval's number, the others are its place in it.
 * Intervals are taken in the order of their numbers' bits reversed.  A cycle may
 * begin at any hash, its *origin*, and goes around:
 *
 *   rank(g, x) = reversed(number(x) xor number(origin)) * 2^(64-g)
 *                + (place(x) - place(origin)) mod 2^(64-g)
 *
 * which is a bijection: hash(g, .) is its inverse.  Why reversed: who removes
 * what he meets thins all of a table alike.  In the order of the hash what is
 * left would gather at one end, and when the table shrinks all of it would have
 * its home there.  That works while an interval is a few lines long; so the grain
 * follows the table:
 *
 *   lines <= 2^g * NB_STRETCH_LINES < 2 * lines   or g = 0
 *
 * Stages.  A cycle may meet tables of many sizes.  When the grain no longer fits,
 * a *stage* with one that does is begun, and the last one stays as it is:
 *
 *   to come = { x : rank(grain[s], x) >= at[s] for every stage s }
 *
 * Invariants (nb_cursor_valid()):
 *   1. stages <= NB_CURSOR_STAGES, grain[s] <= NB_GRAIN_MAX
 *   2. what is beyond the last stage is 0
 *
 * Proof that each hash comes once a cycle.
 *   1. A new stage has at = 0, and every rank >= 0: to come is the same.
 *   2. A range lies in one interval, does not pass its ends, and begins where the
 *      last stage is: its ranks are at, at + 1 and so on.  Passing it raises at by
 *      its length, which takes from to come those of its hashes that were in it,
 *      and no others.
 *   3. What is skipped is not in to come: an earlier stage is past it.
 *   4. The cycle ends when at passes 2^64 - 1: then nothing is to come.
 *   So the ranges of a cycle, each less what was not to come, are a partition of
 *   all hashes.
 * Nothing is said here of tables: that is range.h's part.
 *
 * When all stages are used the last one stays to the end of the cycle: what is
 * removed is then spread less well, or a line is read several times.
 */
#ifndef NB_CURSOR_H
#define NB_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "nbmap.h"

#define NB_CURSOR_STAGES 7u
#define NB_GRAIN_MAX 56u /* no table has more lines */

struct nb_cursor {
	uint64_t cycle; /* how many are complete */
	uint8_t stages; /* 0: the cycle has not begun */
	uint8_t grain[NB_CURSOR_STAGES];
	uint64_t origin;	       /* a hash: where it begins */
	uint64_t at[NB_CURSOR_STAGES]; /* ranks */
};

/* The public shell, in and out. */
struct nb_cursor nb_cursor_load(const struct nbmap_cursor *shell);
void nb_cursor_store(struct nbmap_cursor *shell, const struct nb_cursor *cursor);

bool nb_cursor_valid(const struct nb_cursor *cursor);

uint64_t nb_cursor_rank(uint64_t origin, unsigned grain, uint64_t hash);
uint64_t nb_cursor_hash(uint64_t origin, unsigned grain, uint64_t rank);

/* The grain for a table of so many lines. */
unsigned nb_cursor_grain(uint64_t lines);

/* Begin the cycle, or a stage, where that is due for a table of so many lines. */
void nb_cursor_fit(struct nb_cursor *cursor, uint64_t lines);

/* Hashes `first` to `last`. */
struct nb_hashes {
	uint64_t first, last;
};

/* The range that comes next: `most` hashes or fewer, of which some may not be to
 * come.  `most` >= 1.  Skips what is not. */
struct nb_hashes nb_cursor_next(struct nb_cursor *cursor, uint64_t most);

/* Whether a hash of the range that comes next is to come. */
bool nb_cursor_wants(const struct nb_cursor *cursor, uint64_t hash);

/* The range has been visited.  It, or a beginning of it, is what came next. */
void nb_cursor_pass(struct nb_cursor *cursor, struct nb_hashes range);

#endif
