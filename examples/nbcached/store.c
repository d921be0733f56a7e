/* store: the map, its life, and a get.  What changes items is in write.c.  See store.h. */
#include "store.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "room.h"

/* Garbage may take as much as all items, and this much, or a quarter of it, more.  In the usual run
 * it stays at some hundred KiB.  It has to hold all that a flush leaves, at once: else the sets
 * behind the flush would be refused until that is freed.  The rest is for the tables that a migration
 * leaves, and for what is evicted while the system lets one thread wait in the midst of its turn. */
#define GARBAGE_LEAST (UINT64_C(64) << 20)

/* A second of the clock that is always past: the clock begins later. */
#define LONG_AGO 1u
#define CLOCK_BEGINS 2

static void drop(void *value, void *arg)
{
	(void)arg;
	item_release(value);
}

static size_t memory_of(const void *value, void *arg)
{
	(void)arg;
	return item_memory(value);
}

/* The domain's threads free items, too. */
static void thread_exits(void *arg)
{
	(void)arg;
	item_hand_in();
}

static struct timespec clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now;
}

int store_open(struct store *store, const struct store_options *options)
{
	static const struct nbmap_type type = {.value_free = drop, .value_size = memory_of};
	uint64_t beside = options->limit / 4 > GARBAGE_LEAST ? options->limit / 4 : GARBAGE_LEAST;
	struct nbmap_domain_config domain = {
		.flavor = NBMAP_QSBR,
		.limit_bytes = options->limit + beside,
		.on_stall = options->on_stall,
		.stall_ms = options->stall_ms,
		.on_thread_exit = thread_exits,
		.arg = options->arg,
	};
	struct nbmap_config map = {.type = &type, .arg = store};
	int error;

	*store = (struct store){
		.limit = options->limit,
		.item_max = options->item_max,
		.evicts = options->evicts,
		.threads = options->threads,
		.epoch = (int64_t)time(NULL) - clock_now().tv_sec,
		.garbage_crowded = beside / 4,
	};
	if (getrandom(&store->secret, sizeof(store->secret), 0) != sizeof(store->secret))
		return -EIO;
	error = nbmap_domain_new(&store->domain, &domain);
	if (error)
		return error;
	map.domain = store->domain;
	error = nbmap_u64_new(&store->map, &map);
	if (error)
		nbmap_domain_destroy(store->domain);
	return error;
}

void store_close(struct store *store)
{
	nbmap_u64_destroy(store->map);
	nbmap_domain_destroy(store->domain);
}

void store_thread_begin(struct store_thread *thread, struct store *store, unsigned index)
{
	*thread = (struct store_thread){
		.store = store,
		.next_cas = index + 1,
		.hand = nbmap_cursor_at(UINT64_MAX / store->threads * index),
	};
	store_thread_tick(thread);
}

void store_thread_tick(struct store_thread *thread)
{
	struct timespec now = clock_now();

	thread->copied = 0;
	thread->now = (uint32_t)now.tv_sec + CLOCK_BEGINS;
	thread->tick =
		(uint32_t)now.tv_sec * STORE_TICKS + (uint32_t)((uint64_t)now.tv_nsec * STORE_TICKS / 1000000000);
}

uint32_t store_deadline(const struct store_thread *thread, int64_t exptime)
{
	int64_t at;

	if (exptime == 0)
		return 0;
	if (exptime < 0)
		return LONG_AGO;
	at = exptime <= STORE_MONTH ? thread->now + exptime : exptime - thread->store->epoch + CLOCK_BEGINS;
	if (at < (int64_t)LONG_AGO)
		return LONG_AGO;
	return at > UINT32_MAX ? UINT32_MAX : (uint32_t)at;
}

/* What was found by the hash, if it is the key's and has not expired. */
static struct item *check(struct store_thread *thread, struct text key, const struct looked *looked)
{
	struct item *item = looked->item;

	if (!item || !item_has_key(item, key))
		return NULL;
	if (item_expired(item, thread->now)) {
		if (nbmap_u64_del_if(thread->store->map, looked->hash, item, NULL) == 0)
			COUNT(&thread->counters, expired, 1);
		return NULL;
	}
	return item;
}

static uint64_t hash(const struct store_thread *thread, struct text key)
{
	return nbmap_hash_bytes(key.at, key.size, thread->store->secret);
}

static struct looked look(struct store_thread *thread, struct text key)
{
	uint64_t its_hash = hash(thread, key);

	return (struct looked){its_hash, nbmap_u64_get(thread->store->map, its_hash)};
}

struct item *store_peek(struct store_thread *thread, struct text key)
{
	struct looked looked = look(thread, key);

	return check(thread, key, &looked);
}

struct item *store_get(struct store_thread *thread, struct text key)
{
	struct looked looked = look(thread, key);

	return store_found(thread, key, &looked);
}

/* An item's head, its key, and most or all of small data.  Behind the block: no matter. */
static void prefetch(const char *item)
{
	__builtin_prefetch(item);
	__builtin_prefetch(item + 64);
	__builtin_prefetch(item + 128);
}

static void look_at_once(struct store_thread *thread, const struct text *keys, struct looked *looked, unsigned count)
{
	uint64_t hashes[STORE_LOOKS] = {0};
	void *values[STORE_LOOKS];

	for (unsigned i = 0; i < count; i++)
		looked[i].hash = hashes[i] = hash(thread, keys[i]);
	nbmap_u64_get_batch(thread->store->map, hashes, values, count);
	for (unsigned i = 0; i < count; i++) {
		looked[i].item = values[i];
		if (values[i])
			prefetch(values[i]);
	}
}

void store_look(struct store_thread *thread, const struct text *keys, struct looked *looked, unsigned count)
{
	if (count == 1)
		*looked = look(thread, *keys);
	else
		look_at_once(thread, keys, looked, count);
}

struct item *store_found(struct store_thread *thread, struct text key, const struct looked *looked)
{
	struct item *item = check(thread, key, looked);

	if (item)
		store_used(thread, item);
	return item;
}

struct item *store_new_item(struct store_thread *thread, struct text key, uint64_t size)
{
	struct item *item;

	if (!room_make(thread, item_footprint(key.size, size)))
		return NULL;
	item = item_new(key, size);
	if (item)
		/* Relaxed: not shared yet. */
		atomic_store_explicit(&item->used, thread->tick, memory_order_relaxed);
	return item;
}

void store_flush(struct store_thread *thread)
{
	/* Without memory for an empty table all entries go one by one, in room.c. */
	if (nbmap_u64_clear(thread->store->map) != 0)
		room_remove_all(thread);
}
