/*
 * migrate: leaving a table for its successor.
 *
 *   start     choose a size, make the successor, link it      heir.h
 *   sweep     block by block: close what is empty, copy what
 *             is claimed                                      nb_migrate_help
 *   promote   when all blocks are swept, the map's top moves
 *             on and the table is retired                     nb_migrate_promote
 *
 * Nothing here belongs to one thread.  Every writer that meets a table with a
 * successor sweeps a block of it; a block whose sweeper stalled is swept
 * again by others, which is harmless: each step is a CAS that can only be
 * done once.  That a block is done is a flag, set after the work and not
 * counted, so a thread stopped between the two delays nobody.
 *
 * Which block a writer sweeps is speed, not correctness.  They are handed out in
 * lanes, a run of blocks each, and threads begin with lanes far apart: lines
 * that neighbour on one another's would go to and fro between two processors,
 * whose prefetching reads ahead.
 *
 * Copying a slot.  Freeze it; carry its value to the first later table where
 * the key's slot is open, by CAS EMPTY -> v only; then MOVED.
 *
 * Proof that a value arrives once, and never after its removal.
 *   1. "First later table where the key's slot is open" is the same for all
 *      copiers of the slot, or has already been filled: in each later table
 *      the key's place ends as one claimed slot, or as CLOSED or FULL for
 *      ever (table.h); and a slot sealed empty stays so.
 *   2. Of several CASes EMPTY -> v at that slot one succeeds.  Any other finds
 *      a payload other than EMPTY there, for ever: payloads never go back to
 *      EMPTY, and SEALED_TOMB remembers where a removal has been.
 *   3. Nobody writes the key in a later table before its arrival there: a
 *      writer that meets FROZEN v copies the slot before it goes on.  (One that
 *      inserts nothing, and passed by a TOMB here, writes over a value only.)
 *   4. So when a copier reads a payload other than EMPTY, its value has
 *      arrived: it stops, however late it is.
 *
 * Who frees a key pointer K that stands in several tables: the last one.
 *   1. K is put into a later table only from a slot S of an earlier one that
 *      holds K.  If S is sealed, the thread whose claim it was marks S
 *      CARRIED within its section.
 *   2. If S is frozen (it is the slot being copied), whoever moves it knows:
 *      it has seen the key's first slot in a later table, and that either
 *      holds K or does not, for ever.
 *   3. A table's keys are freed a grace period after it was unlinked, hence
 *      after those sections; all that are not CARRIED are its own.
 *
 * When a table is left, and how large the next one is, is in policy.h.
 */
#ifndef NB_MIGRATE_H
#define NB_MIGRATE_H

#include "map.h"
#include "table.h"

/* Of the first table of a chain that a clear puts in the place of another. */
size_t nb_migrate_first_lines(const struct nb_map *map);

/*
 * See to it that `table` has a successor.  -ENOMEM; -ENOBUFS if the table,
 * once left, would be too much garbage.
 */
int nb_migrate_start(struct nb_map *map, struct nb_table *table);

/* For a claim in a crowded table, which it is no longer after 0: see to it that one
 * is under way (heir.h), and do a slice of it.  Errors as above. */
int nb_migrate_prepare(struct nb_map *map, struct nb_table *table);

/* Whether a tally that stands at `count` is to be followed by a check. */
static inline bool nb_migrate_is_due(const struct nb_table *table, uint64_t count)
{
	/* Relaxed: a hint. */
	return nb_claims_is_due(count, nb_load_relaxed(&table->check_mask), 1);
}

/*
 * Called after a claim when a check is due: do a slice of the successor that is
 * under way, or begin one when the table is past its load limit.  That it may fail
 * is no harm yet; but past NB_CROWDED_MAX the table is marked crowded, and a claim
 * must then first succeed in nb_migrate_prepare().
 */
void nb_migrate_check_used(struct nb_map *map, struct nb_table *table);

/* Likewise after a removal: tombstones dominate. */
void nb_migrate_check_tombs(struct nb_map *map, struct nb_table *table);

/* The same, by a thread whose tally of removals stands at `removed`: a slice each time,
 * but sums only as seldom as they are cheap (count.h). */
void nb_migrate_look_for_tombs(struct nb_map *map, struct nb_table *table, uint64_t removed);

/* A slot was claimed. */
static inline void nb_migrate_claimed(struct nb_map *map, struct nb_table *table)
{
	if (nb_migrate_is_due(table, nb_claims_add(&table->used, 1)))
		nb_migrate_check_used(map, table);
}

/* A key of `table` was removed. */
static inline void nb_migrate_removed(struct nb_map *map, struct nb_table *table)
{
	uint64_t removed = nb_count_remove(&table->chain->live, 1);

	if (nb_migrate_is_due(table, removed))
		nb_migrate_look_for_tombs(map, table, removed);
}

/* Sweep one block of `table`, which has a successor; promote if it was the
 * last.  A failed allocation leaves the block to others. */
void nb_migrate_help(struct nb_map *map, struct nb_table *table);

/* Bring the slot at `place` to its final state.  -ENOMEM: it may remain frozen,
 * and nothing is lost. */
int nb_migrate_copy(struct nb_map *map, struct nb_table *table, struct nb_place place);

/* Sweep and promote until the top table has no successor, and say which table
 * that was.  -ENOMEM, -ENOBUFS. */
int nb_migrate_finish(struct nb_map *map, struct nb_table **top);

/* Sweep block `block`; true if every slot in it is final or closed. */
bool nb_migrate_sweep(struct nb_map *map, struct nb_table *table, size_t block, int *error);

/* Whether a table is being left that is large: others may wait long until
 * writers have swept it. */
bool nb_migrate_is_large(struct nb_map *map);

/*
 * Sweep up to `blocks` blocks until there is none, and promote; but nothing if
 * writers have taken `moved` blocks since `*last`, which was the call before, or
 * since the table's migration began: they will finish it, and a processor is
 * theirs.  0, 1 if it was left to them, or -ENOMEM.
 */
int nb_migrate_settle(struct nb_map *map, struct nb_progress *last, size_t moved, size_t blocks);

/* The lane with which this thread begins: those of neighbouring numbers begin far
 * apart. */
size_t nb_migrate_lane(const struct nb_table *table);

/* How many blocks were handed out to be swept. */
size_t nb_migrate_handed_out(struct nb_table *table);

/* Whether every block's flag is set. */
bool nb_migrate_swept(struct nb_table *table);

/* Move top from `table` on as long as the top table is swept; retire what is
 * left behind.  Nothing if top is elsewhere. */
void nb_migrate_promote(struct nb_map *map, struct nb_table *table);

#endif
