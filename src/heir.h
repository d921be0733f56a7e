/*
 * heir: how a table comes by its successor: made by one thread, cleared by many.
 *
 * An heir is a table that is allocated and not yet cleared, whose place as a
 * successor is free.  Its memory is cleared in slices of NB_CLEAR_BYTES, one a
 * call, by those whose claims and removals find that growth is wanted; whoever
 * clears the last links it.  Meanwhile all go on in the old table, which has room
 * for more claims than there are slices (tuning.h).
 *
 * A table has NB_HEIRS places for heirs:
 *
 *   NULL --begin--> the table itself --offer--> heir
 *     `<----drop----------'
 *
 * An heir's slices: `taken` counts those that were handed out, `cleared` those
 * that are done.
 *
 *   next NULL --link--> heir, when cleared = slices          once, of all heirs
 *
 * Invariants:
 *   while a place holds the table itself, one thread allocates for it
 *   each slice is handed out once; cleared <= min(taken, slices)
 *   next = heir  =>  cleared = slices: nobody clears in it any more
 *   an heir that was offered belongs to its table, which frees it if it is
 *     not `next`, when it is itself freed
 *
 * Proof that an heir in use is never cleared.
 *   1. A slice is cleared by the one thread to which it was handed out, before
 *      that thread counts it in `cleared`.
 *   2. Who links an heir has seen cleared = slices, hence each slice counted
 *      once, hence none is being cleared.
 *   3. `taken` never falls: no slice is handed out again.
 *   A thread that stops with a slice in hand thus keeps its heir from being
 *   linked, for good if it never goes on; nobody may clear the slice in its
 *   place, as it could do so itself much later.
 *
 * Proof that nobody waits.
 *   1. The second place opens when the old table is fuller by a bounded number of
 *      claims, and the third likewise: a thread that stops in the allocator or with
 *      a slice costs one heir, and the others make one more.
 *   2. A claim that finds no slice goes to the old table, as if nothing were
 *      under way.
 *   3. Where the old table is full (nb_heir_force()), a thread clears what slices
 *      are left, uses what places are left, and then makes a table that nobody
 *      else sees before it is cleared: each of these is bounded.
 *
 * Of a race:
 *   two begin at a place        the loser has lost to a thread that allocates
 *   two link                    the loser's heir stays with its table; one that was
 *                               never offered is freed at once
 *   an offer, and a link        if the link is first, the heir that is offered
 *                               stays with its table like one that has lost
 *   two see `cleared` rise      the sums differ: one is the last
 *
 * Why an heir may be freed with its table: who clears in it has found it through
 * the table, in a section, and that is freed a grace period after it was unlinked.
 */
#ifndef NB_HEIR_H
#define NB_HEIR_H

#include "table.h"

/* ---- Places ------------------------------------------------------------- */

/* From each function false means: refused or lost, and nothing changed. */

/* NULL -> the table itself: the caller is to allocate.  Relaxed: nothing is read
 * by way of it. */
static inline bool nb_heir_begin(struct nb_table *table, unsigned place)
{
	struct nb_table *seen = NULL;

	return place < NB_HEIRS && nb_cas_relaxed(&table->heir[place], &seen, table);
}

/* The table itself -> NULL, by who began: there was no memory, or no need.
 * Relaxed, as above. */
static inline bool nb_heir_drop(struct nb_table *table, unsigned place)
{
	struct nb_table *seen = table;

	return nb_cas_relaxed(&table->heir[place], &seen, NULL);
}

/* The table itself -> heir, by who began.  release: pairs with the acquires of
 * those who clear it. */
static inline bool nb_heir_offer(struct nb_table *table, unsigned place, struct nb_table *heir)
{
	struct nb_table *seen = table;

	return heir != table && nb_cas_acq_rel(&table->heir[place], &seen, heir);
}

/* The heir at a place, or NULL if none has been offered there. */
static inline struct nb_table *nb_heir_at(struct nb_table *table, unsigned place)
{
	/* acquire: pairs with the offer. */
	struct nb_table *heir = nb_load_acquire(&table->heir[place]);

	return heir == table ? NULL : heir;
}

/* ---- Slices ------------------------------------------------------------- */

/* A slice that was handed out to nobody else, or heir->slices if there is none. */
static inline size_t nb_heir_take(struct nb_table *heir)
{
	size_t slice = heir->slices;

	/* Relaxed: that each is handed out once is all. */
	if (nb_load_relaxed(&heir->taken) < heir->slices)
		slice = (size_t)nb_fetch_add_relaxed(&heir->taken, 1);
	return slice < heir->slices ? slice : heir->slices;
}

/* Clear it; true if all are now.  A slice is given here once, by who took it. */
bool nb_heir_clear(struct nb_table *heir, size_t slice);

/* ---- Link --------------------------------------------------------------- */

/* next: NULL -> heir.  False if it is not cleared, or another was linked. */
bool nb_heir_link(struct nb_map *map, struct nb_table *table, struct nb_table *heir);

/* ---- What calls do ------------------------------------------------------ */

/* Clear a slice of an heir of `table`; false if there is none to be had. */
bool nb_heir_assist(struct nb_map *map, struct nb_table *table);

/*
 * A successor of `size` is wanted: clear a slice, or else make an heir, if
 * one of the first `places` places is free.  0, or -ENOMEM.
 */
int nb_heir_want(struct nb_map *map, struct nb_table *table, struct nb_size size, unsigned places);

/* Whether `table` has a successor, or an heir. */
bool nb_heir_is_under_way(struct nb_table *table);

/* The table cannot do without: after 0 it has a successor.  -ENOMEM. */
int nb_heir_force(struct nb_map *map, struct nb_table *table, struct nb_size size);

/* ---- The end ------------------------------------------------------------ */

/* Of all heirs that were offered, but for the successor. */
size_t nb_heir_bytes(struct nb_table *table);

/* Free those that are still there.  Nobody else can reach the table.  *bytes falls by
 * what was freed. */
void nb_heir_free(struct nb_map *map, struct nb_table *table, size_t *bytes);

#endif
