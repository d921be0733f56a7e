/*
 * count_alloc: memory, keys and values of which each must be freed exactly once.
 *
 * A `struct count` is the `arg` of an allocator and of a map's type; all that
 * is made through it is counted, and comes back in count_end():
 *
 *   struct count *count = count_new();
 *   struct nbmap_allocator allocator = count_allocator(count);
 *   struct nbmap_type type = count_type();             (integer keys: count_value_type())
 *   struct nbmap_config config = {.type = &type, .arg = count, .allocator = &allocator};
 *   ... make a map, use it, destroy it ...
 *   ck_assert(count_end(count));
 *
 * Every block lies between a header, which knows whether it is alive, and a
 * guard word.  A fresh block is filled with COUNT_FRESH, a freed one with
 * COUNT_DEAD, and the last few thousand freed ones are kept from malloc, so
 * that a second free or a late read meets the mark and not a new object.
 * Under ASan, TSan and valgrind they go back at once: those see more.
 *
 * All of it may be called from any thread.  Counters and marks are relaxed
 * atomics and there is no lock, so that counting orders nothing that the map
 * under test ought to order itself.
 *
 * A fault (a free too many, of a wrong size, a word written past the end, a
 * key or value used after its free) is printed when it is found and makes
 * count_end() false.  Failure injection: count_fail_*().
 */
#ifndef COUNT_ALLOC_H
#define COUNT_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nbmap.h"

struct count;

/* What is counted; bits, to name several for failure injection. */
#define COUNT_MEMORY 1u /* blocks of the allocator */
#define COUNT_KEYS 2u	/* copies made by key_dup */
#define COUNT_VALUES 4u /* count_value() */
#define COUNT_ALL 7u

#define COUNT_FRESH 0xa5
#define COUNT_DEAD 0xdb

/* NULL if malloc has no more. */
struct count *count_new(void);

/*
 * True if nothing made through `count` is alive and no fault was found;
 * prints what is amiss.  Frees `count`, and what it kept.  No other thread
 * may be using it, nor may a domain that has its allocator be there any more.
 */
bool count_end(struct count *count);

/* As count_end(), for a look on the way: frees nothing. */
bool count_balanced(struct count *count);

/* Whether a fault was found so far. */
bool count_faulty(struct count *count);

/* Objects of one kind: alive now; made so far. */
uint64_t count_alive(struct count *count, unsigned kind);
uint64_t count_made(struct count *count, unsigned kind);

/* Bytes of the allocator's blocks that are alive, as they were asked for. */
uint64_t count_bytes(struct count *count);

/* ---- Memory ------------------------------------------------------------- */

struct nbmap_allocator count_allocator(struct count *count);

/* ---- Keys --------------------------------------------------------------- */

/* A key.  Keys on a stack are made by count_key() or count_key_hashed(). */
struct count_key {
	uint64_t mark; /* COUNT_KEY_MARK while it is alive */
	uint64_t id;   /* what `equal` compares */
	uint64_t hash; /* what `hash` answers, whatever the seed is */
};

#define COUNT_KEY_MARK UINT64_C(0x6b65792e616c6976)

/* A key whose hash the caller chooses: collisions, home lines. */
static inline struct count_key count_key_hashed(uint64_t id, uint64_t hash)
{
	return (struct count_key){COUNT_KEY_MARK, id, hash};
}

/* A key whose hash is its number; the map mixes that itself. */
static inline struct count_key count_key(uint64_t id)
{
	return count_key_hashed(id, id);
}

/* ---- Values ------------------------------------------------------------- */

/* A boxed number.  NULL if it was to fail. */
void *count_value(struct count *count, uint64_t number);

/* The number of a value that must be alive. */
uint64_t count_number(const void *value);

/* Renumber a value that nobody else has seen yet. */
void count_renumber(void *value, uint64_t number);

/* Free a value: the type's value_free, or the owner of one never stored. */
void count_value_free(void *value, void *count);

/* Whether the numbers are the same: to be a type's value_equal. */
bool count_value_equal(const void *a, const void *b, void *count);

/*
 * To be a type's value_size and key_size: a number that a test can work out, not
 * what malloc gave.  Who is asked for must be alive.
 */
#define COUNT_VALUE_SIZE(number) ((size_t)(1000 + (number) % 97))
#define COUNT_KEY_SIZE(id) ((size_t)(100 + (id) % 89))
size_t count_value_size(const void *value, void *count);
size_t count_key_size(const void *key, void *count);

/* The sizes of all keys or values that are alive. */
uint64_t count_sizes(struct count *count, unsigned kind);

/* Counting keys and values; value_equal and sizes are not set. */
struct nbmap_type count_type(void);

/* Counting values only, for maps with integer keys. */
struct nbmap_type count_value_type(void);

/* ---- Failure injection -------------------------------------------------- */

/*
 * From now on attempts to make something of `kinds` are numbered 1, 2, ...
 * and fail: only the nth; the nth and all after it; or `in_1024` of 1024,
 * chosen by `seed` and the attempt's number.  Each replaces the one before.
 */
void count_fail_nth(struct count *count, unsigned kinds, uint64_t nth);
void count_fail_from(struct count *count, unsigned kinds, uint64_t nth);
void count_fail_randomly(struct count *count, unsigned kinds, uint64_t seed, unsigned in_1024);

/* No more failures.  Returns how many there were since they were asked for. */
uint64_t count_fail_stop(struct count *count);

/* Attempts numbered since failures were asked for. */
uint64_t count_attempts(struct count *count);

#endif
