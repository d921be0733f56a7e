/*
 * item: a key, its data, and what the protocol keeps beside them, in one block.
 *
 *   | cas refs expires used flags size key_size marks | key | data | "\r\n" |
 *
 * The line's end is stored, so that data go out as they stand.
 *
 * REFERENCES.  Whoever makes an item holds one reference, and hands it to the map with the
 * item; the map's value_free drops it, a grace period after the item has left the map.  A
 * reference is taken in a section, in which the item was found: the map's is not dropped
 * before that section ends, so the count is not 0.  Only what outlives a section needs one.
 *
 * What can change in an item that others see are `expires`, `used` and `marks`.  All else is
 * written before it is stored, and published by that.
 */
#ifndef NBCACHED_ITEM_H
#define NBCACHED_ITEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "command.h"

struct item {
	uint64_t cas; /* a number of its own */
	_Atomic uint32_t refs;
	_Atomic uint32_t expires; /* at this second of the clock; 0: never */
	_Atomic uint32_t used;	  /* at this tick of the clock, last */
	uint32_t flags;		  /* the client's */
	uint32_t size;		  /* of the data */
	uint8_t key_size;
	_Atomic uint8_t marks;
	char bytes[];
};

enum {
	ITEM_FETCHED = 1, /* some get has hit it */
	ITEM_STALE = 2,	  /* md with I: is to be made anew */
	ITEM_WON = 4,	  /* a client was told that it shall make it anew */
	ITEM_BINARY = 8,  /* its key came in base 64, and goes so */
};

static inline struct text item_key(const struct item *item)
{
	return (struct text){item->bytes, item->key_size};
}

static inline const char *item_data(const struct item *item)
{
	return item->bytes + item->key_size;
}

static inline bool item_has_key(const struct item *item, struct text key)
{
	return item->key_size == key.size && memcmp(item->bytes, key.at, key.size) == 0;
}

/* Relaxed: a touch at the same time may come before or after, as it likes. */
static inline bool item_expired(const struct item *item, uint32_t now)
{
	uint32_t expires = atomic_load_explicit(&item->expires, memory_order_relaxed);

	return expires != 0 && expires <= now;
}

static inline unsigned item_marks(const struct item *item)
{
	/* Relaxed: a mark says nothing of other memory. */
	return atomic_load_explicit(&item->marks, memory_order_relaxed);
}

/* Whether the call has set the mark. */
static inline bool item_mark(struct item *item, unsigned mark)
{
	return !(atomic_fetch_or_explicit(&item->marks, (uint8_t)mark, memory_order_relaxed) & mark);
}

/* What the allocator needs for an item with so much data. */
size_t item_footprint(size_t key_size, size_t size);

static inline size_t item_memory(const struct item *item)
{
	return item_footprint(item->key_size, item->size);
}

/* An item with the key and "\r\n" in place, its data to be filled in; NULL without memory. */
struct item *item_new(struct text key, size_t size);

/* [in a section, or by who holds a reference] */
void item_hold(struct item *item);
void item_release(struct item *item);

/*
 * Bytes of all items that there are: in the map, waiting to be freed, being filled, kept for
 * a slow client.  Each thread counts for itself and now and then hands in what it has, and
 * so this may be wrong by ITEM_UNCOUNTED for each.
 */
#define ITEM_UNCOUNTED 32768
uint64_t item_memory_total(void);
/* The calling thread ends. */
void item_hand_in(void);

#endif
