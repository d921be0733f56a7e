/*
 * range: the entries whose hashes lie in a range, and a scan, which is many of
 * them, one after the other.
 *
 * A visit.  From the table at the top on, to the last one that there is, it reads
 * the lines that are home to the range's hashes, and goes on behind them as a
 * probe would: until a line is not full, and around the end.  A key that it meets
 * is one of the range by its hash, wherever its slot is, and is reported by the
 * first of the tables that has a slot for it, with the value that a get would
 * find from there on.  The two integer keys that have no slot have the hashes 0
 * and 1.
 *
 * Why a key of the range with a value from the visit's beginning to its end is
 * reported exactly once.  m is the moment when the last table's successor is read
 * as NULL.
 *   1. At m the key's value is in one of the tables from top to last: in a slot
 *      there (ops.h).  Let F be the first of them that has a slot of the key.
 *   2. No table before F ever has one.  The key came to a later table by way of
 *      them, and whoever brought it went on only when it found the key's place
 *      there CLOSED, or all lines full: for ever.  (Or by way of a table after
 *      them, that was at the top: then they were swept, and all places in them
 *      are final.)
 *   3. The visit meets the slot in F.  Its line is home to the range, or all
 *      lines from the key's home to it are full (table.h, invariant 3).
 *   4. There it finds a value: the word's payload, if it is open, and else what
 *      later tables say (ops.h).  A slot that is frozen, or moved, under the visit
 *      is one of these.
 *   5. In a table after F the key is passed by, as a probe finds it in F.  In F
 *      it stands once, and a line is read once.
 * A key that comes or goes meanwhile is reported at most once: by 5, with the
 * first table in which it was met for F.
 *
 * Why a scan returns a key that has a value from the first call of a cycle to the
 * last exactly once, and any other at most once.
 *   1. Its hash is in one range of the cycle, and to come just then (cursor.h).
 *   2. While that range is visited the key has a value, and is reported once, as
 *      shown.  No other visit reports it.
 * It does not matter what has happened in between.  In particular:
 *   growth, shrinking   another number of lines: the same hashes
 *   nested migrations   more tables from top to last, or others
 *   a clear             a visit reads one chain, that of the top it read; keys
 *                       that were cleared did not stay
 *   removed, put again  the same hash: if its range has been visited, not again
 *   a new key object    of an equal key: has the same hash
 *
 * What it costs.  A visit reads the lines of the range, and what follows them up to
 * one that is not full.  A range is as long as a few lines, and is halved when it
 * has more entries than there is room for; one hash is not divided.
 *
 * Nothing is held between two calls, nothing is written to the map or allocated.
 * Each visit is bounded by the tables it begins with.
 */
#ifndef NB_RANGE_H
#define NB_RANGE_H

#include "cursor.h"
#include "map.h"

/* Where entries go: entry i is a key, as it stands in its slot, and its value as
 * the public one. */
typedef void nb_range_put(void *array, size_t i, const struct nb_keys *keys, uint64_t word, void *value);

/*
 * The bodies of nbmap_scan() and nbmap_u64_scan(): up to n entries from the cursor
 * on.  How many, or -EINVAL, -E2BIG.
 */
long nb_range_scan(struct nb_map *map, struct nbmap_cursor *cursor, nb_range_put *put, void *array, size_t n);

#endif
