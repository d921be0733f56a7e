/*
 * core_build: maps and chains of tables built by hand, for tests of the core.
 *
 * A test opens a `struct core`, which is a map whose memory, keys and values
 * are all counted (count_alloc.h) and which stays within one section, so that
 * nothing retired is freed before core_close().  It then links tables, claims
 * slots and writes words as it likes, and calls the core's functions one step
 * at a time: a thread that stalls is a step that is taken late.
 *
 * core_close() leaves the section, destroys the map and fails the test if a
 * key, a value or a block was not freed exactly once.
 */
#ifndef CORE_BUILD_H
#define CORE_BUILD_H

#include <check.h>

#include "clear.h"
#include "count_alloc.h"
#include "key.h"
#include "life.h"
#include "map.h"
#include "migrate.h"
#include "ops.h"
#include "reclaim.h"
#include "table.h"
#include "tuning.h"

#define CORE_KEYS 64

struct core {
	struct count *count;
	struct nb_map *map;
	enum nb_kind kind;
	bool boxed; /* values are count_value()s that the map owns */
	/* borrowed keys: object keys must stay somewhere */
	struct count_key key[CORE_KEYS];
	unsigned keys;
	/* Called once, by the next allocation of `hook_size` bytes, or of any
	 * number if that is 0: what "another thread" does just then. */
	void (*hook)(struct core *core);
	size_t hook_size;
	struct nb_table *hook_table; /* for the hook's use */
};

/* Make the map.  Boxed values belong to it, others are plain numbers. */
void core_open(struct core *core, enum nb_kind kind, bool boxed);

/* End of the test: all must be valid, and come back. */
void core_close(struct core *core);

/* ---- Tables --------------------------------------------------------------- */

/* Put a top table of `lines` lines in the place of the map's first one. */
struct nb_table *core_top(struct core *core, size_t lines);

/* Link a successor of `lines` lines to `table`. */
struct nb_table *core_link(struct core *core, struct nb_table *table, size_t lines);

/* ---- Keys and words --------------------------------------------------------- */

/* The n-th hash, from 0, whose home is `home` in a table of `lines` lines. */
uint64_t core_hash(size_t lines, size_t home, uint64_t n);

/* A new key with that hash. */
struct nb_key core_key(struct core *core, uint64_t hash);

/* The word to claim with: for object keys, a new copy. */
uint64_t core_word(struct core *core, const struct nb_key *key);

/* A value: boxed, or the number itself as nbmap_int() dresses it. */
uint64_t core_value(struct core *core, uint64_t number);
uint64_t core_number(struct core *core, uint64_t word);

/* ---- Slots ------------------------------------------------------------------ */

/* Claim `key`'s slot in `table` with `word` and leave its value as it is. */
struct nb_place core_claim(struct core *core, struct nb_table *table, const struct nb_key *key, uint64_t word);

/* Claim with a new copy of the key, and set the value word to anything.  An
 * open value is counted as a live entry. */
struct nb_place core_put(struct core *core, struct nb_table *table, const struct nb_key *key, uint64_t value);

/* The key's slot; the test fails if it has none. */
struct nb_place core_find(struct core *core, struct nb_table *table, const struct nb_key *key);

/* What a probe for the key ends at. */
enum nb_find core_probe(struct core *core, struct nb_table *table, const struct nb_key *key);

/* Close the key's place, which must be vacant. */
void core_close_place(struct core *core, struct nb_table *table, const struct nb_key *key);

/* Claim every slot that is free with a key of its own and a removed value. */
void core_fill(struct core *core, struct nb_table *table);

uint64_t core_value_at(struct nb_place place);
uint64_t core_key_at(struct nb_place place);

/* ---- Operations ------------------------------------------------------------- */

/* The payload that a get answers; NB_EMPTY for nothing. */
uint64_t core_get(struct core *core, const struct nb_key *key);

int core_write(struct core *core, enum nb_verb verb, const struct nb_key *key, uint64_t value);

/* Adds to the live entries of the map's chain: for words written by hand. */
void core_live(struct core *core, int64_t n);

/* Leave the section, free what is retired, and enter again. */
void core_breathe(struct core *core);

/* What waits for a grace period in the map's domain. */
uint64_t core_pending(struct core *core);

/* ---- Surroundings ----------------------------------------------------------- */

/* floor(hash * lines / 2^64) as table.h computes it without a 128-bit type. */
size_t core_home_portable(size_t lines, uint64_t hash);

#endif
