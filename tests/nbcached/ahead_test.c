/* ahead: which keys are read ahead, and that each has what a get of it alone finds. */
#include "ahead.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static struct store store;
static struct store_thread thread;

static void setup(void)
{
	const struct store_options options = {.limit = 1 << 20, .item_max = 1000, .evicts = true, .threads = 1};

	ck_assert_int_eq(nbmap_thread_register(NBMAP_QSBR), 0);
	ck_assert_int_eq(store_open(&store, &options), 0);
	store_thread_begin(&thread, &store, 0);
}

static void teardown(void)
{
	nbmap_thread_offline(NBMAP_QSBR);
	store_close(&store);
	nbmap_thread_unregister(NBMAP_QSBR);
	item_hand_in();
}

static void put(const char *key)
{
	struct write write = {.item = store_new_item(&thread, (struct text){key, strlen(key)}, 0)};

	ck_assert_ptr_nonnull(write.item);
	atomic_store_explicit(&write.item->expires, 0, memory_order_relaxed);
	ck_assert_int_eq(store_write(&thread, &write), STORE_DONE);
}

/* The first get is of the `size` bytes at the input's begin: how many keys are read with it. */
static unsigned read_from(const char *input, size_t size)
{
	static struct ahead ahead;

	ahead_begin(&ahead, input + strlen(input));
	ahead_get(&ahead, &thread, (struct text){input, size});
	return ahead.count;
}

static unsigned read_by(const char *input)
{
	return read_from(input, strcspn(input, " \r\n"));
}

START_TEST(keys_of_a_line)
{
	ck_assert_uint_eq(read_by("a\r\n"), 1);
	ck_assert_uint_eq(read_by("a\n"), 1);
	ck_assert_uint_eq(read_by("a b c\r\n"), 3);
	ck_assert_uint_eq(read_by("a  b   c  \n"), 3);
}
END_TEST

START_TEST(lines_of_gets)
{
	ck_assert_uint_eq(read_by("a\r\nget b\r\n"), 2);
	ck_assert_uint_eq(read_by("a b\nget c\ngets d  e\r\nget f\r\n"), 6);
}
END_TEST

/* What is no get may change what a get behind it finds. */
START_TEST(other_commands)
{
	ck_assert_uint_eq(read_by("a\r\nset b 0 0 0\r\n\r\nget c\r\n"), 1);
	ck_assert_uint_eq(read_by("a\r\ngat 1 b\r\n"), 1);
	ck_assert_uint_eq(read_by("a\r\ngetx b\r\n"), 1);
	ck_assert_uint_eq(read_by("a\r\nget\r\nget b\r\n"), 1);
	ck_assert_uint_eq(read_by("a\r\nget \r\nset b 0 0 0\r\n\r\n"), 1);
	ck_assert_uint_eq(read_by("a\r\n\r\nget b\r\n"), 1);
	ck_assert_uint_eq(read_by("a\rget b\r\n"), 1);
}
END_TEST

/* A word that may go on behind the input is no key. */
START_TEST(cut_short)
{
	static const char whole[] = "a b\r\nget c\r\n";
	static const unsigned keys[] = {1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3};

	for (size_t size = 1; size < sizeof(whole); size++) {
		char *input = strndup(whole, size); /* so that reading behind it is seen */

		ck_assert_uint_eq(read_from(input, 1), keys[size]);
		free(input);
	}
}
END_TEST

START_TEST(too_many)
{
	char input[4 * AHEAD];

	for (size_t i = 0; i < sizeof(input) - 2; i++)
		input[i] = i % 2 ? ' ' : 'k';
	memcpy(input + sizeof(input) - 2, "\n", 2);
	ck_assert_uint_eq(read_by(input), AHEAD);
}
END_TEST

START_TEST(too_long)
{
	char input[KEY_MAX_SIZE + 8] = "a ";

	memset(input + 2, 'k', KEY_MAX_SIZE);
	strcpy(input + 2 + KEY_MAX_SIZE, " b\n");
	ck_assert_uint_eq(read_by(input), 3);
	strcpy(input + 2 + KEY_MAX_SIZE, "k b\n");
	ck_assert_uint_eq(read_by(input), 1);
}
END_TEST

/* Of all keys, present and not, twice the same, more than are read at once. */
START_TEST(as_one_by_one)
{
	char input[2000], *at = input;
	struct ahead ahead;
	unsigned found = 0;

	put("a1");
	put("a4");
	put("a30");
	for (unsigned i = 0; i < 3 * AHEAD; i++)
		at += sprintf(at, "a%u a4%s", i, i % 5 ? " " : "\r\nget ");
	strcpy(at, "a30\r\n");
	ahead_begin(&ahead, input + strlen(input));
	for (at = input; *at; at += strspn(at, " \r\n")) {
		struct text key = {at, strcspn(at, " \r\n")};

		at += key.size;
		if (key.size == 3 && memcmp(key.at, "get", 3) == 0)
			continue;
		ck_assert_ptr_eq(ahead_get(&ahead, &thread, key), store_get(&thread, key));
		found += store_get(&thread, key) != NULL;
	}
	ck_assert_uint_eq(found, 3 + 3 * AHEAD + 1);
}
END_TEST

/* The parser's keys may have a '\r' in them: here they are read as shorter ones. */
START_TEST(other_key)
{
	static const char input[] = "a b\rc d\r\n";
	struct ahead ahead;

	put("b\rc");
	put("d");
	ahead_begin(&ahead, input + strlen(input));
	ck_assert_ptr_null(ahead_get(&ahead, &thread, (struct text){input, 1}));
	ck_assert_ptr_nonnull(ahead_get(&ahead, &thread, (struct text){input + 2, 3}));
	ck_assert_ptr_nonnull(ahead_get(&ahead, &thread, (struct text){input + 6, 1}));
}
END_TEST

/* A turn knows nothing of what the last one has read at the same place. */
START_TEST(next_turn)
{
	static const char input[] = "a b\r\n";
	const struct text b = {input + 2, 1};
	struct ahead ahead;

	ahead_begin(&ahead, input + strlen(input));
	ck_assert_ptr_null(ahead_get(&ahead, &thread, (struct text){input, 1}));
	put("b");
	ahead_begin(&ahead, input + strlen(input));
	ck_assert_ptr_nonnull(ahead_get(&ahead, &thread, b));
}
END_TEST

/* What has expired between the look and its answer is removed, once. */
START_TEST(expired)
{
	static const char input[] = "a a\r\n";
	struct ahead ahead;

	put("a");
	ahead_begin(&ahead, input + strlen(input));
	ck_assert_ptr_nonnull(ahead_get(&ahead, &thread, (struct text){input, 1}));
	atomic_store_explicit(&store_get(&thread, (struct text){input, 1})->expires, 1, memory_order_relaxed);
	ck_assert_ptr_null(ahead_get(&ahead, &thread, (struct text){input + 2, 1}));
	ck_assert_uint_eq(nbmap_u64_count(store.map), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nbcached ahead");
	TCase *all = test_group(suite, "all", setup, teardown);

	tcase_add_test(all, keys_of_a_line);
	tcase_add_test(all, lines_of_gets);
	tcase_add_test(all, other_commands);
	tcase_add_test(all, cut_short);
	tcase_add_test(all, too_many);
	tcase_add_test(all, too_long);
	tcase_add_test(all, as_one_by_one);
	tcase_add_test(all, other_key);
	tcase_add_test(all, next_turn);
	tcase_add_test(all, expired);
	return test_run(suite);
}
