/* reference: a plain table of counts, linear probing.  See reference.h. */
#include "reference.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)1024)
#define BLOCK_BYTES ((size_t)64 * 1024)

/* Keys are never freed one by one, so they are cut from big blocks. */
struct reference_block {
	struct reference_block *next;
	size_t used;
	size_t room;
	unsigned char bytes[];
};

/* FNV-1a; its low bits are too weak for a mask, hence the fold. */
static uint64_t hash_of(const unsigned char *key, size_t size)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ key[i]) * UINT64_C(1099511628211);
	return hash ^ hash >> 32;
}

/* The key's entry, or the free one where it belongs. */
static struct reference_entry *find(struct reference_entry *entries, size_t capacity, const void *key, size_t size,
				    uint64_t hash)
{
	size_t mask = capacity - 1;
	size_t at = hash & mask;

	for (;;) {
		struct reference_entry *entry = &entries[at];

		if (!entry->key)
			return entry;
		if (entry->hash == hash && entry->size == size && memcmp(entry->key, key, size) == 0)
			return entry;
		at = (at + 1) & mask;
	}
}

static int grow(struct reference *table)
{
	size_t capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
	struct reference_entry *entries = calloc(capacity, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < table->capacity; i++) {
		const struct reference_entry *old = &table->entries[i];

		if (old->key)
			*find(entries, capacity, old->key, old->size, old->hash) = *old;
	}
	free(table->entries);
	table->entries = entries;
	table->capacity = capacity;
	return 0;
}

static const unsigned char *keep(struct reference *table, const void *key, size_t size)
{
	struct reference_block *block = table->blocks;

	if (!block || block->room - block->used < size) {
		size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

		block = malloc(sizeof(*block) + room);
		if (!block)
			return NULL;
		block->next = table->blocks;
		block->used = 0;
		block->room = room;
		table->blocks = block;
	}

	unsigned char *copy = block->bytes + block->used;

	memcpy(copy, key, size);
	block->used += size;
	return copy;
}

int reference_add(struct reference *table, const void *key, size_t size, uint64_t n)
{
	uint64_t hash = hash_of(key, size);

	if (table->used >= table->capacity / 4 * 3) {
		int err = grow(table);

		if (err)
			return err;
	}

	struct reference_entry *entry = find(table->entries, table->capacity, key, size, hash);

	if (!entry->key) {
		const unsigned char *copy = keep(table, key, size);

		if (!copy)
			return -ENOMEM;
		*entry = (struct reference_entry){.key = copy, .size = size, .hash = hash};
		table->used++;
	}
	entry->count += n;
	return 0;
}

uint64_t reference_get(const struct reference *table, const void *key, size_t size)
{
	if (table->capacity == 0)
		return 0;
	return find(table->entries, table->capacity, key, size, hash_of(key, size))->count;
}

const struct reference_entry *reference_next(const struct reference *table, const struct reference_entry *previous)
{
	size_t at = previous ? (size_t)(previous - table->entries) + 1 : 0;

	for (; at < table->capacity; at++) {
		if (table->entries[at].key)
			return &table->entries[at];
	}
	return NULL;
}

void reference_free(struct reference *table)
{
	while (table->blocks) {
		struct reference_block *next = table->blocks->next;

		free(table->blocks);
		table->blocks = next;
	}
	free(table->entries);
	*table = (struct reference){0};
}
