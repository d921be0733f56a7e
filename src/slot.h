/*
 * The slot: a key word and a value word, and every step either may take.
 *
 * Key word:
 *
 *   EMPTY --claim--> KEY       by a writer, or by a copier
 *     `-----close--> CLOSED    by a migration
 *
 * Final either way.  A key, once claimed, stays until its table is left.
 *
 * Value word = payload | phase, phase in the two lowest bits:
 *
 *                      payload EMPTY         payload v            payload TOMB
 *   OPEN     (00)      EMPTY ----set------>  VALUE v  <-set/remove->  TOMB
 *                        |  `--arrive----->     |                      |
 *                       seal                 freeze                   seal
 *                        v                      v                      v
 *   FROZEN   (01)      SEALED_EMPTY          FROZEN v             SEALED_TOMB
 *                        |                      | move  \              |
 *   MOVED    (10)        |                   MOVED v     \ move        |
 *                       carry                   | carry   \           carry
 *                        v                      v          v           v
 *   CARRIED  (11)      (sealed, carried)     (moved, carried)     (sealed, carried)
 *
 * set and remove are the writers' linearization points.  Everything below the
 * first row is done by a migration and never changes what the key maps to.
 *
 * Invariants:
 *   phase never decreases; payload never changes once phase != OPEN
 *   payload = EMPTY     <=>  no value ever arrived in this slot
 *   phase >= MOVED, payload a value  =>  a later table's slot of this key has
 *                            had a payload other than EMPTY (*arrival*)
 *   phase = CARRIED      =>  a later table's slot holds this very key pointer,
 *                            and the key is that table's to free
 *
 * SEALED_EMPTY and SEALED_TOMB look alike to a reader and are opposites to a
 * copier: after the second, the value it carries has been here and was
 * removed, and inserting it again would raise the dead.
 *
 * MOVED keeps its payload so that a get can tell what a key held in a table
 * younger than the get itself (ops.h).
 *
 * Source: Click's NonBlockingHashMap state machine (2007), with the "primed"
 * values as a phase, the box and its tombstone told apart, and the key's
 * owner recorded.
 */
#ifndef NB_SLOT_H
#define NB_SLOT_H

#include "atomic.h"

/* ---- Encoding ----------------------------------------------------------- */

#define NB_KEY_EMPTY UINT64_C(0)
#define NB_KEY_CLOSED UINT64_C(1)

#define NB_PHASE_MASK UINT64_C(3)
#define NB_OPEN UINT64_C(0)
#define NB_FROZEN UINT64_C(1) /* with payload EMPTY or TOMB: sealed */
#define NB_MOVED UINT64_C(2)
#define NB_CARRIED UINT64_C(3)

#define NB_EMPTY UINT64_C(0)     /* payload: nothing ever arrived */
#define NB_TOMB UINT64_C(4)      /* payload: arrived and removed */
#define NB_VALUE_MIN UINT64_C(8) /* payloads from here on are values */

/* One cache line: the keys first, as every operation looks at those. */
#define NB_LINE_SLOTS 4u
struct nb_line {
	_Alignas(64) nb_word key[NB_LINE_SLOTS];
	nb_word value[NB_LINE_SLOTS];
};

static inline uint64_t nb_phase(uint64_t word)
{
	return word & NB_PHASE_MASK;
}

static inline uint64_t nb_payload(uint64_t word)
{
	return word & ~NB_PHASE_MASK;
}

static inline bool nb_is_open(uint64_t word)
{
	return nb_phase(word) == NB_OPEN;
}

/* Whether the payload is a value; the phase is not looked at. */
static inline bool nb_has_value(uint64_t word)
{
	return word >= NB_VALUE_MIN;
}

/* FROZEN v: the one word below the first row that a copier has yet to move. */
static inline bool nb_is_frozen_value(uint64_t word)
{
	return nb_phase(word) == NB_FROZEN && nb_has_value(word);
}

/* No transition but carry is left. */
static inline bool nb_is_final(uint64_t word)
{
	return !nb_is_open(word) && !nb_is_frozen_value(word);
}

/* MOVED is a phase of values only. */
static inline bool nb_value_valid(uint64_t word)
{
	return nb_has_value(word) || nb_phase(word) != NB_MOVED;
}

/* ---- Key transitions ---------------------------------------------------- */

/*
 * EMPTY -> KEY.  seq_cst: a get that reads EMPTY here decides a miss.
 * On failure *seen is what stands there: another key, ours, or CLOSED.
 */
static inline bool nb_key_claim(nb_word *key, uint64_t *seen, uint64_t word)
{
	*seen = NB_KEY_EMPTY;
	return word > NB_KEY_CLOSED && nb_cas_seq_cst(key, seen, word);
}

/*
 * EMPTY -> CLOSED.  Closes the line from this slot on, as its slots fill in
 * order.  seq_cst as for claim: whoever reads CLOSED decides by later tables.
 */
static inline bool nb_key_close(nb_word *key, uint64_t *seen)
{
	*seen = NB_KEY_EMPTY;
	return nb_cas_seq_cst(key, seen, NB_KEY_CLOSED);
}

/* ---- Value transitions -------------------------------------------------- */

/* From each function false means: refused or lost, and nothing changed. */

/* EMPTY, VALUE, TOMB -> VALUE.  Linearization point.  `seen` is the word it
 * must replace, and on failure the witness. */
static inline bool nb_value_set(nb_word *slot, uint64_t *seen, uint64_t value)
{
	return nb_is_open(*seen) && nb_is_open(value) && nb_has_value(value) && nb_cas_seq_cst(slot, seen, value);
}

/* VALUE -> TOMB.  Linearization point. */
static inline bool nb_value_remove(nb_word *slot, uint64_t *seen)
{
	return nb_is_open(*seen) && nb_has_value(*seen) && nb_cas_seq_cst(slot, seen, NB_TOMB);
}

/*
 * EMPTY -> VALUE by a copier: the value arrives in a later table.  From EMPTY
 * only: any other payload proves that it, or something after it, has been
 * here.
 *
 * acq_rel, not seq_cst: it changes nothing that a key maps to.  A reader that comes
 * too early for it answers by the FROZEN v that sent it here, and one that begins
 * here has seen the promotion, which comes after it.  Not relaxed: who fails on a
 * sealed word goes on to a table that the sealer has seen.
 */
static inline bool nb_value_arrive(nb_word *slot, uint64_t *seen, uint64_t value)
{
	*seen = NB_EMPTY;
	return nb_is_open(value) && nb_has_value(value) && nb_cas_acq_rel(slot, seen, value);
}

/*
 * EMPTY -> SEALED_EMPTY, TOMB -> SEALED_TOMB, VALUE -> FROZEN; nothing if it
 * was already.  Returns the word as it then stands, phase != OPEN.
 *
 * How often it goes round.  Our CAS fails by one of these only:
 *   set, remove   by a writer that had looked for a successor before it could see
 *                 one; it changes a word once in a call, and sees the successor in
 *                 its next call
 *   arrive        from EMPTY, hence once for each slot
 *   freeze        then we are done
 * So it goes round once for each thread that is in such a call when the table's
 * successor is linked, twice more at most, and threads that come later do not
 * prolong it.
 *
 * The first load decides nothing: an open word is confirmed by the CAS, any other
 * keeps its payload.  acquire, not relaxed: a copier that finds v frozen by another
 * hands on, by its MOVED, what v points to.
 */
static inline uint64_t nb_value_freeze(nb_word *slot)
{
	uint64_t seen = nb_load_acquire(slot);

	while (nb_is_open(seen))
		if (nb_cas_seq_cst(slot, &seen, seen | NB_FROZEN))
			return seen | NB_FROZEN;
	return seen;
}

/*
 * FROZEN v -> MOVED v, or at once CARRIED if the key pointer went along.
 * acq_rel, not seq_cst: the word sends readers on to a table that decides; the
 * release half is what shows them the arrival there.
 */
static inline bool nb_value_move(nb_word *slot, uint64_t frozen, bool carried)
{
	uint64_t seen = frozen;

	return nb_is_frozen_value(frozen) &&
	       nb_cas_acq_rel(slot, &seen, nb_payload(frozen) | (carried ? NB_CARRIED : NB_MOVED));
}

/*
 * FROZEN v -> MOVED v where nothing is ever carried (integer keys): whoever
 * stores here stores this very word, and so need not ask.  release, as above.
 *
 * Two copiers may both store, and nothing says whose store is first.  It does not
 * matter: each has seen the arrival before, so the release of either shows it to
 * whoever reads the word, and nobody writes to it afterwards.  (A CAS would let one
 * of them store, for a locked instruction a slot.)  A model checker may call the two
 * unordered: see tests/model/clients.
 */
static inline bool nb_value_move_alike(nb_word *slot, uint64_t frozen)
{
	if (!nb_is_frozen_value(frozen))
		return false;
	nb_store_release(slot, nb_payload(frozen) | NB_MOVED);
	return true;
}

/*
 * SEALED or MOVED -> CARRIED; nothing if it was already.  Called before the
 * section ends in which the key pointer was put into a later table.
 * Relaxed: read only when the table is freed, a grace period after that
 * section.
 */
static inline bool nb_value_carry(nb_word *slot)
{
	if (!nb_is_final(nb_load_relaxed(slot)))
		return false;
	nb_fetch_or_relaxed(slot, NB_CARRIED);
	return true;
}

#endif
