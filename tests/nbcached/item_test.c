/* item: what an item takes of the allocator, when it is freed, the times that clients mean, and which of
 * them goes first. */
#include <check.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "item.h"
#include "room.h"
#include "run.h"
#include "store.h"

static struct item *item_of(const char *key, size_t size)
{
	return item_new((struct text){key, strlen(key)}, size);
}

START_TEST(layout)
{
	struct item *item = item_of("key", 5);

	memcpy(item->bytes + item->key_size, "value", 5);
	ck_assert(memcmp(item->bytes, "keyvalue\r\n", 10) == 0);
	ck_assert(memcmp(item_data(item), "value\r\n", 7) == 0);
	ck_assert(item_has_key(item, (struct text){"key", 3}));
	ck_assert(!item_has_key(item, (struct text){"kex", 3}));
	ck_assert(!item_has_key(item, (struct text){"keyv", 4}));
	item_release(item);
}
END_TEST

/* Not less than the block, and not much more. */
START_TEST(footprint)
{
	for (size_t size = 0; size < 5000; size += size < 300 ? 1 : 97) {
		struct item *item = item_of("some-key", size);
		size_t block = malloc_usable_size(item) + sizeof(size_t);

		ck_assert_uint_eq(item_memory(item), item_footprint(8, size));
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		if (!getenv("LD_PRELOAD")) { /* valgrind's allocator is another */
			ck_assert_uint_ge(item_memory(item), block - 16);
			ck_assert_uint_le(item_memory(item), block + 16);
		}
#endif
		(void)block;
		item_release(item);
	}
}
END_TEST

START_TEST(references)
{
	struct item *item;

	item_hand_in();
	ck_assert_uint_eq(item_memory_total(), 0);
	item = item_of("key", 100000);
	item_hand_in();
	ck_assert_uint_eq(item_memory_total(), item_footprint(3, 100000));
	item_hold(item);
	item_release(item);
	item_hand_in();
	ck_assert_uint_eq(item_memory_total(), item_footprint(3, 100000));
	item_release(item);
	item_hand_in();
	ck_assert_uint_eq(item_memory_total(), 0);
}
END_TEST

START_TEST(marks)
{
	struct item *item = item_of("key", 1);

	ck_assert(item_mark(item, ITEM_WON));
	ck_assert(!item_mark(item, ITEM_WON)); /* there is one winner */
	ck_assert(item_mark(item, ITEM_STALE));
	ck_assert_uint_eq(item_marks(item), ITEM_WON | ITEM_STALE);
	item_release(item);
}
END_TEST

START_TEST(deadlines)
{
	struct store store = {.epoch = 1700000000};
	struct store_thread thread = {.store = &store, .now = 1000};

	ck_assert_uint_eq(store_deadline(&thread, 0), 0);
	ck_assert_uint_eq(store_deadline(&thread, 1), 1001);
	ck_assert_uint_eq(store_deadline(&thread, STORE_MONTH), 1000 + STORE_MONTH);
	/* What is larger is a date: here one long ago, one soon, one far away. */
	ck_assert_uint_lt(store_deadline(&thread, STORE_MONTH + 1), 1000);
	ck_assert_uint_ge(store_deadline(&thread, STORE_MONTH + 1), 1);
	ck_assert_uint_eq(store_deadline(&thread, 1700005000) - store_deadline(&thread, 1700004000), 1000);
	ck_assert_uint_eq(store_deadline(&thread, INT64_MAX), UINT32_MAX);
	/* What is negative is past, and not 0, which is never. */
	ck_assert_uint_eq(store_deadline(&thread, -1), 1);
	ck_assert_uint_eq(store_deadline(&thread, INT64_MIN + 1), 1);
}
END_TEST

/* Threads look at the clock at times of their own: one may be a tick behind who used the item. */
START_TEST(idle)
{
	struct store_thread thread = {.tick = 1000};
	struct item *item = item_of("key", 1);

	atomic_store(&item->used, 990);
	ck_assert_uint_eq(store_idle(&thread, item), 10);
	atomic_store(&item->used, 1000);
	ck_assert_uint_eq(store_idle(&thread, item), 0);
	atomic_store(&item->used, 1001);
	ck_assert_uint_eq(store_idle(&thread, item), 0);
	/* The ticks go around. */
	atomic_store(&item->used, UINT32_MAX - 9);
	ck_assert_uint_eq(store_idle(&thread, item), 1010);
	thread.tick = UINT32_MAX;
	atomic_store(&item->used, 3);
	ck_assert_uint_eq(store_idle(&thread, item), 0);
	item_release(item);
}
END_TEST

struct shop {
	struct store store;
	struct store_thread thread;
};

static void shop_open(struct shop *shop, uint64_t limit)
{
	struct store_options options = {.limit = limit, .item_max = 1000, .evicts = true, .threads = 1};

	ck_assert_int_eq(nbmap_thread_register(NBMAP_QSBR), 0);
	ck_assert_int_eq(store_open(&shop->store, &options), 0);
	shop->store.secret = test_seed();
	store_thread_begin(&shop->thread, &shop->store, 0);
}

static void shop_close(struct shop *shop)
{
	nbmap_thread_quiescent(NBMAP_QSBR);
	nbmap_thread_offline(NBMAP_QSBR);
	store_close(&shop->store);
	nbmap_thread_online(NBMAP_QSBR);
	nbmap_thread_unregister(NBMAP_QSBR);
}

static struct text name_of(char name[16], unsigned i)
{
	return (struct text){name, (size_t)snprintf(name, 16, "%u", i)};
}

static void put(struct shop *shop, unsigned i, uint32_t used, uint32_t expires)
{
	char name[16];
	struct write write = {.item = store_new_item(&shop->thread, name_of(name, i), 200)};

	ck_assert_ptr_nonnull(write.item);
	memset(write.item->bytes + write.item->key_size, 'x', 200);
	item_mark(write.item, ITEM_FETCHED);
	atomic_store(&write.item->used, used);
	atomic_store(&write.item->expires, expires);
	ck_assert_int_eq(store_write(&shop->thread, &write), STORE_DONE);
	nbmap_thread_quiescent(NBMAP_QSBR);
}

/* None is evicted for its age that another thread has used just now, by a clock that is ahead. */
START_TEST(evicts_what_is_old)
{
	struct shop shop;
	unsigned kept = 0;
	char name[16];

	shop_open(&shop, 1 << 20);
	for (unsigned i = 0; i < 6000; i++)
		put(&shop, i, i < 1000 ? shop.thread.tick + 1 : shop.thread.tick - 100, 0);
	for (unsigned i = 0; i < 1000; i++)
		kept += store_peek(&shop.thread, name_of(name, i)) != NULL;
	ck_assert_uint_eq(kept, 1000);
	ck_assert_uint_gt(atomic_load(&shop.thread.counters.evictions), 0);
	shop_close(&shop);
}
END_TEST

/* Move `cursor` to where the next scan has one entry to three. */
static long find_short_slice(struct shop *shop, struct nbmap_cursor *cursor, struct nbmap_u64_entry *entries)
{
	uint64_t random = test_random_stream(0);

	for (unsigned i = 0; i < 10000; i++) {
		*cursor = nbmap_cursor_at(test_random(&random));
		while (cursor->cycle == 0) {
			struct nbmap_cursor here = *cursor;
			long n = nbmap_u64_scan(shop->store.map, cursor, entries, ROOM_SLICE);

			if (n > 0 && n < 4) {
				*cursor = here;
				return n;
			}
		}
	}
	ck_abort_msg("no slice is short");
	return 0;
}

/* Who stands where a scan ends, alone, is not the oldest for that. */
START_TEST(evicts_nobody_for_being_alone)
{
	struct nbmap_u64_entry entries[ROOM_SLICE];
	struct shop shop;
	uint64_t before;
	unsigned next = 6000;
	long n;

	shop_open(&shop, 1 << 20);
	for (unsigned i = 0; i < next; i++)
		put(&shop, i, shop.thread.tick - 100, 0);
	n = find_short_slice(&shop, &shop.thread.hand, entries);
	for (long i = 0; i < n; i++)
		atomic_store(&((struct item *)entries[i].value)->used, shop.thread.tick);
	before = atomic_load(&shop.thread.counters.evictions);
	while (atomic_load(&shop.thread.counters.evictions) == before)
		put(&shop, next++, shop.thread.tick - 100, 0);
	for (long i = 0; i < n; i++)
		ck_assert_ptr_eq(nbmap_u64_get(shop.store.map, entries[i].key), entries[i].value);
	shop_close(&shop);
}
END_TEST

/* Without any time each turn removes one, or has none left in its slice; and the next forgets none. */
START_TEST(sweeps_for_a_time)
{
	struct nbmap_cursor cursor = {0};
	struct shop shop;

	shop_open(&shop, 64 << 20);
	for (unsigned i = 0; i < 2000; i++)
		put(&shop, i, 0, i % 2 ? 1 : 0);
	while (cursor.cycle == 0) {
		uint64_t before = atomic_load(&shop.thread.counters.expired);

		room_sweep(&shop.thread, &cursor, 1, 0);
		ck_assert_uint_le(atomic_load(&shop.thread.counters.expired), before + 1);
	}
	ck_assert_uint_eq(atomic_load(&shop.thread.counters.expired), 1000);
	ck_assert_uint_eq(nbmap_u64_count(shop.store.map), 1000);
	shop_close(&shop);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nbcached item");
	TCase *all = tcase_create("all");

	tcase_add_test(all, layout);
	tcase_add_test(all, footprint);
	tcase_add_test(all, references);
	tcase_add_test(all, marks);
	tcase_add_test(all, deadlines);
	tcase_add_test(all, idle);
	tcase_add_test(all, evicts_what_is_old);
	tcase_add_test(all, evicts_nobody_for_being_alone);
	tcase_add_test(all, sweeps_for_a_time);
	suite_add_tcase(suite, all);
	return test_run(suite);
}
