/*
 * iterate: a walk over all entries.
 *
 * The walk first completes the migration under way, then holds on to the
 * table it finds at the top, and to nothing else: the section keeps the table.
 *
 * Why a key present throughout is seen exactly once.
 *   1. When init reads a top table without a successor, every key of the map
 *      stands in that table: a key goes straight to a later table only where
 *      there is one.
 *   2. Keys do not leave a table, and stand in it once: so the walk meets the
 *      key's slot once.
 *   3. There it takes the value if the slot is open, and else what the slots
 *      of later tables say, as a get would.  The key is present, so there is
 *      a value.
 *
 * Where that get begins.  If the table that is walked has not been swept, behind
 * it, with the slot's payload to fall back to.  If it has, at the first table that
 * has not, with nothing to fall back to: each slot of a swept table is final, so
 * what it held has arrived in a later one.  That is what a promotion relies on, and
 * this get is one that has found top there, be it that top has not been moved yet,
 * or that after a clear it never will be.  So an entry costs what a get costs,
 * however many migrations there have been since the walk began; and each table is
 * passed by once in a walk.
 *
 * The order.  Lines are read in stretches, and stretches with a stride that
 * spreads: who removes what he meets thins all of the table alike.  In the order
 * of the lines, which is that of the hash, what is left would gather at one end,
 * and when the table shrinks all of it would have its home there.
 *
 * Where it begins.  Each lane of the table has a hint: the line in which a walk by
 * the lane's threads found its first entry.  The next walk begins there, and goes
 * round until it has come to that line again.  So the hint decides the order and not
 * what is seen, whatever it says: it may be old, or another thread's.  Why: who
 * takes the first entry and removes it, over and over, begins behind the
 * tombstones that he has left, and threads that do so side by side begin apart.
 * In one round each line without entries is passed once.  As a table has not many
 * times more slots than there are entries (tuning.h), or is small, a first entry
 * costs so many lines on average; but capacity / entries where that much room was
 * asked for.
 *
 * A key added later may be met or not; removed and added again, it has the
 * same slot in this table, hence at most once.
 */
#ifndef NB_ITERATE_H
#define NB_ITERATE_H

#include "map.h"

int nb_iterate_init(struct nb_map *map, struct nbmap_iter *iter);

/* The next entry: its key as it stands in its slot, its value as the public
 * one.  False at the end. */
bool nb_iterate_next(struct nbmap_iter *iter, uint64_t *word, void **value);

/* The map that is walked. */
struct nb_map *nb_iterate_map(const struct nbmap_iter *iter);

#endif
