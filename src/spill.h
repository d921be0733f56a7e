/*
 * spill: which keys went past their home line.
 *
 * A probe that finds its home line full of other keys would have to look in the next.
 * Where the key is not there, that is mostly in vain, and long: where a line is full,
 * so are its neighbours.  So each line has eight bits, one for each *class* of the
 * keys whose home it is.  A key's class is three bits of its hash.
 *
 *   a slot outside of line h holds a key of home h and class c
 *     =>  bit c of h is set
 *
 * Bits are set by whoever is about to claim such a slot, and never cleared.  A probe
 * that only looks need not go on from a full home line where the bit is clear.
 *
 * Proof.  Let L be the load that finds the bit clear.
 *   1. The home line's keys are foreign and final, so ours is never in it, be it that
 *      they were read before L or after.
 *   2. At L it is in no other slot of this table: its bit is set before its claim.
 *   3. So it is as if the whole table had been read, and the answer is NB_FULL: go to
 *      the next table, if there is one.  There is none: then there was none at L, and
 *      the key held nothing at L, or what earlier tables say.
 *   4. There is one, and at L the key's place here was open yet: then nobody had taken
 *      the key past this table, and 3 holds of L, whatever the next table says.
 *   5. There is one, and the place was closed or filled before L: the next table
 *      decides, as after NB_CLOSED or NB_FULL; or, where this table is younger than the
 *      get, what the key held when that happened (ops.h, 5).
 *
 * L and the setting are seq_cst: L decides a miss, as the load of an EMPTY does.  With
 * acquire, put(a); get(b) beside put(b); get(a) could both miss.
 *
 * Whoever looks for a place to claim goes past full lines without these bits, as he
 * wants the first place that is empty.
 *
 * The bits take 1/64 of a table's memory and stay in a cache when its lines do not.
 * One for each class of *all* keys that go past a line, home or not, would stop a probe
 * at each line; but three times as many are set, and where neighbours are full most of
 * theirs are: 3.0 lines for a key that is not there where seven of eight slots are
 * used, and so 2.1.  Two bits for four classes, one of them for keys that went far: 2.3.
 */
#ifndef NB_SPILL_H
#define NB_SPILL_H

#include "atomic.h"

/* A power of two; the bits of a line are in one word. */
#define NB_SPILL_CLASSES 8

/* Bits of the hash on which neither the home line depends nor an object's tag. */
#define NB_SPILL_SHIFT 29

static inline size_t nb_spill_words(size_t lines)
{
	return (lines + 64 / NB_SPILL_CLASSES - 1) / (64 / NB_SPILL_CLASSES);
}

static inline size_t nb_spill_bit(size_t home, uint64_t hash)
{
	return home * NB_SPILL_CLASSES + (size_t)(hash >> NB_SPILL_SHIFT) % NB_SPILL_CLASSES;
}

/* Whether a key of `hash` may be outside of its home line. */
static inline bool nb_spilled(nb_word *spill, size_t home, uint64_t hash)
{
	size_t bit = nb_spill_bit(home, hash);

	/* seq_cst: decides. */
	return nb_load_seq_cst(&spill[bit / 64]) >> bit % 64 & 1;
}

/* It is about to be. */
static inline void nb_spill(nb_word *spill, size_t home, uint64_t hash)
{
	size_t bit = nb_spill_bit(home, hash);

	/* seq_cst, also where it is set already: the claim comes after. */
	if (!nb_spilled(spill, home, hash))
		nb_fetch_or_seq_cst(&spill[bit / 64], UINT64_C(1) << bit % 64);
}

#endif
