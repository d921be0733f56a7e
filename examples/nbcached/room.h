/*
 * room: memory is bounded, and what has expired goes.
 *
 *   in use = bytes of all items + bytes of the map - garbage
 *
 * Garbage is what waits for a grace period, or to be freed: the domain counts it, by the
 * type's value_size, and bounds it by its limit_bytes, above which it refuses what brings
 * in more (-ENOBUFS, answered by SERVER_ERROR out of memory).  So the memory of all items
 * and of the map stays below
 *
 *   limit + limit_bytes + what the threads have not counted yet
 *
 * and `stats` shows each of the three.  A thread looks once in ROOM_CREDIT bytes that it
 * stores, and not at each item; what it may store until then is taken off beforehand.  A table
 * that a migration has made since the last look is seen at the next.
 *
 * EVICTION.  Each thread goes through the map by a scan, with a cursor of its own, and of
 * each slice evicts the quarter that was used longest ago: a clock whose hand takes the
 * oldest of its neighbourhood.  What has expired goes first; what was stored and never asked for
 * ages faster, as keys that come once would else drive out those that come again.  Nothing is written on a get but
 * the tick in the item, and no list is kept in order.
 *
 * EXPIRY.  The thread that keeps house goes through all of the map in SWEEP_SECONDS, in
 * slices, each a section of its own, and stops for the time being after ROOM_SWEEP_NS.
 */
#ifndef NBCACHED_ROOM_H
#define NBCACHED_ROOM_H

#include "store.h"

/* Entries of a slice of eviction: large enough that a scan reads no line twice, and some ten
 * microseconds of work. */
#define ROOM_SLICE 64u

/* [section] */
uint64_t room_in_use(const struct store *store);

/* Make room for `bytes` more; false: there is none.  [section] */
bool room_make(struct store_thread *thread, size_t bytes);

/* Behind a turn: where more garbage waits than garbage_crowded, a thread that stores waits for a
 * grace period, and frees.  Else it would meet the limit, and clients be refused.  It waits for a
 * moment only: a thread that is stopped for long must not stop all others. */
void room_wait(struct store_thread *thread);

/* One turn of expiry, of so many in a second, which ends behind the removal that passes `ns`.
 * Quiescent between slices. */
#define ROOM_SWEEP_NS 1000000u
void room_sweep(struct store_thread *thread, struct nbmap_cursor *cursor, unsigned turns, unsigned ns);

/* Every entry, one by one. */
void room_remove_all(struct store_thread *thread);

#endif
