/*
 * table: one array of lines; find, claim and close in it.
 *
 * A key's *home line* is floor(hash * lines / 2^64): the high bits decide, so
 * any number of lines will do and a larger table keeps the order of a smaller
 * one.  A probe reads whole lines, from home on and around.
 *
 * Invariants (nb_table_valid()):
 *   1. Slots of a line fill in index order:
 *        key[i] != EMPTY  =>  key[0..i-1] are claimed
 *   2. A line holds at most one CLOSED, and EMPTY after it.
 *   3. A claimed key lies at distance d from home  =>  all lines before it on
 *      its probe are full of other keys.
 *   4. A key stands in a table at most once.
 *   5. A claimed key lies outside of its home line  =>  its spill bit is set (spill.h).
 *
 * Proof of 4, and of a miss.  Let W1, W2 claim the same key.  Both walk the
 * same slots in the same order, and either goes past a slot only on reading a
 * foreign key there, which is final.
 *   1. If W1's claim of slot s is first, W2 cannot pass s: it reads W1's key.
 *   2. W2 cannot have passed s before: it would have had to read a foreign
 *      key in s, which then was not EMPTY for W1.
 *   3. So a probe that reads EMPTY at s has read foreign, final keys in all
 *      slots before s; the key stands nowhere in this table at that moment.
 *   4. And a probe that reads CLOSED at s knows the same for ever, since
 *      nobody claims past a CLOSED.
 * A probe for a living key does not compare tombstones, see nb_slot_matches():
 * 3 and 4 are then said of the other slots, and of a tombstone of this key, if
 * there is one, that the key was absent when it was read.  And a probe that only
 * looks may end at its full home line, see spill.h.
 * A line that holds CLOSED was never full, so no key went past it (by 3 of
 * the invariants): the probe may stop.
 *
 * A table knows its successor's place, not when to have one: migrate.h does.
 */
#ifndef NB_TABLE_H
#define NB_TABLE_H

#include "claims.h"
#include "count.h"
#include "key.h"
#include "mix.h"
#include "policy.h"
#include "scan.h"
#include "slot.h"
#include "spill.h"
#include "tuning.h"

struct nb_chain;
struct nb_map;

/* A run of a table's blocks that are handed out one after the other, see migrate.c;
 * and where the walks of its threads begin, see iterate.h. */
struct nb_lane {
	_Alignas(64) nb_word cursor; /* how many were; may pass `length` */
	nb_word drained;	     /* so many lanes are, on the way that begins with this one: a hint */
	size_t start, length;	     /* first block, blocks */
	nb_word walked;		     /* 1 + the line where a walk found its first entry, or 0: a hint */
	_Atomic uint32_t stride;     /* from stretch to stretch in the table, or 0 if not worked out yet */
};

struct nb_table {
	/* read by every operation */
	struct nb_line *line;
	size_t lines;
	_Atomic(struct nb_table *) next; /* NULL, or set once: being left */
	struct nb_chain *chain;
	uint64_t number;    /* one more than its predecessor's */
	nb_word check_mask; /* see nb_migrate_is_due() */
	nb_word *spill;	    /* see spill.h */
	/* migration: read only when next is set */
	size_t blocks;
	_Alignas(64) uint32_t lanes; /* a power of two */
	_Atomic uint16_t crowded; /* nearly full, and a successor could not be had */
	bool churned;		  /* see policy.h */
	nb_word low;	      /* words of `swept` before this are full */
	struct nb_claims used; /* slots claimed */
	struct nb_count *key_bytes; /* of the keys that are this table's to free; NULL in maps without a key_size */
	size_t bytes;	      /* of this allocation */
	/* successors to be; see heir.h */
	_Atomic(struct nb_table *) heir[NB_HEIRS];
	uint64_t calm_mask; /* check_mask, when there is nothing to clear */
	/* while this table is one itself */
	size_t slices; /* of it, to be cleared */
	nb_word taken, cleared;
	nb_word few_spill; /* `spill`, where one word is enough */
	union {
		nb_word word; /* where that is enough */
		nb_word *words;
	} swept; /* one bit a block, see nb_table_swept() */
	struct nb_lane lane[];
};

#define NB_FEW_BLOCKS 64

static inline nb_word *nb_table_swept(struct nb_table *table)
{
	return table->blocks <= NB_FEW_BLOCKS ? &table->swept.word : table->swept.words;
}

/*
 * What all tables of a map between two clears share.
 *
 *   live >= number of keys with a value
 *   newest >= number of every table that is linked, and at most one more
 *
 * Hence live is raised before a value is inserted and lowered after one is
 * removed; and newest is raised when a table has been made, before it is linked.
 */
struct nb_chain {
	nb_word side[2]; /* values of the integer keys whose words are EMPTY and CLOSED */
	struct nb_count live;
	struct nb_count value_bytes; /* of all values; counted in maps with a value_size */
	nb_word newest;
};

/* Where a slot is. */
struct nb_place {
	struct nb_line *line; /* NULL: nowhere */
	size_t index;
};

static inline nb_word *nb_place_key(struct nb_place place)
{
	return &place.line->key[place.index];
}

static inline nb_word *nb_place_value(struct nb_place place)
{
	return &place.line->value[place.index];
}

/* What a probe ends at.  A probe for a living key may have passed by the key
 * itself: after that the last three say only that it was absent. */
enum nb_find {
	NB_FOUND,  /* the key's slot */
	NB_VACANT, /* the lowest EMPTY: where the key would be claimed */
	NB_CLOSED, /* the key can never be in this table */
	NB_FULL,   /* nor here: every line was read, or none but the first had to be (spill.h) */
};

/* What a probe is for. */
enum nb_aim {
	NB_PLACE,  /* the key's slot, or the place to claim or close for it */
	NB_SLOT,   /* its slot */
	NB_LIVING, /* its slot, if it has a value */
};

static inline struct nb_place nb_place_at(const struct nb_table *table, size_t slot)
{
	return (struct nb_place){&table->line[slot / NB_LINE_SLOTS], slot % NB_LINE_SLOTS};
}

static inline size_t nb_table_capacity(const struct nb_table *table)
{
	return table->lines * NB_LINE_SLOTS;
}

/* It is left when more slots are used. */
static inline uint64_t nb_table_limit(const struct nb_table *table)
{
	return nb_policy_limit((struct nb_size){.lines = table->lines, .churned = table->churned});
}

/* Whether it has a successor.  Relaxed: for those who only ask; to read the successor
 * takes an acquire, which finds it when this has. */
static inline bool nb_table_is_left(const struct nb_table *table)
{
	return nb_load_relaxed(&table->next);
}

/* floor(hash * lines / 2^64). */
static inline size_t nb_table_home(const struct nb_table *table, uint64_t hash)
{
	return (size_t)nb_multiply_high(hash, table->lines);
}

static inline void nb_table_prefetch(const struct nb_table *table, const struct nb_key *key)
{
	nb_prefetch(&table->line[nb_table_home(table, key->hash)]);
}

/*
 * Whether `place`, where `word` was read, is what a probe for `key` looks for.
 *
 * A probe for a *living* key passes by an open tombstone whose tag agrees,
 * without a look at the object, which costs a miss of the cache.  If that was
 * our key, it was absent at the load of the tombstone, whatever the probe then
 * ends at; if it was not, the slot is foreign.
 */
static inline bool nb_slot_matches(struct nb_place place, const struct nb_keys *keys, enum nb_kind kind,
				   const struct nb_key *key, uint64_t word, enum nb_aim aim)
{
	if (kind == NB_INTEGER)
		return word == key->word;
	if ((word ^ key->word) & ~keys->pointer_mask)
		return false;
	/* seq_cst: TOMB decides. */
	if (aim == NB_LIVING && nb_load_seq_cst(nb_place_value(place)) == NB_TOMB)
		return false;
	return nb_object_matches(keys, key, word);
}

/*
 * Find `key` in one line, slot by slot.  NB_FULL: all four are foreign, look in
 * the next line.
 */
NB_INLINE enum nb_find nb_line_walk(struct nb_line *line, const struct nb_keys *keys, enum nb_kind kind,
				    const struct nb_key *key, enum nb_aim aim, struct nb_place *place)
{
	for (unsigned i = 0; i < NB_LINE_SLOTS; i++) {
		/* seq_cst: EMPTY decides a miss; a key is also an acquire of
		 * what its pointer leads to. */
		uint64_t word = nb_load_seq_cst(&line->key[i]);

		*place = (struct nb_place){line, i};
		if (word == NB_KEY_EMPTY)
			return NB_VACANT;
		if (word == NB_KEY_CLOSED)
			return NB_CLOSED;
		if (nb_slot_matches(*place, keys, kind, key, word, aim))
			return NB_FOUND;
	}
	return NB_FULL;
}

#ifdef NB_PLAIN
#define nb_line_find nb_line_walk
#else
/*
 * The same by a scan.  Where the load that is to confirm the hint does not, it
 * is walked: the line is changing, or a key has half of EMPTY.
 */
NB_INLINE enum nb_find nb_line_find(struct nb_line *line, const struct nb_keys *keys, enum nb_kind kind,
				    const struct nb_key *key, enum nb_aim aim, struct nb_place *place)
{
	struct nb_scan scan = kind == NB_INTEGER ? nb_scan_integers(line, key->word)
						 : nb_scan_objects(line, key->word, ~keys->pointer_mask);
	size_t end = NB_LINE_SLOTS, last;

	for (; scan.match; scan.match &= scan.match - 1) {
		size_t i = nb_scan_first(scan.match);
		/* acquire: a key is final, and the value decides; of what the key's
		 * pointer leads to. */
		uint64_t word = nb_load_acquire(&line->key[i]);

		*place = (struct nb_place){line, i};
		/* EMPTY and CLOSED match where there is no tag, in a wide map, and
		 * a key that has their half. */
		if (word > NB_KEY_CLOSED && nb_slot_matches(*place, keys, kind, key, word, aim))
			return NB_FOUND;
	}
	if (scan.empty)
		end = nb_scan_first(scan.empty);
	/* A CLOSED stands before the first EMPTY, or in the last slot.  acquire: it is final,
	 * and later tables decide.  Speed, not correctness: where a place is looked for, it is
	 * often the first, as no branch foresees; so that one is read again. */
	last = end - (end != 0);
	if ((end || aim == NB_PLACE) && nb_load_acquire(&line->key[last]) == NB_KEY_CLOSED) {
		*place = (struct nb_place){line, last};
		return NB_CLOSED;
	}
	if (!scan.empty)
		return NB_FULL;
	if (nb_load_seq_cst(&line->key[end]) != NB_KEY_EMPTY)
		return nb_line_walk(line, keys, kind, key, aim, place);
	*place = (struct nb_place){line, end};
	return NB_VACANT;
}
#endif

/*
 * Find `key`'s slot, or the place where it would be claimed; where it is only looked
 * for, what is enough to know that it is absent.  Wait-free: at most `lines` lines.
 */
NB_INLINE enum nb_find nb_table_seek(const struct nb_table *table, const struct nb_keys *keys, enum nb_kind kind,
				     const struct nb_key *key, enum nb_aim aim, struct nb_place *place)
{
	size_t at = nb_table_home(table, key->hash);

	for (size_t n = 0; n < table->lines; n++) {
		enum nb_find found = nb_line_find(&table->line[at], keys, kind, key, aim, place);

		if (found != NB_FULL)
			return found;
		if (aim != NB_PLACE && n == 0 && !nb_spilled(table->spill, at, key->hash))
			return NB_FULL;
		if (++at == table->lines)
			at = 0;
	}
	return NB_FULL;
}

/* Claim `place` for `word`, where nb_table_seek() has found it to be the key's; on
 * failure *seen is what stands there. */
static inline bool nb_table_claim(struct nb_table *table, struct nb_place place, uint64_t hash, uint64_t *seen,
				  uint64_t word)
{
	size_t home = nb_table_home(table, hash);

	if (place.line != &table->line[home])
		nb_spill(table->spill, home, hash);
	return nb_key_claim(nb_place_key(place), seen, word);
}

static inline enum nb_find nb_table_find(const struct nb_table *table, const struct nb_keys *keys, enum nb_kind kind,
					 const struct nb_key *key, struct nb_place *place)
{
	return nb_table_seek(table, keys, kind, key, NB_SLOT, place);
}

/*
 * The home line is here by now: ask for the object that `equal` will be given,
 * unless the key is not in that line, or another has its tag.
 */
static inline void nb_table_prefetch_object(const struct nb_table *table, const struct nb_keys *keys,
					    const struct nb_key *key)
{
	struct nb_line *line = &table->line[nb_table_home(table, key->hash)];

	for (unsigned i = 0; i < NB_LINE_SLOTS; i++) {
		uint64_t word = nb_peek(&line->key[i]);

		if (word <= NB_KEY_CLOSED)
			return;
		if ((word ^ key->word) & ~keys->pointer_mask)
			continue;
		nb_prefetch(nb_object_of_word(keys, word));
		return;
	}
}

/* A key's pointer now stands in `table` as `word`, which owns it; and: a later
 * table does. */
static inline void nb_table_owns(struct nb_table *table, const struct nb_keys *keys, uint64_t word)
{
	if (table->key_bytes)
		nb_count_add(table->key_bytes, nb_key_bytes(keys, word));
}

static inline void nb_table_disowns(struct nb_table *table, const struct nb_keys *keys, uint64_t word)
{
	if (table->key_bytes)
		nb_count_remove(table->key_bytes, nb_key_bytes(keys, word));
}

/* All of them. */
static inline uint64_t nb_table_key_bytes(const struct nb_table *table)
{
	return table->key_bytes ? nb_count_sum(table->key_bytes) : 0;
}

/* The bytes that a table of `lines` lines takes. */
size_t nb_table_size(size_t lines);

/*
 * A table of `size`, number `number` of `chain`, with `slices` yet to be
 * cleared, of which there are none if the host's memory is; NULL if memory or the
 * address space is short.  Nobody else knows it yet.  The first large one gives
 * its chain's count stripes, which the chain keeps.
 */
struct nb_table *nb_table_make(struct nb_map *map, struct nb_chain *chain, struct nb_size size, uint64_t number);

/* Clear slice 0 <= `slice` < slices, once. */
void nb_table_clear_slice(struct nb_table *table, size_t slice);

/* Clear all, of a table that nobody else knows: then all slots are EMPTY. */
void nb_table_clear(struct nb_table *table);

/* Both: made and cleared. */
struct nb_table *nb_table_new(struct nb_map *map, struct nb_chain *chain, struct nb_size size, uint64_t number);

/* Whether the invariants hold.  No other thread may be in the table. */
bool nb_table_valid(const struct nb_table *table, const struct nb_keys *keys);

#endif
