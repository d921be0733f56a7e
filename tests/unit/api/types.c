/*
 * types: the ready-made ones.
 */
#include <string.h>

#include "map.h"
#include "table.h"
#include "fixture.h"

START_TEST(test_strings)
{
	char text[64] = "one", longer[512];

	type = *nbmap_type_string();
	restart();
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	ck_assert_int_eq(nbmap_put(map, text, nbmap_int(1), NULL), 0);
	/* The map has a copy of its own. */
	strcpy(text, "two");
	ck_assert_ptr_null(nbmap_get(map, "two"));
	ck_assert_ptr_eq(nbmap_get(map, "one"), nbmap_int(1));
	ck_assert_int_eq(nbmap_put(map, "", nbmap_int(2), NULL), 0);
	ck_assert_ptr_eq(nbmap_get(map, ""), nbmap_int(2));
	ck_assert_int_eq(nbmap_put(map, longer, nbmap_int(3), NULL), 0);
	ck_assert_ptr_eq(nbmap_get(map, longer), nbmap_int(3));
	ck_assert_ptr_null(nbmap_get(map, longer + 1));
	ck_assert_int_eq(nbmap_del(map, "", NULL), 0);
	ck_assert_ptr_null(nbmap_get(map, ""));
	ck_assert_uint_eq(nbmap_count(map), 2);
}
END_TEST

START_TEST(test_byte_ranges)
{
	const unsigned char data[] = {0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	struct nbmap_bytes key = {NULL, 0};

	type = *nbmap_type_bytes();
	restart();
	ck_assert_int_eq(nbmap_put(map, &key, nbmap_int(100), NULL), 0);
	/* Each a prefix of the next, with zeroes inside: all different. */
	for (key = (struct nbmap_bytes){data, 1}; key.size <= sizeof(data); key.size++)
		ck_assert_int_eq(nbmap_add(map, &key, nbmap_int(key.size), NULL), 0);
	for (key.size = 1; key.size <= sizeof(data); key.size++)
		ck_assert_ptr_eq(nbmap_get(map, &key), nbmap_int(key.size));
	/* Size 0 is one key, whatever `data` is. */
	key.size = 0;
	ck_assert_ptr_eq(nbmap_get(map, &key), nbmap_int(100));
	ck_assert_uint_eq(nbmap_count(map), sizeof(data) + 1);
}
END_TEST

START_TEST(test_bytes_returned_by_a_walk_are_the_copy)
{
	char text[] = "abc";
	struct nbmap_bytes key = {text, 3};
	const struct nbmap_bytes *copy;
	struct nbmap_iter iter;
	const void *found;
	void *stored;

	type = *nbmap_type_bytes();
	restart();
	ck_assert_int_eq(nbmap_put(map, &key, nbmap_int(1), NULL), 0);
	text[0] = 'z';
	ck_assert_int_eq(nbmap_iter_init(map, &iter), 0);
	ck_assert(nbmap_iter_next(&iter, &found, &stored));
	copy = found;
	ck_assert_uint_eq(copy->size, 3);
	ck_assert_int_eq(memcmp(copy->data, "abc", 3), 0);
	ck_assert(!nbmap_iter_next(&iter, &found, &stored));
}
END_TEST

START_TEST(test_hash_bytes_depends_on_all_it_is_given)
{
	unsigned char data[24] = {0}, shifted[25];
	uint64_t whole = nbmap_hash_bytes(data, sizeof(data), SEED);

	ck_assert_uint_eq(nbmap_hash_bytes(data, sizeof(data), SEED), whole);
	ck_assert_uint_ne(nbmap_hash_bytes(data, sizeof(data), SEED + 1), whole);
	ck_assert_uint_ne(nbmap_hash_bytes(data, sizeof(data) - 1, SEED), whole);
	ck_assert_uint_eq(nbmap_hash_bytes(NULL, 0, SEED), nbmap_hash_bytes(data, 0, SEED));
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = 1;
		ck_assert_uint_ne(nbmap_hash_bytes(data, sizeof(data), SEED), whole);
		/* Where the bytes lie does not matter. */
		memcpy(shifted + 1, data, sizeof(data));
		ck_assert_uint_eq(nbmap_hash_bytes(shifted + 1, sizeof(data), SEED),
				  nbmap_hash_bytes(data, sizeof(data), SEED));
		data[i] = 0;
	}
}
END_TEST

/* ---- Sizes -------------------------------------------------------------- */

/* A map of integers under these keys is cleared: its table waits, and `bytes` of keys. */
static void fill_and_clear(const struct nbmap_type *of, const void *const *keys, size_t n, uint64_t bytes)
{
	uint64_t before = stats().pending_bytes;
	struct nb_table *table;

	type = *of;
	restart();
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(nbmap_put(map, keys[i], nbmap_int(i), NULL), 0);
	table = nb_load_acquire(&map->map.top);
	ck_assert_int_eq(nbmap_clear(map), 0);
	ck_assert_uint_eq(stats().pending_bytes - before, table->bytes + bytes);
	settle();
	ck_assert_uint_eq(stats().pending_bytes, 0);
}

START_TEST(test_ready_made_types_know_the_sizes_of_their_keys)
{
	const struct nbmap_bytes bytes[] = {{NULL, 0}, {"abc", 3}, {"\0\0", 2}};
	const void *const ranges[] = {&bytes[0], &bytes[1], &bytes[2]};

	fill_and_clear(nbmap_type_string(), (const void *const[]){"", "a", "twelve bytes"}, 3, 1 + 2 + 13);
	/* One block that holds both. */
	fill_and_clear(nbmap_type_bytes(), ranges, 3, 3 * sizeof(struct nbmap_bytes) + 5);
	fill_and_clear(nbmap_type_pointer(), ranges, 3, 0);
}
END_TEST

static size_t no_size(const void *object, void *arg)
{
	(void)object;
	(void)arg;
	crew_check(!"asked");
	return 0;
}

/* Keys and values that are not the map's own are not counted, so nobody asks. */
START_TEST(test_sizes_of_what_is_not_owned_are_not_asked_for)
{
	struct nbmap_type sized = *nbmap_type_pointer();

	sized.key_size = no_size;
	sized.value_size = no_size;
	fill_and_clear(&sized, (const void *const[]){&type, &map, &count}, 3, 0);
}
END_TEST

void add_types(TCase *tcase)
{
	tcase_add_test(tcase, test_strings);
	tcase_add_test(tcase, test_byte_ranges);
	tcase_add_test(tcase, test_bytes_returned_by_a_walk_are_the_copy);
	tcase_add_test(tcase, test_hash_bytes_depends_on_all_it_is_given);
	tcase_add_test(tcase, test_ready_made_types_know_the_sizes_of_their_keys);
	tcase_add_test(tcase, test_sizes_of_what_is_not_owned_are_not_asked_for);
}
