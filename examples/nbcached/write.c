/*
 * write: what changes items, each an update of the map.  See store.h.
 *
 * A callback sees the present item, or NULL, and says what is to become of it; the map
 * tries again with a fresh look where another thread was first.  An item that has expired,
 * or has another key, counts as none.
 *
 * WHO OWNS THE NEW ITEM.  A callback that makes one leaves it in *value, and forgets it: it
 * is stored, or the map discards it.  An item that the caller has brought is the caller's
 * until a callback leaves it there; `left` says so.
 */
#include <errno.h>

#include "number.h"
#include "room.h"
#include "store.h"

/* How an update goes on. */
struct attempt {
	struct store_thread *thread;
	struct text key;
	enum outcome outcome;
	bool left; /* the caller's item is the map's */
	union {
		struct write *write;
		struct arithmetic *arithmetic;
		struct removal *removal;
	};
};

static const struct item *present(const struct attempt *attempt, const struct item *item)
{
	return item && item_has_key(item, attempt->key) && !item_expired(item, attempt->thread->now) ? item : NULL;
}

static int keep(struct attempt *attempt, enum outcome outcome)
{
	attempt->outcome = outcome;
	return NBMAP_KEEP;
}

static int set(struct attempt *attempt, struct item *item, void **value)
{
	attempt->outcome = STORE_DONE;
	*value = item;
	return NBMAP_SET;
}

static uint64_t new_cas(struct store_thread *thread)
{
	uint64_t cas = thread->next_cas;

	thread->next_cas += thread->store->threads;
	return cas;
}

/* An item with the properties of another, but its data, which the caller copies.  A command of few
 * bytes may copy many, and leave as many as garbage: that is what the two counts are for. */
static struct item *like(struct attempt *attempt, const struct item *old, uint64_t size)
{
	struct item *item = item_new(attempt->key, size);

	if (!item)
		return NULL;
	attempt->thread->copied += size;
	attempt->thread->credit -= (int64_t)item_memory(item);
	item->flags = old->flags;
	item->cas = new_cas(attempt->thread);
	/* Relaxed, here and below: nobody else sees this item before it is stored. */
	atomic_store_explicit(&item->expires, atomic_load_explicit(&old->expires, memory_order_relaxed),
			      memory_order_relaxed);
	atomic_store_explicit(&item->used, attempt->thread->tick, memory_order_relaxed);
	atomic_store_explicit(&item->marks, (uint8_t)(item_marks(old) & (ITEM_BINARY | ITEM_FETCHED)),
			      memory_order_relaxed);
	return item;
}

static enum outcome run(struct attempt *attempt, nbmap_u64_update_fn *fn)
{
	struct store *store = attempt->thread->store;
	uint64_t hash = nbmap_hash_bytes(attempt->key.at, attempt->key.size, store->secret);

	return nbmap_u64_update(store->map, hash, fn, attempt, NULL) == 0 ? attempt->outcome : STORE_NO_MEMORY;
}

/* ---- set, add, replace, append, prepend, cas ---------------------------- */

/* The two items' data, one behind the other. */
static int join(struct attempt *attempt, const struct item *old, void **value)
{
	struct write *write = attempt->write;
	const struct item *first = write->mode == WRITE_APPEND ? old : write->item;
	const struct item *second = write->mode == WRITE_APPEND ? write->item : old;
	uint64_t size = (uint64_t)first->size + second->size;
	struct item *item;

	if (size > attempt->thread->store->item_max)
		return keep(attempt, STORE_NOT_STORED);
	item = like(attempt, old, size);
	if (!item)
		return -ENOMEM;
	memcpy(item->bytes + item->key_size, item_data(first), first->size);
	memcpy(item->bytes + item->key_size + first->size, item_data(second), second->size);
	write->new_cas = item->cas;
	return set(attempt, item, value);
}

static int write_over(struct attempt *attempt, const struct item *old, void **value)
{
	struct write *write = attempt->write;
	bool joins = write->mode == WRITE_APPEND || write->mode == WRITE_PREPEND;

	if (!old && write->mode != WRITE_SET && write->mode != WRITE_ADD)
		return keep(attempt, write->compare && !joins ? STORE_NOT_FOUND : STORE_NOT_STORED);
	if (old && write->mode == WRITE_ADD)
		return keep(attempt, STORE_NOT_STORED);
	if (!old && write->compare && write->mode == WRITE_SET)
		return keep(attempt, STORE_NOT_FOUND);
	if (old && write->compare && write->cas != old->cas) {
		if (joins || !write->invalidate || write->cas > old->cas)
			return keep(attempt, STORE_EXISTS);
		/* Late, but better than nothing: keeps the time that the present one has. */
		atomic_store_explicit(&write->item->expires, atomic_load_explicit(&old->expires, memory_order_relaxed),
				      memory_order_relaxed);
		item_mark(write->item, ITEM_STALE | (item_marks(old) & ITEM_WON));
	}
	if (joins)
		return join(attempt, old, value);
	write->new_cas = write->item->cas;
	attempt->left = true;
	return set(attempt, write->item, value);
}

static int on_write(uint64_t hash, void *current, void **value, void *arg)
{
	struct attempt *attempt = arg;

	(void)hash;
	return write_over(attempt, present(attempt, current), value);
}

enum outcome store_write(struct store_thread *thread, struct write *write)
{
	struct attempt attempt = {.thread = thread, .key = item_key(write->item), .write = write};
	struct store *store = thread->store;
	enum outcome outcome;

	write->item->cas = new_cas(thread);
	if (write->mode == WRITE_SET && !write->compare) {
		uint64_t hash = nbmap_hash_bytes(attempt.key.at, attempt.key.size, store->secret);

		write->new_cas = write->item->cas;
		attempt.left = nbmap_u64_put(store->map, hash, write->item, NULL) == 0;
		outcome = attempt.left ? STORE_DONE : STORE_NO_MEMORY;
	} else {
		outcome = run(&attempt, on_write);
	}
	if (outcome == STORE_DONE)
		COUNT(&thread->counters, total_items, 1);
	if (!attempt.left)
		item_release(write->item);
	return outcome;
}

/* ---- incr, decr, ma ----------------------------------------------------- */

/* `number` as data, with blanks behind it up to `least` bytes: it does not get shorter. */
static struct item *number_item(struct attempt *attempt, const struct item *old, uint64_t number, size_t least)
{
	char digits[NUMBER_DIGITS];
	size_t size = number_print(number, digits), all = size < least ? least : size;
	struct item *item = old ? like(attempt, old, all) : item_new(attempt->key, all);

	if (!item)
		return NULL;
	memcpy(item->bytes + item->key_size, digits, size);
	memset(item->bytes + item->key_size + size, ' ', all - size);
	if (!old) {
		item->cas = new_cas(attempt->thread);
		atomic_store_explicit(&item->used, attempt->thread->tick, memory_order_relaxed);
	}
	attempt->arithmetic->number = number;
	attempt->arithmetic->stored = item;
	return item;
}

static int on_arithmetic(uint64_t hash, void *current, void **value, void *arg)
{
	struct attempt *attempt = arg;
	struct arithmetic *a = attempt->arithmetic;
	const struct item *old = present(attempt, current);
	struct item *item;
	uint64_t number;

	(void)hash;
	if (!old) {
		if (!a->vivify)
			return keep(attempt, STORE_NOT_FOUND);
		item = number_item(attempt, NULL, a->initial, 0);
		if (!item)
			return -ENOMEM;
		atomic_store_explicit(&item->expires, a->vivify_expires, memory_order_relaxed);
		return set(attempt, item, value);
	}
	if (a->compare && a->cas != old->cas)
		return keep(attempt, STORE_EXISTS);
	if (!number_counter(item_data(old), old->size, &number))
		return keep(attempt, STORE_NO_NUMBER);
	if (!a->decrement)
		number += a->delta; /* goes around at 2^64 */
	else
		number = number < a->delta ? 0 : number - a->delta;
	item = number_item(attempt, old, number, old->size);
	if (!item)
		return -ENOMEM;
	if (a->touch)
		atomic_store_explicit(&item->expires, a->expires, memory_order_relaxed);
	return set(attempt, item, value);
}

enum outcome store_arithmetic(struct store_thread *thread, struct arithmetic *arithmetic)
{
	struct attempt attempt = {.thread = thread, .key = arithmetic->key, .arithmetic = arithmetic};

	if (!room_make(thread, item_footprint(arithmetic->key.size, NUMBER_DIGITS)))
		return STORE_NO_MEMORY;
	return run(&attempt, on_arithmetic);
}

/* ---- delete, md --------------------------------------------------------- */

static int on_removal(uint64_t hash, void *current, void **value, void *arg)
{
	struct attempt *attempt = arg;
	struct removal *removal = attempt->removal;
	const struct item *old = present(attempt, current);
	struct item *stale;

	(void)hash;
	if (!old) {
		attempt->outcome = STORE_NOT_FOUND;
		return current && item_has_key(current, attempt->key) ? NBMAP_REMOVE : NBMAP_KEEP;
	}
	if (removal->compare && removal->cas != old->cas)
		return keep(attempt, STORE_EXISTS);
	attempt->outcome = STORE_DONE;
	if (!removal->invalidate)
		return NBMAP_REMOVE;
	stale = like(attempt, old, old->size);
	if (!stale)
		return -ENOMEM;
	memcpy(stale->bytes + stale->key_size, item_data(old), old->size);
	item_mark(stale, ITEM_STALE);
	if (removal->touch)
		atomic_store_explicit(&stale->expires, removal->expires, memory_order_relaxed);
	return set(attempt, stale, value);
}

enum outcome store_delete(struct store_thread *thread, struct removal *removal)
{
	struct attempt attempt = {.thread = thread, .key = removal->key, .removal = removal};

	return run(&attempt, on_removal);
}
