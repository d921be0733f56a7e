/* room: see room.h. */
#include "room.h"

#include <errno.h>
#include <time.h>

/* A thread looks at the memory in use once it has stored so much; less where -m is small. */
#define ROOM_CREDIT 65536

/* Entries of a slice of expiry. */
#define SWEEP_SLICE 256u

/* A scan may return few entries, at the end of the table or where a migration is: who is alone there
 * is not old.  So a slice is filled by up to so many scans, until a half of it is there: a scan that has
 * room for fewer reads lines again. */
#define SCANS 8u

/* Of a slice one in so many is evicted. */
#define EVICTED_SHARE 4u

/* An item that was stored and not yet asked for ages so much faster: most keys are asked for once,
 * and those that come again have shown it. */
#define UNPROVEN 4u

/* Slices that one item may cost: then it is refused. */
#define TRIES 4096u

/* How long a thread that makes garbage waits behind its turn at most, where much waits to be freed. */
#define CROWDED_NS 500000

#define SWEEP_SECONDS 60u

static uint64_t in_use(const struct store *store, uint64_t garbage)
{
	struct nbmap_stats map;
	uint64_t bytes;

	nbmap_u64_stats(store->map, &map);
	bytes = item_memory_total() + map.bytes;
	return bytes > garbage ? bytes - garbage : 0;
}

/* How much waits; and whether that is much. */
static uint64_t garbage_of(const struct store *store, bool *crowded)
{
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(store->domain, &stats);
	*crowded = stats.pending_bytes > store->garbage_crowded;
	return stats.pending_bytes;
}

uint64_t room_in_use(const struct store *store)
{
	bool crowded;

	return in_use(store, garbage_of(store, &crowded));
}

void room_wait(struct store_thread *thread)
{
	if (!thread->crowded)
		return;
	nbmap_domain_reclaim_within(thread->store->domain, CROWDED_NS);
	garbage_of(thread->store, &thread->crowded);
}

/* ---- Eviction ----------------------------------------------------------- */

/* How long ago it was used; what has expired is oldest, and what no get has hit counts as older. */
static uint64_t age(const struct store_thread *thread, const struct item *item)
{
	if (item_expired(item, thread->now))
		return UINT64_MAX;
	return (uint64_t)store_idle(thread, item) * (item_marks(item) & ITEM_FETCHED ? 1 : UNPROVEN);
}

/* Move the `n` oldest to the front, by selection: they are few. */
static void oldest_first(const struct store_thread *thread, struct nbmap_u64_entry *entries, size_t count, size_t n)
{
	uint64_t ages[ROOM_SLICE];

	for (size_t i = 0; i < count; i++)
		ages[i] = age(thread, entries[i].value);
	for (size_t i = 0; i < n; i++) {
		struct nbmap_u64_entry entry;
		size_t oldest = i;
		uint64_t its_age;

		for (size_t j = i + 1; j < count; j++) {
			if (ages[j] > ages[oldest])
				oldest = j;
		}
		entry = entries[oldest];
		its_age = ages[oldest];
		entries[oldest] = entries[i];
		ages[oldest] = ages[i];
		entries[i] = entry;
		ages[i] = its_age;
	}
}

/* The next entries of the map.  Around its end the first may come again, where the map is small. */
static size_t next_slice(struct store_thread *thread, struct nbmap_u64_entry entries[ROOM_SLICE])
{
	uint64_t cycle = thread->hand.cycle;
	size_t count = 0;

	for (unsigned i = 0; i < SCANS && count < ROOM_SLICE / 2 && thread->hand.cycle <= cycle + 1; i++) {
		long found = nbmap_u64_scan(thread->store->map, &thread->hand, entries + count, ROOM_SLICE - count);

		count += found < 0 ? 0 : (size_t)found;
	}
	return count;
}

/* Evict some of the next slice; how many bytes it gave. */
static size_t evict_some(struct store_thread *thread)
{
	struct nbmap_u64_entry entries[ROOM_SLICE];
	struct nbmap_u64 *map = thread->store->map;
	size_t count = next_slice(thread, entries), freed = 0;
	size_t n = (count + EVICTED_SHARE - 1) / EVICTED_SHARE;

	oldest_first(thread, entries, count, n);
	for (size_t i = 0; i < n; i++) {
		struct item *item = entries[i].value;
		bool expired = item_expired(item, thread->now);

		if (nbmap_u64_del_if(map, entries[i].key, item, NULL) != 0)
			continue;
		freed += item_memory(item);
		if (expired)
			COUNT(&thread->counters, expired, 1);
		else
			COUNT(&thread->counters, evictions, 1);
	}
	return freed;
}

bool room_make(struct store_thread *thread, size_t bytes)
{
	const struct store *store = thread->store;
	uint64_t credit = store->limit / 64 / store->threads, garbage, used, freed = 0, cycle = thread->hand.cycle;

	if (thread->credit >= (int64_t)bytes) {
		thread->credit -= (int64_t)bytes;
		return true;
	}
	credit = credit < ROOM_CREDIT ? credit : ROOM_CREDIT;
	item_hand_in();
	garbage = garbage_of(store, &thread->crowded);
	used = in_use(store, garbage) + bytes;
	thread->credit = 0;
	if (!store->evicts) {
		if (used > store->limit)
			return false;
		credit = store->limit - used < credit ? store->limit - used : credit;
	}
	for (unsigned tries = 0; used + credit > store->limit + freed; tries++) {
		size_t evicted;

		/* Or all of the map was seen, and had nothing: slow clients hold what is in use. */
		if (tries == TRIES || thread->hand.cycle > cycle + 1)
			return false;
		evicted = evict_some(thread);
		freed += evicted;
		if (evicted > 0) {
			cycle = thread->hand.cycle;
			continue;
		}
		/* Nothing here: perhaps others have made room meanwhile, or have flushed all. */
		used = room_in_use(store) + bytes;
		freed = 0;
	}
	thread->credit = (int64_t)credit;
	return true;
}

/* ---- Expiry ------------------------------------------------------------- */

static int64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Whether the slice was gone through before the time was over.  It is looked at behind each removal, as
 * one may cost a hundred times what another does: while a migration is under way it helps that. */
static bool expire_some(struct store_thread *thread, const struct nbmap_u64_entry *entries, long n, int64_t end)
{
	for (long i = 0; i < n; i++) {
		struct item *item = entries[i].value;

		if (!item_expired(item, thread->now))
			continue;
		if (nbmap_u64_del_if(thread->store->map, entries[i].key, item, NULL) == 0)
			COUNT(&thread->counters, expired, 1);
		if (nanoseconds() >= end)
			return i + 1 == n;
	}
	return true;
}

void room_sweep(struct store_thread *thread, struct nbmap_cursor *cursor, unsigned turns, unsigned ns)
{
	struct nbmap_u64_entry entries[SWEEP_SLICE];
	struct nbmap_u64 *map = thread->store->map;
	int64_t end = nanoseconds() + ns;
	size_t left = nbmap_u64_count(map) / (SWEEP_SECONDS * turns) + 1;
	uint64_t cycle = cursor->cycle;

	do {
		struct nbmap_cursor here = *cursor;
		long n;

		n = nbmap_u64_scan(map, cursor, entries, SWEEP_SLICE);
		/* The next turn scans the rest of the slice once more. */
		if (!expire_some(thread, entries, n, end))
			*cursor = here;
		nbmap_thread_quiescent(NBMAP_QSBR);
		left -= n > 0 && (size_t)n < left ? (size_t)n : n > 0 ? left : 0;
	} while (left > 0 && cursor->cycle == cycle && nanoseconds() < end);
}

void room_remove_all(struct store_thread *thread)
{
	struct nbmap_u64_entry entries[ROOM_SLICE];
	struct nbmap_u64 *map = thread->store->map;
	struct nbmap_cursor cursor = {0};

	while (cursor.cycle == 0) {
		long n = nbmap_u64_scan(map, &cursor, entries, ROOM_SLICE);

		for (long i = 0; i < n; i++)
			nbmap_u64_del_if(map, entries[i].key, entries[i].value, NULL);
	}
}
