/*
 * reference: a plain single-threaded table from byte ranges to counts.  It is
 * what the map's counts are compared with, and where removed counts wait, so
 * it shares no code with the library.
 *
 * Invariants: capacity is 0 or a power of two; used <= 3/4 capacity; an entry
 * is free if and only if its key is NULL.
 */
#ifndef WORDCOUNT_REFERENCE_H
#define WORDCOUNT_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

struct reference_entry {
	const unsigned char *key; /* the table's own copy */
	size_t size;
	uint64_t hash;
	uint64_t count;
};

struct reference_block;

/* All zero is an empty table. */
struct reference {
	struct reference_entry *entries;
	size_t capacity;
	size_t used;
	struct reference_block *blocks; /* the keys' memory */
};

/* Add `n` to the key's count.  0 or -ENOMEM, then nothing has changed. */
int reference_add(struct reference *table, const void *key, size_t size, uint64_t n);

/* The key's count; 0 if it was never added. */
uint64_t reference_get(const struct reference *table, const void *key, size_t size);

/* Walk: the entry after `previous` (NULL: the first), or NULL at the end. */
const struct reference_entry *reference_next(const struct reference *table, const struct reference_entry *previous);

/* Free all; the table is empty and usable afterwards. */
void reference_free(struct reference *table);

#endif
