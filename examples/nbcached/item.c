/* item: see item.h. */
#include "item.h"

#include <stdlib.h>

/* Signed: one thread may free what another has made and not yet handed in. */
static _Atomic int64_t total;
static _Thread_local int64_t uncounted;

void item_hand_in(void)
{
	/* Relaxed: a sum, which orders nothing. */
	atomic_fetch_add_explicit(&total, uncounted, memory_order_relaxed);
	uncounted = 0;
}

static void count(int64_t bytes)
{
	uncounted += bytes;
	if (uncounted > ITEM_UNCOUNTED || uncounted < -ITEM_UNCOUNTED)
		item_hand_in();
}

uint64_t item_memory_total(void)
{
	int64_t bytes = atomic_load_explicit(&total, memory_order_relaxed);

	return bytes < 0 ? 0 : (uint64_t)bytes;
}

/* malloc of the GNU library: 8 bytes before each block, all in steps of 16. */
size_t item_footprint(size_t key_size, size_t size)
{
	return (offsetof(struct item, bytes) + key_size + size + 2 + 8 + 15) & ~(size_t)15;
}

struct item *item_new(struct text key, size_t size)
{
	size_t need = offsetof(struct item, bytes) + key.size + size + 2;
	struct item *item = malloc(need < sizeof(*item) ? sizeof(*item) : need);

	if (!item)
		return NULL;
	atomic_init(&item->refs, 1);
	atomic_init(&item->expires, 0);
	atomic_init(&item->used, 0);
	atomic_init(&item->marks, 0);
	item->cas = 0;
	item->flags = 0;
	item->size = (uint32_t)size;
	item->key_size = (uint8_t)key.size;
	memcpy(item->bytes, key.at, key.size);
	memcpy(item->bytes + key.size + size, "\r\n", 2);
	count((int64_t)item_memory(item));
	return item;
}

void item_hold(struct item *item)
{
	/* Relaxed: whoever takes a reference is sure of another, which is not dropped meanwhile. */
	atomic_fetch_add_explicit(&item->refs, 1, memory_order_relaxed);
}

void item_release(struct item *item)
{
	/* Release, acquire: pairs with itself; all that was done with the item comes before it is freed. */
	if (atomic_fetch_sub_explicit(&item->refs, 1, memory_order_acq_rel) != 1)
		return;
	count(-(int64_t)item_memory(item));
	free(item);
}
