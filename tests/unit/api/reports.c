/*
 * reports: room, statistics and dump.
 */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

/* ---- Room --------------------------------------------------------------- */

/* Writers sweep a block each; overwriting starts no new migration. */
static void finish_migrating(void)
{
	while (stats().tables > 1)
		put(1, 1);
}

START_TEST(test_capacity_spares_migrations)
{
	static const size_t sizes[] = {1, 2, 3, 4, 5, 13, 64, 100, 1000, 5000};
	const size_t size = sizes[_i];

	config.capacity = size;
	restart();
	for (uint64_t id = 0; id < size; id++)
		put(id, id);
	ck_assert_uint_eq(stats().migrations, 0);
	ck_assert_uint_ge(stats().capacity, size);
	/* Not much more than was asked for. */
	ck_assert_uint_le(stats().capacity, 2 * size + 16);
}
END_TEST

/* Fill, empty, and go on for a while, so that the size policy has its way. */
static size_t capacity_after_emptying(size_t entries)
{
	restart();
	for (uint64_t id = 0; id < entries; id++)
		put(id, id);
	for (uint64_t id = 0; id < entries; id++)
		crew_check(!del(id));
	for (uint64_t id = 0; id < 4 * entries; id++) {
		put(id, id);
		crew_check(!del(id));
	}
	return stats().capacity;
}

START_TEST(test_min_capacity_is_never_taken_back)
{
	ck_assert_uint_lt(capacity_after_emptying(1000), 1000);
	config.min_capacity = 1000;
	ck_assert_uint_ge(capacity_after_emptying(1000), 1000);
	ck_assert_int_eq(nbmap_clear(map), 0);
	ck_assert_uint_ge(stats().capacity, 1000);
}
END_TEST

START_TEST(test_impossible_capacities_are_refused)
{
	struct nbmap *none = (void *)UNTOUCHED;

	for (unsigned shift = 0; shift < 8; shift++) {
		config.capacity = SIZE_MAX >> shift;
		ck_assert_int_eq(nbmap_new(&none, &config), -ENOMEM);
		config.min_capacity = config.capacity;
		config.capacity = 0;
		ck_assert_int_eq(nbmap_new(&none, &config), -ENOMEM);
		config.min_capacity = 0;
	}
	ck_assert_ptr_eq(none, UNTOUCHED);
}
END_TEST

START_TEST(test_an_empty_map_is_small)
{
	ck_assert_uint_le(stats().bytes, 1024);
}
END_TEST

START_TEST(test_memory_comes_from_the_allocator_and_stats_know_how_much)
{
	struct nbmap_domain_config plain = {.flags = NBMAP_NO_THREAD};
	uint64_t before = 0;

	/* A domain that takes its batches elsewhere: it keeps some of them. */
	ck_assert_int_eq(nbmap_domain_new(&config.domain, &plain), 0);
	config.capacity = 6000; /* large enough for striped counters */
	for (unsigned i = 0; i < 2; i++) {
		finish();
		before = count_bytes(count); /* of the domain that other tests use */
		begin();
		ck_assert_uint_gt(count_made(count, COUNT_MEMORY), 0);
		ck_assert_uint_eq(stats().bytes, count_bytes(count) - before);
		config.capacity = 0;
	}
	for (uint64_t id = 0; id < 6000; id++)
		put(id, id);
	finish_migrating();
	settle();
	ck_assert_uint_eq(stats().bytes, count_bytes(count) - before);
	finish();
	ck_assert_uint_eq(count_bytes(count), before);
	ck_assert_int_eq(nbmap_domain_destroy(config.domain), 0);
	config.domain = domain;
	begin();
}
END_TEST

START_TEST(test_stats)
{
	struct nbmap_stats now = stats();

	ck_assert_uint_eq(now.entries, 0);
	ck_assert_uint_eq(now.used, 0);
	ck_assert_uint_eq(now.tables, 1);
	ck_assert_uint_eq(now.migrations, 0);
	ck_assert_uint_eq(now.pending_objects, 0);
	put(1, 10);
	put(2, 20);
	put(2, 21);
	ck_assert_int_eq(del(1), 0);
	now = stats();
	ck_assert_uint_eq(now.entries, 1);
	ck_assert_uint_eq(now.used, 2); /* a tombstone still takes a slot */
	ck_assert_uint_eq(now.pending_objects, 2);
	for (uint64_t id = 0; stats().tables == 1; id++)
		put(id, id);
	now = stats();
	ck_assert_uint_eq(now.tables, 2);
	ck_assert_uint_eq(now.migrations, 1);
	finish_migrating();
	/* The table that was left waits, and its size is known. */
	ck_assert_uint_ge(stats().pending_bytes, now.capacity * 16);
	ck_assert_uint_gt(stats().capacity, now.capacity);
	settle();
	ck_assert_uint_eq(stats().pending_objects, 0);
	ck_assert_uint_eq(stats().pending_bytes, 0);
}
END_TEST

/* ---- Dump --------------------------------------------------------------- */

/* How often `word` stands in the map's dump. */
static unsigned dump_mentions(const char *word)
{
	unsigned times = 0;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(nbmap_dump(map, out), 0);
	fclose(out);
	for (const char *at = text; (at = strstr(at, word)); at++)
		times++;
	free(text);
	return times;
}

START_TEST(test_dump_shows_tables_and_states)
{
	ck_assert_uint_eq(dump_mentions("table 1"), 1);
	ck_assert_uint_eq(dump_mentions("key"), 0);
	put(1, 10);
	put(2, 20);
	ck_assert_int_eq(del(1), 0);
	ck_assert_uint_eq(dump_mentions("1 entries"), 1);
	ck_assert_uint_eq(dump_mentions(" VALUE"), 1);
	ck_assert_uint_eq(dump_mentions(" TOMB"), 1);
	ck_assert_uint_eq(dump_mentions("being left"), 0);
}
END_TEST

START_TEST(test_dump_shows_a_migration)
{
	uint64_t id = 0, again = 0;

	config.capacity = 1000;
	restart();
	while (stats().tables == 1)
		put(id++, 1);
	/* Writers help: some blocks of the old table are done. */
	while (again < 20 || !dump_mentions("CLOSED"))
		put(again++, 2);
	ck_assert_uint_eq(stats().tables, 2);
	ck_assert_uint_eq(dump_mentions("table "), 2);
	ck_assert_uint_eq(dump_mentions("being left"), 1);
	ck_assert_uint_ge(dump_mentions("MOVED, CARRIED"), 20);
	/* Each entry stands as a value in one of the two. */
	ck_assert_uint_eq(dump_mentions(" VALUE"), id);
}
END_TEST

START_TEST(test_dump_reports_a_stream_that_fails)
{
	FILE *out = fopen("/dev/null", "r"); /* not for writing */

	ck_assert_ptr_nonnull(out);
	put(1, 10);
	ck_assert_int_eq(nbmap_dump(map, out), -EIO);
	fclose(out);
}
END_TEST

void add_reports(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_capacity_spares_migrations, 0, 10);
	tcase_add_test(tcase, test_min_capacity_is_never_taken_back);
	tcase_add_test(tcase, test_impossible_capacities_are_refused);
	tcase_add_test(tcase, test_an_empty_map_is_small);
	tcase_add_test(tcase, test_memory_comes_from_the_allocator_and_stats_know_how_much);
	tcase_add_test(tcase, test_stats);
	tcase_add_test(tcase, test_dump_shows_tables_and_states);
	tcase_add_test(tcase, test_dump_shows_a_migration);
	tcase_add_test(tcase, test_dump_reports_a_stream_that_fails);
}
