/*
 * ops: what a get and a write do, once for both kinds of key.
 *
 * objects.c and integers.c instantiate these with a constant `kind`, and the
 * compiler drops the other half.  Reading: a get is here, in table.h (find)
 * and in slot.h (what a word means); a put likewise, until its table is being
 * left (migrate.h).
 *
 * Get.  `fallback` is what the key holds if no later table says otherwise.
 *
 *   key EMPTY, value EMPTY     the answer is fallback
 *   VALUE v                    v
 *   TOMB                       nothing
 *   FROZEN v, MOVED v          fallback := v, look in the next table
 *   SEALED_TOMB                fallback := nothing, next table
 *   CLOSED, FULL, SEALED_EMPTY next table
 *
 * Linearization points, by the word that ended the search:
 *   1. VALUE, TOMB: the load.  The slot is open, so no later table has the key.
 *      A TOMB of the key that was passed by (table.h) comes under this, too,
 *      whatever the search ended at: the answer is nothing, or what a later
 *      table says, which is right in its own way.
 *   2. EMPTY in the first table: the load.  A later table can hold the key only
 *      when this place is no longer EMPTY.
 *   3. EMPTY after a FROZEN v: the load.  v has not arrived, nobody has
 *      written the key since it was frozen (a writer copies first): v stands.
 *   4. FULL without a next table: the load of next.  Where the table was not read to
 *      its end, the load that ended it (spill.h).
 *   5. A table younger than the get itself: the moment when the place was
 *      frozen, sealed, closed or filled.  The table was linked after the get
 *      began, hence so was that moment, and what the key held then is what
 *      the payload, or else `fallback`, says.  `fallback` knows it because the
 *      newest number is read after top: a table that was promoted before had
 *      its values arrive in tables that existed then, and all those were
 *      visited.  (Read before top, it could be passed by the table in which
 *      the key's place was closed while its value stood in an older one.)
 *
 * 5 is why a get is wait-free and not only lock-free: migration upon migration
 * cannot lead it on for ever.  When it has found the first table being left, it
 * reads the newest number n of that table's chain; it visits the tables from top
 * to n, and at most one more.  n is the number of the last one that is linked
 * then, or one above that.
 *
 * Each chain has numbers of its own.  Were the tables of clears numbered with
 * the rest, a clear that took its number long ago, and only now puts its table at
 * the top, would let a get be led through as many tables as there were clears in
 * between.
 *
 * Write.  In each table: find the key's slot or claim it, then decide on the
 * value read there and CAS it.  A slot of its own claim is not read first: that the key
 * is absent was decided before, and the CAS from EMPTY confirms it.  A table that is being left is helped with a
 * block, then has the key's slot copied, or its place closed, before the
 * write goes on in the next: so in the table where it ends, what it reads is
 * what the key holds.  Linearization points: the successful CAS of the value;
 * for a write that changes nothing, the load that it decided on.  Only a write
 * that inserts nothing may pass by a TOMB of its key: absent, it changes
 * nothing, and a value that it finds in a later table has got there after the
 * slot with the TOMB was sealed, or written and frozen.
 *
 * Most writes are *quick*: of an integer key, no update, in a map whose values
 * are the callers', in a table that is not being left.  Such a write is the same code
 * with all left out that is seldom wanted.  Where it is, the general write begins at the
 * top, as if nothing had been: what the quick one may have left is a claimed slot
 * without a value.
 *
 * Lock-freedom: a CAS that fails has lost to one that succeeded on the same
 * word; a hop to a next table follows a migration, which somebody's claims or
 * removals have paid for.
 */
#ifndef NB_OPS_H
#define NB_OPS_H

#include <errno.h>

#include "host.h"
#include "map.h"
#include "migrate.h"
#include "reclaim.h"

/* ---- Get ---------------------------------------------------------------- */

/*
 * What `key` holds in `table` and those after it, as a payload: NB_EMPTY if
 * nothing.  `fallback` is what earlier tables said.
 */
static inline uint64_t nb_get_from(const struct nb_map *map, enum nb_kind kind, struct nb_table *table,
				   const struct nb_key *key, uint64_t fallback)
{
	uint64_t newest = 0;

	for (;;) {
		struct nb_place place;
		/* A living one will do as long as no earlier table held a value: then
		 * a tombstone that may be ours and an EMPTY after it say the same. */
		enum nb_find found = nb_table_seek(table, &map->keys, kind, key,
						   fallback == NB_EMPTY ? NB_LIVING : NB_SLOT, &place);

		if (found == NB_VACANT)
			return fallback;
		if (found == NB_FOUND) {
			/* seq_cst: decides. */
			uint64_t word = nb_load_seq_cst(nb_place_value(place));
			uint64_t payload = nb_payload(word);

			if (nb_is_open(word) && payload != NB_EMPTY)
				return payload == NB_TOMB ? NB_EMPTY : payload;
			if (nb_is_open(word))
				return fallback;
			if (payload != NB_EMPTY)
				fallback = payload == NB_TOMB ? NB_EMPTY : payload;
		}
		/* seq_cst: tables linked from here on have numbers above it, in the
		 * one order of all operations. */
		if (!newest)
			newest = nb_load_seq_cst(&table->chain->newest);
		if (table->number > newest)
			return fallback;
		/* seq_cst: NULL, after FULL, decides. */
		table = nb_load_seq_cst(&table->next);
		if (!table)
			return fallback;
	}
}

/* The integer keys that have a side slot. */
static inline bool nb_key_is_aside(enum nb_kind kind, const struct nb_key *key)
{
	return kind == NB_INTEGER && key->word <= NB_KEY_CLOSED;
}

/* The payload as the public value. */
static inline void *nb_value_out(uint64_t payload)
{
	return payload == NB_TOMB ? NULL : (void *)(uintptr_t)payload;
}

#ifndef NB_PLAIN
/*
 * What a line says, if that is the end of it: NB_ANSWERED, with *value; NB_PAST, the
 * key may be in the next; NB_UNSURE: the line is changing, or another key has the half
 * that was looked for.
 *
 * Where lines are in the cache no branch asks whether it hits: that is as good as
 * random, and a branch that is mispredicted costs more than all the rest.  Where they
 * are not, a branch is better: the processor guesses, and is at the next miss before
 * this one has come.
 */
enum nb_answer { NB_ANSWERED, NB_PAST, NB_UNSURE };

NB_INLINE enum nb_answer nb_answer_in_cache(struct nb_line *line, struct nb_scan scan, uint64_t key, void **value)
{
	/* The first match, or else the first EMPTY. */
	unsigned found = scan.match | scan.empty << NB_LINE_SLOTS, first;
	uint64_t hit, confirmed, word;

	/* Before anything is made of it: no branch is guessed wrong as often, and it is
	 * known the sooner. */
	if (!found)
		return NB_PAST;
	first = nb_scan_first(found);
	hit = 0 - (uint64_t)(first < NB_LINE_SLOTS); /* all ones, or none: arithmetic does not branch */
	confirmed = nb_load_seq_cst(&line->key[first % NB_LINE_SLOTS]);
	word = nb_load_seq_cst(&line->value[first % NB_LINE_SLOTS]);
	*value = (void *)(uintptr_t)(word & hit & (0 - (uint64_t)(word != NB_TOMB)));
	return confirmed == (key & hit) ? NB_ANSWERED : NB_UNSURE;
}

NB_INLINE enum nb_answer nb_answer_by_guess(const struct nb_keys *keys, enum nb_kind kind, struct nb_line *line,
					    struct nb_scan scan, const struct nb_key *key, void **value)
{
	uint64_t confirmed, word;
	unsigned first;

	for (; scan.match; scan.match &= scan.match - 1) {
		first = nb_scan_first(scan.match);
		confirmed = nb_load_seq_cst(&line->key[first]);
		word = nb_load_seq_cst(&line->value[first]);
		*value = word == NB_TOMB ? NULL : (void *)(uintptr_t)word;
		if (kind == NB_INTEGER)
			return confirmed == key->word ? NB_ANSWERED : NB_UNSURE;
		/* One that is not living is passed by, as in table.h. */
		if (*value && nb_word_matches(keys, key, confirmed))
			return NB_ANSWERED;
	}
	if (!scan.empty)
		return NB_PAST;
	confirmed = nb_load_seq_cst(&line->key[nb_scan_first(scan.empty)]);
	*value = NULL;
	return confirmed == NB_KEY_EMPTY ? NB_ANSWERED : NB_UNSURE;
}

/*
 * The common get of a key in a line of its probe: what it reads is not
 * changing, and the table is not being left.  NB_PAST: as above, with nothing else said.
 *
 * next is loaded last.  It is NULL, so it was NULL at the atomic loads before
 * it, and no word they read was CLOSED or not open: a line without our key or
 * an EMPTY was full of foreign keys.  What is left is case 1, 2 or 4 of the
 * linearization points.
 *
 * The scan's loads are no part of that order: where loads can be late (not on
 * x86) it may meet a CLOSED that was set after our load of next, and take it
 * for a foreign key.  At that load, then, the slot was EMPTY, our key was not
 * in the table, and the miss that we end with is right.
 */
NB_INLINE enum nb_answer nb_answer(const struct nb_keys *keys, enum nb_kind kind, struct nb_table *table,
				   const struct nb_key *key, struct nb_line *line, bool in_cache, void **value)
{
	struct nb_scan scan = kind == NB_INTEGER ? nb_scan_integers(line, key->word)
						 : nb_scan_objects(line, key->word, ~keys->pointer_mask);
	enum nb_answer answer = in_cache ? nb_answer_in_cache(line, scan, key->word, value)
					 : nb_answer_by_guess(keys, kind, line, scan, key, value);

	return answer == NB_ANSWERED && nb_load_seq_cst(&table->next) ? NB_UNSURE : answer;
}
#endif

/*
 * Through all tables.  Apart from the look at the home line, which then saves no register,
 * and by value, so that the key need not be in memory; and so are those below.
 */
NB_APART void *nb_get_slowly(const struct nb_map *map, struct nb_table *table, uint64_t word)
{
	const struct nb_key key = {.word = word, .hash = word};

	return nb_value_out(nb_get_from(map, NB_INTEGER, table, &key, NB_EMPTY));
}

NB_APART void *nb_get_object_slowly(const struct nb_map *map, struct nb_table *table, uint64_t word, uint64_t hash,
				    const void *object)
{
	const struct nb_key key = {.word = word, .hash = hash, .object = object};

	return nb_value_out(nb_get_from(map, NB_OBJECT, table, &key, NB_EMPTY));
}

#ifndef NB_PLAIN
/* From line `at` of the first table on, the one after its home. */
NB_INLINE bool nb_get_past_home(const struct nb_map *map, enum nb_kind kind, struct nb_table *table,
				const struct nb_key *key, size_t at, void **value)
{
	for (size_t n = 1; n < table->lines; n++) {
		enum nb_answer answer;

		if (at == table->lines)
			at = 0;
		answer = nb_answer(&map->keys, kind, table, key, &table->line[at++], false, value);
		if (answer != NB_PAST)
			return answer == NB_ANSWERED;
	}
	return false;
}

NB_APART void *nb_get_spilled(const struct nb_map *map, struct nb_table *table, uint64_t word, size_t at)
{
	const struct nb_key key = {.word = word, .hash = word};
	void *value;

	return nb_get_past_home(map, NB_INTEGER, table, &key, at, &value) ? value : nb_get_slowly(map, table, word);
}

NB_APART void *nb_get_object_spilled(const struct nb_map *map, struct nb_table *table, uint64_t word, uint64_t hash,
				     const void *object, size_t at)
{
	const struct nb_key key = {.word = word, .hash = hash, .object = object};
	void *value;

	if (nb_get_past_home(map, NB_OBJECT, table, &key, at, &value))
		return value;
	return nb_get_object_slowly(map, table, word, hash, object);
}
#endif

/* From the home line on. */
NB_INLINE void *nb_get_on_top(const struct nb_map *map, enum nb_kind kind, struct nb_table *table,
			      const struct nb_key *key)
{
#ifndef NB_PLAIN
	size_t home = nb_table_home(table, key->hash);
	struct nb_line *line = &table->line[home];
	void *value;
	enum nb_answer answer = kind == NB_INTEGER && table->lines <= NB_UNGUESSED_LINES
					? nb_answer(&map->keys, kind, table, key, line, true, &value)
					: nb_answer(&map->keys, kind, table, key, line, false, &value);

	if (answer == NB_ANSWERED)
		return value;
	if (answer == NB_PAST) {
		if (nb_spilled(table->spill, home, key->hash))
			return kind == NB_INTEGER
				       ? nb_get_spilled(map, table, key->word, home + 1)
				       : nb_get_object_spilled(map, table, key->word, key->hash, key->object, home + 1);
		/* seq_cst: NULL decides. */
		if (!nb_load_seq_cst(&table->next))
			return NULL;
	}
#endif
	return kind == NB_INTEGER ? nb_get_slowly(map, table, key->word)
				  : nb_get_object_slowly(map, table, key->word, key->hash, key->object);
}

static inline void *nb_get(const struct nb_map *map, enum nb_kind kind, const struct nb_key *key)
{
	/* seq_cst: a clear is ordered by this word. */
	struct nb_table *table = nb_load_seq_cst(&map->top);

	if (nb_key_is_aside(kind, key))
		return nb_value_out(nb_load_seq_cst(&table->chain->side[key->word]));
	return nb_get_on_top(map, kind, table, key);
}

/* ---- Write: what is wanted ---------------------------------------------- */

enum nb_verb { NB_PUT, NB_ADD, NB_SET, NB_REPLACE, NB_DEL, NB_DEL_IF, NB_UPDATE, NB_ADD_INT };

/* One write: the request, and what it holds while under way. */
struct nb_write {
	/* request */
	uint64_t value;       /* put, add, set, replace; update: its plan; add_int: what to add */
	const void *expected; /* replace, del_if */
	int (*update)(struct nb_write *write, void *current, void **value);
	/* what update's callback made and nobody has taken */
	void *spare; /* until it is stored */
	bool planned; /* `value` is a decision on an absent key */
	/* held, to be given back */
	struct nbr_ticket ticket; /* room for a displaced value */
	uint64_t dup;             /* word of a key copy not yet published, or 0 */
	struct nb_place from;     /* the key's slot in the table before, final */
	struct nb_table *left;    /* that table */
	/* outcome */
	uint64_t seen;
};

static inline bool nb_verb_inserts(enum nb_verb verb)
{
	return verb == NB_PUT || verb == NB_ADD || verb == NB_UPDATE || verb == NB_ADD_INT;
}

/* Whether the request has a value. */
static inline bool nb_verb_brings(enum nb_verb verb)
{
	return verb != NB_DEL && verb != NB_DEL_IF && verb != NB_UPDATE;
}

/* Whether it says what the key has to hold. */
static inline bool nb_verb_expects(enum nb_verb verb)
{
	return verb == NB_REPLACE || verb == NB_DEL_IF;
}

/* 0, or why `value` cannot be stored. */
static inline int nb_value_check(const void *value)
{
	uint64_t word = (uintptr_t)value;

	if (!nb_is_open(word) || !nb_has_value(word))
		return value == nbmap_int(UINT64_MAX) ? -ERANGE : -EINVAL;
	return 0;
}

static inline bool nb_expected(const struct nb_map *map, const struct nb_write *write, uint64_t current)
{
	const void *value = (const void *)(uintptr_t)current;

	return value == write->expected ||
	       (map->value_equal && write->expected && map->value_equal(value, write->expected, map->keys.arg));
}

/*
 * The payload of the integer that is `delta` more than that of `current`, 0 for nothing;
 * a word that is not open if there is none.
 *
 * Modulo 2^64: an integer is below 2^62, and a delta from -2^63 to 2^63 - 1.  So a sum
 * below 0 comes out at 2^63 or above, no other is wrapped, and all that are no integers
 * are above NBMAP_INT_MAX.
 */
static inline uint64_t nb_int_plus(uint64_t current, uint64_t delta)
{
	uint64_t present = current == NB_EMPTY ? 0 : nbmap_int_of((const void *)(uintptr_t)current);

	return (uintptr_t)nbmap_int(present + delta);
}

/*
 * A request with nothing held yet.  Field by field: what a verb does not use
 * is not worth a store.
 */
static inline void nb_write_begin(struct nb_write *write)
{
	write->seen = NB_EMPTY;
	write->spare = NULL;
	write->planned = false;
	write->ticket.batch = NULL;
	write->dup = 0;
	write->from.line = NULL;
}

/* nb_decide(): the write is to store *target; anything else is its result. */
#define NB_APPLY 1

/* Ask update's callback; keeps its spare straight. */
int nb_decide_update(struct nb_map *map, struct nb_write *write, uint64_t current, uint64_t *target);

/*
 * What to do with `value`, the request's, and a key that holds `current` (NB_EMPTY:
 * nothing): NB_APPLY with a target, NB_TOMB to remove; or the result of a write that changes
 * nothing.
 */
NB_INLINE int nb_decide(struct nb_map *map, enum nb_verb verb, struct nb_write *write, uint64_t value,
			uint64_t current, uint64_t *target)
{
	bool absent = current == NB_EMPTY;

	write->seen = current;
	*target = value;
	switch (verb) {
	case NB_PUT:
		break;
	case NB_ADD:
		if (!absent)
			return -EEXIST;
		break;
	case NB_SET:
		if (absent)
			return -ENOENT;
		break;
	case NB_REPLACE:
	case NB_DEL_IF:
		if (absent)
			return -ENOENT;
		if (!nb_expected(map, write, current))
			return -EAGAIN;
		if (verb == NB_DEL_IF)
			*target = NB_TOMB;
		break;
	case NB_DEL:
		if (absent)
			return -ENOENT;
		*target = NB_TOMB;
		break;
	case NB_UPDATE:
		return nb_decide_update(map, write, current, target);
	case NB_ADD_INT:
		*target = nb_int_plus(current, value);
		if (!nb_is_open(*target))
			return -ERANGE;
		break;
	}
	return *target == current ? 0 : NB_APPLY;
}

/* The write goes on in the next table; a quick one, from the top, in general.  Not an
 * errno, nor NB_APPLY. */
#define NB_ONWARD 2

/* ---- Write: keys and values it holds ------------------------------------ */

/*
 * The word to claim with: the key pointer that stands in the table before, or
 * a copy made now.  -ENOMEM, -ERANGE.
 */
int nb_write_key(struct nb_map *map, struct nb_write *write, const struct nb_key *key, uint64_t *word);

/* After a claim with that word: the key has a new owner. */
void nb_write_claimed(struct nb_map *map, struct nb_write *write, uint64_t word);

/* Give back what was not used. */
void nb_write_give_back(struct nb_map *map, struct nb_write *write);

static inline void nb_write_end(struct nb_map *map, enum nb_kind kind, enum nb_verb verb, struct nb_write *write)
{
	if (write->ticket.batch || (kind == NB_OBJECT && write->dup) || (verb == NB_UPDATE && write->spare))
		nb_write_give_back(map, write);
}

/* Room for `current`, should this write displace it. */
NB_INLINE int nb_write_reserve(struct nb_map *map, struct nb_write *write, enum nbr_purpose purpose, bool quick)
{
	if (quick || !map->value_free || write->ticket.batch)
		return 0;
	return nbr_reserve(map->domain, purpose, &write->ticket);
}

/* Room for one value more.  Whoever removes it will not be turned away at a limit, so
 * at a limit whoever brings it is: -ENOBUFS. */
NB_INLINE int nb_write_admit(struct nb_map *map, bool quick)
{
	if (!nbr_seems_full(map->domain))
		return 0;
	return quick ? NB_ONWARD : nbr_admit(map->domain, 0);
}

/* The chain holds `payload` from now on, or no longer; before the CAS, as live. */
NB_INLINE void nb_write_hold(struct nb_map *map, struct nb_chain *chain, uint64_t payload, bool quick)
{
	if (!quick && map->value_size)
		nb_count_add(&chain->value_bytes, nb_value_bytes(map, payload));
}

NB_INLINE void nb_write_release(struct nb_map *map, struct nb_chain *chain, uint64_t payload, bool quick)
{
	if (!quick && map->value_size)
		nb_count_remove(&chain->value_bytes, nb_value_bytes(map, payload));
}

/* A key is about to hold `target`, and held nothing.  Before the CAS: live is never below
 * the truth, even if this thread stops here for ever. */
NB_INLINE void nb_write_count(struct nb_map *map, struct nb_chain *chain, uint64_t target, bool quick)
{
	nb_count_add(&chain->live, 1);
	nb_write_hold(map, chain, target, quick);
}

/* It will not. */
NB_INLINE void nb_write_uncount(struct nb_map *map, struct nb_chain *chain, uint64_t target, bool quick)
{
	nb_count_remove(&chain->live, 1);
	nb_write_release(map, chain, target, quick);
}

/* This write's CAS displaced `current`. */
NB_INLINE void nb_write_displaced(struct nb_map *map, struct nb_write *write, uint64_t current, bool quick)
{
	if (quick || !map->value_free)
		return;
	if (!nb_load_relaxed(&map->retired)) /* read when no thread is left */
		nb_store_relaxed(&map->retired, 1);
	nbr_retire_object(map->domain, &write->ticket, map->value_free, (void *)(uintptr_t)current, map->keys.arg,
			  nb_value_bytes(map, current));
}

/* ---- Write: one slot, one table, all tables ----------------------------- */

/*
 * Write to a value word.  The result of the write, or NB_ONWARD if the word is
 * no longer open.
 */
NB_INLINE int nb_write_value(struct nb_map *map, enum nb_verb verb, struct nb_write *write, uint64_t value,
			     struct nb_table *table, nb_word *slot, bool quick)
{
	struct nb_chain *chain = table->chain;
	uint64_t word = nb_load_seq_cst(slot);

	while (nb_is_open(word)) {
		uint64_t current = word == NB_TOMB ? NB_EMPTY : word;
		uint64_t target;
		int result = nb_decide(map, verb, write, value, current, &target);

		if (result != NB_APPLY)
			return result;
		if (current == NB_EMPTY) {
			result = nb_write_admit(map, quick);
			if (result)
				return result;
			nb_write_count(map, chain, target, quick);
			if (nb_value_set(slot, &word, target)) {
				write->spare = NULL;
				return 0;
			}
			nb_write_uncount(map, chain, target, quick);
			continue;
		}
		result = nb_write_reserve(map, write, target == NB_TOMB ? NBR_REMOVES : NBR_REPLACES, quick);
		if (result)
			return result;
		if (target == NB_TOMB) {
			if (!nb_value_remove(slot, &word))
				continue;
			nb_write_release(map, chain, current, quick);
			nb_write_displaced(map, write, current, quick);
			nb_migrate_removed(map, table);
			return 0;
		}
		nb_write_hold(map, chain, target, quick);
		if (nb_value_set(slot, &word, target)) {
			write->spare = NULL;
			nb_write_release(map, chain, current, quick);
			nb_write_displaced(map, write, current, quick);
			return 0;
		}
		nb_write_release(map, chain, target, quick);
	}
	return NB_ONWARD;
}

/* Find or claim the key's slot in `table` and write to it. */
NB_INLINE int nb_write_table(struct nb_map *map, enum nb_kind kind, enum nb_verb verb, struct nb_write *write,
			     uint64_t value, struct nb_table *table, const struct nb_key *key, bool quick)
{
	/* acquire: the successor will be read.  Missing it is no harm: then
	 * the slot itself says so. */
	struct nb_table *next = nb_load_acquire(&table->next);
	bool leaving = next != NULL, set;
	struct nb_place place;

	if (quick && leaving)
		return NB_ONWARD;
	if (leaving) {
		/* The block we help with hides the misses of our own key. */
		nb_table_prefetch(table, key);
		nb_table_prefetch(next, key);
		nb_migrate_help(map, table);
	}
	for (;;) {
		uint64_t word, target, seen;
		int result;

		switch (nb_table_seek(table, &map->keys, kind, key,
				      nb_verb_inserts(verb) ? NB_PLACE : NB_LIVING, &place)) {
		case NB_VACANT:
			write->seen = NB_EMPTY;
			if (!nb_verb_inserts(verb))
				return -ENOENT;
			if (leaving) {
				nb_key_close(nb_place_key(place), &seen);
				continue;
			}
			result = nb_decide(map, verb, write, value, NB_EMPTY, &target);
			if (result != NB_APPLY)
				return result;
			/* Relaxed: a few claims too many do no harm. */
			if (nb_load_relaxed(&table->crowded)) {
				if (quick)
					return NB_ONWARD;
				result = nb_migrate_prepare(map, table);
				if (result)
					return result;
				continue; /* as if there were no successor */
			}
			result = nb_write_admit(map, quick);
			if (result)
				return result;
			word = key->word;
			result = kind == NB_OBJECT ? nb_write_key(map, write, key, &word) : 0;
			if (result)
				return result;
			/* Before the claim: others may hand the key on at once.  Speed, not
			 * correctness: and little stands between the claim and our value. */
			nb_write_count(map, table->chain, target, quick);
			if (kind == NB_OBJECT)
				nb_table_owns(table, &map->keys, word);
			if (!nb_table_claim(table, place, key->hash, &seen, word)) {
				nb_write_uncount(map, table->chain, target, quick);
				if (kind == NB_OBJECT)
					nb_table_disowns(table, &map->keys, word);
				continue;
			}
			if (kind == NB_OBJECT)
				nb_write_claimed(map, write, word);
			set = nb_value_set(nb_place_value(place), &(uint64_t){NB_EMPTY}, target);
			if (!set)
				nb_write_uncount(map, table->chain, target, quick);
			else if (verb == NB_UPDATE)
				write->spare = NULL;
			nb_migrate_claimed(map, table);
			if (set)
				return 0;
			break;
		case NB_FOUND:
			break;
		case NB_CLOSED:
			return NB_ONWARD;
		case NB_FULL:
			write->seen = NB_EMPTY;
			if (nb_verb_inserts(verb)) {
				result = quick ? 0 : nb_migrate_start(map, table);
				return result ? result : NB_ONWARD;
			}
			/* seq_cst: NULL decides that the key is absent. */
			return nb_load_seq_cst(&table->next) ? NB_ONWARD : -ENOENT;
		}
		if (!leaving) {
			result = nb_write_value(map, verb, write, value, table, nb_place_value(place), quick);
			if (quick || result != NB_ONWARD)
				return result;
		}
		result = nb_migrate_copy(map, table, place);
		write->from = place;
		write->left = table;
		return result ? result : NB_ONWARD;
	}
}

/* In all tables. */
NB_INLINE int nb_write_wholly(struct nb_map *map, enum nb_kind kind, enum nb_verb verb, struct nb_write *write,
			      const struct nb_key *key)
{
	/* Before the atomics: a compiler may then keep it in a register. */
	const uint64_t value = nb_verb_brings(verb) ? write->value : NB_EMPTY;
	/* seq_cst: a clear is ordered by this word.  Read once: were it read
	 * again after the write has moved on, a clear could fall between. */
	struct nb_table *table = nb_load_seq_cst(&map->top);
	int result;

	if (nb_key_is_aside(kind, key)) {
		result = nb_write_value(map, verb, write, value, table, &table->chain->side[key->word], false);
	} else {
		while ((result = nb_write_table(map, kind, verb, write, value, table, key, false)) == NB_ONWARD)
			/* acquire: a table that was full has got a successor, of which
			 * this thread may have seen no more. */
			table = nb_load_acquire(&table->next);
	}
	nb_write_end(map, kind, verb, write);
	return result;
}

/* What a write has come to. */
struct nb_outcome {
	int result;
	uint64_t seen;
};

/* The general write of an integer key.  Apart from the quick one, which then saves few
 * registers; by value, so that nothing of that need be in memory; and once for each verb,
 * as a constant. */
#define NB_SLOWLY(name, verb)                                                                                          \
	NB_APART struct nb_outcome name(struct nb_map *map, uint64_t value, const void *expected, uint64_t word)       \
	{                                                                                                              \
		const struct nb_key key = {.word = word, .hash = word};                                                \
		struct nb_write write;                                                                                 \
		int result;                                                                                            \
                                                                                                                       \
		nb_write_begin(&write);                                                                                \
		write.value = value;                                                                                   \
		write.expected = expected;                                                                             \
		result = nb_write_wholly(map, NB_INTEGER, verb, &write, &key);                                         \
		return (struct nb_outcome){result, write.seen};                                                        \
	}

NB_SLOWLY(nb_put_slowly, NB_PUT)
NB_SLOWLY(nb_add_slowly, NB_ADD)
NB_SLOWLY(nb_set_slowly, NB_SET)
NB_SLOWLY(nb_replace_slowly, NB_REPLACE)
NB_SLOWLY(nb_del_slowly, NB_DEL)
NB_SLOWLY(nb_del_if_slowly, NB_DEL_IF)
NB_SLOWLY(nb_add_int_slowly, NB_ADD_INT)

NB_INLINE struct nb_outcome nb_write_slowly(struct nb_map *map, enum nb_verb verb, uint64_t value,
					    const void *expected, uint64_t word)
{
	switch (verb) {
	case NB_PUT:
		return nb_put_slowly(map, value, expected, word);
	case NB_ADD:
		return nb_add_slowly(map, value, expected, word);
	case NB_SET:
		return nb_set_slowly(map, value, expected, word);
	case NB_REPLACE:
		return nb_replace_slowly(map, value, expected, word);
	case NB_DEL:
		return nb_del_slowly(map, value, expected, word);
	case NB_DEL_IF:
		return nb_del_if_slowly(map, value, expected, word);
	case NB_ADD_INT:
		return nb_add_int_slowly(map, value, expected, word);
	case NB_UPDATE: /* has a callback: never here */
		break;
	}
	return (struct nb_outcome){.result = -EINVAL};
}

NB_INLINE struct nb_outcome nb_write_integer(struct nb_map *map, enum nb_verb verb, uint64_t value,
					     const void *expected, const struct nb_key *key)
{
	/* seq_cst: as in nb_write_wholly(), which reads it again: this has not moved on. */
	struct nb_table *table = nb_load_seq_cst(&map->top);

	if (!map->value_free && !nb_key_is_aside(NB_INTEGER, key)) {
		struct nb_write write;
		int result;

		nb_write_begin(&write);
		write.expected = expected;
		result = nb_write_table(map, NB_INTEGER, verb, &write, value, table, key, true);
		if (result != NB_ONWARD)
			return (struct nb_outcome){result, write.seen};
	}
	return nb_write_slowly(map, verb, value, expected, key->word);
}

/*
 * Carry out `write` on `key`.  Returns its result; write->seen is the payload
 * that it saw.
 */
NB_INLINE int nb_write(struct nb_map *map, enum nb_kind kind, enum nb_verb verb, struct nb_write *write,
		       const struct nb_key *key)
{
	struct nb_outcome outcome;

	if (kind == NB_OBJECT || verb == NB_UPDATE)
		return nb_write_wholly(map, kind, verb, write, key);
	outcome = nb_write_integer(map, verb, nb_verb_brings(verb) ? write->value : NB_EMPTY,
				   nb_verb_expects(verb) ? write->expected : NULL, key);
	write->seen = outcome.seen;
	return outcome.result;
}

#endif
