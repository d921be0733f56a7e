/*
 * printing: text and JSON, keys by name and by callback, streams that fail.
 */
#include "fixture.h"

static char *text;
static size_t text_size;
static FILE *stream;

static FILE *text_begin(void)
{
	free(text);
	text = NULL;
	stream = open_memstream(&text, &text_size);
	crew_check(stream != NULL);
	return stream;
}

static const char *text_end(void)
{
	fclose(stream);
	return text;
}

static unsigned mentions(const char *word)
{
	unsigned times = 0;

	for (const char *at = text; (at = strstr(at, word)); at++)
		times++;
	return times;
}

/* Something of everything: two tables, tombstones, long ways, bytes, a refusal. */
static void build_some_of_all(int turn)
{
	struct nbmap_domain_config config = QUIET;

	config.limit_objects = 31;
	open_with(turn, capacity_of(LINES), true, config);
	for (size_t n = 0; n < LINES * 2; n++)
		crew_check(!put(hash_at(1, n)));
	for (unsigned i = 0; i < 3; i++)
		del(hash_at(1, i));
	ck_assert_int_eq(nb_migrate_start(core, top()), 0);
	sweep(0, 3);
	/* Another's garbage: a write would help the migration. */
	while (!retire())
		;
}

START_TEST(test_json)
{
	char expected[2000];
	struct nbmap_stats now;
	struct nbmap_domain_stats of_domain;
	int length;

	build_some_of_all(_i);
	now = stats();
	ck_assert_int_eq(CALL(stats_print, text_begin(), NBMAP_JSON), 0);
	length = snprintf(expected, sizeof(expected),
			  "{\"entries\":%zu,\"used\":%zu,\"capacity\":%zu,\"tables\":%zu,\"bytes\":%zu,"
			  "\"migrations\":%" PRIu64 ",\"pending_objects\":%" PRIu64 ",\"pending_bytes\":%" PRIu64
			  ",\"refusals\":%" PRIu64 ",\"longest_grace_ns\":%" PRIu64 ",\"value_bytes\":%" PRIu64
			  ",\"key_bytes\":%" PRIu64 ",\"tombstones\":%zu,\"migration_blocks\":%zu,"
			  "\"migration_done\":%zu,\"sampled\":%zu,\"longest_probe\":%zu,\"probes\":[",
			  now.entries, now.used, now.capacity, now.tables, now.bytes, now.migrations,
			  now.pending_objects, now.pending_bytes, now.refusals, now.longest_grace_ns, now.value_bytes,
			  now.key_bytes, now.tombstones, now.migration_blocks, now.migration_done, now.sampled,
			  now.longest_probe);
	for (unsigned i = 0; i < NBMAP_PROBES; i++)
		length += snprintf(expected + length, sizeof(expected) - (size_t)length, "%s%" PRIu64, i ? "," : "",
				   now.probes[i]);
	snprintf(expected + length, sizeof(expected) - (size_t)length, "]}\n");
	ck_assert_str_eq(text_end(), expected);
	ck_assert_uint_gt(now.refusals, 0);
	ck_assert_uint_gt(now.tombstones, 0);
	ck_assert_uint_eq(now.migration_done, 3);

	of_domain = domain_stats();
	ck_assert_int_eq(nbmap_domain_stats_print(domain, text_begin(), NBMAP_JSON), 0);
	snprintf(expected, sizeof(expected),
		 "{\"pending_objects\":%" PRIu64 ",\"pending_bytes\":%" PRIu64 ",\"freed_objects\":%" PRIu64
		 ",\"freed_bytes\":%" PRIu64 ",\"grace_periods\":%" PRIu64 ",\"refusals\":%" PRIu64
		 ",\"grace_ns\":%" PRIu64 ",\"longest_grace_ns\":%" PRIu64 ",\"limit_objects\":%" PRIu64
		 ",\"limit_bytes\":%" PRIu64 "}\n",
		 of_domain.pending_objects, of_domain.pending_bytes, of_domain.freed_objects, of_domain.freed_bytes,
		 of_domain.grace_periods, of_domain.refusals, of_domain.grace_ns, of_domain.longest_grace_ns,
		 of_domain.limit_objects, of_domain.limit_bytes);
	ck_assert_str_eq(text_end(), expected);
	close_map();
}
END_TEST

/* `name` and `number` stand on a line, and nothing else does. */
static void assert_line(const char *name, uint64_t number)
{
	char line[64];
	const char *at = text;

	snprintf(line, sizeof(line), "%-20s%" PRIu64 "\n", name, number);
	while (at && strncmp(at, line, strlen(line)) != 0) {
		at = strchr(at, '\n');
		at += at != NULL;
	}
	ck_assert_msg(at != NULL, "no line \"%s\" in:\n%s", line, text);
}

START_TEST(test_text)
{
	struct nbmap_stats now;

	build_some_of_all(_i);
	now = stats();
	ck_assert_int_eq(CALL(stats_print, text_begin(), NBMAP_TEXT), 0);
	text_end();
	assert_line("entries", now.entries);
	assert_line("longest_grace_ns", now.longest_grace_ns);
	assert_line("migration_done", 3);
	assert_line("probes 1", now.probes[0]);
	assert_line("probes 2", now.probes[1]);
	assert_line("probes 3-4", now.probes[2]);
	ck_assert_uint_eq(mentions("probes"), class_of(LINES / 2) + 1);
	ck_assert_uint_eq(mentions("\n"), 17 + class_of(LINES / 2) + 1);
	ck_assert_int_eq(nbmap_domain_stats_print(domain, text_begin(), NBMAP_TEXT), 0);
	text_end();
	assert_line("refusals", now.refusals);
	ck_assert_uint_eq(mentions("\n"), 10);
	ck_assert_int_eq(CALL(stats_print, text_begin(), (enum nbmap_format)2), -EINVAL);
	ck_assert_int_eq(nbmap_domain_stats_print(domain, stream, (enum nbmap_format)2), -EINVAL);
	ck_assert_str_eq(text_end(), "");
	close_map();
}
END_TEST

/* Printing does not stay in a section. */
START_TEST(test_printing_ends_its_section)
{
	open_exact(_i, false);
	WHOLE(leave);
	ck_assert_int_eq(CALL(stats_print, text_begin(), NBMAP_TEXT), 0);
	text_end();
	flavor_offline(flavor);
	ck_assert_int_eq(nbmap_domain_synchronize(domain), 0);
	flavor_online(flavor);
	WHOLE(enter);
	close_map();
}
END_TEST

static void print_number(uint64_t number, FILE *out, void *arg)
{
	ck_assert_ptr_eq(arg, &text);
	fprintf(out, "<%" PRIx64 ">", number);
}

static void print_object(const void *key, FILE *out, void *arg)
{
	print_number(((const struct count_key *)key)->id, out, arg);
}

START_TEST(test_dump_prints_keys_by_callback)
{
	char key[64];
	uint64_t hash;

	open_exact(_i, false);
	put_aside();
	put_one_a_line(0);
	hash = hash_at(2, 0);
	del(hash);
	if (integer)
		ck_assert_int_eq(nbmap_u64_dump_with(integers, text_begin(), print_number, &text), 0);
	else
		ck_assert_int_eq(nbmap_dump_with(objects, text_begin(), print_object, &text), 0);
	text_end();
	snprintf(key, sizeof(key), "  2.0 key <%" PRIx64 "> TOMB\n",
		 integer ? nb_integer_of_word(&core->keys, hash) : hash);
	ck_assert_msg(mentions(key) == 1, "no \"%s\" in:\n%s", key, text);
	ck_assert_uint_eq(mentions("> VALUE 0x"), LINES - 1 + 2 * integer);
	ck_assert_uint_eq(mentions("  aside key <"), 2 * integer);
	/* Without one it is the other dump. */
	if (integer)
		ck_assert_int_eq(nbmap_u64_dump_with(integers, text_begin(), NULL, NULL), 0);
	else
		ck_assert_int_eq(nbmap_dump_with(objects, text_begin(), NULL, NULL), 0);
	text_end();
	ck_assert_uint_eq(mentions("<"), 0);
	ck_assert_uint_eq(mentions(" key "), LINES + 2 * integer);
	close_map();
}
END_TEST

START_TEST(test_dump_of_tables)
{
	char line[100];

	open_exact(_i, false);
	put_one_a_line(0);
	ck_assert_int_eq(CALL(dump_tables, text_begin()), 0);
	snprintf(line, sizeof(line), "map: %zu entries\ntable 1: %zu slots, %zu used\n", LINES, LINES * NB_LINE_SLOTS,
		 LINES);
	ck_assert_str_eq(text_end(), line);
	ck_assert_int_eq(nb_migrate_start(core, top()), 0);
	ck_assert_int_eq(nb_migrate_start(core, nb_load_acquire(&top()->next)), 0);
	sweep(0, 2);
	ck_assert_int_eq(CALL(dump_tables, text_begin()), 0);
	text_end();
	snprintf(line, sizeof(line), "table 1: %zu slots, %zu used, being left: 2 of %zu blocks copied\n",
		 LINES * NB_LINE_SLOTS, LINES, top()->blocks);
	ck_assert_uint_eq(mentions(line), 1);
	ck_assert_uint_eq(mentions(", being left: 0 of "), 1);
	ck_assert_uint_eq(mentions("\ntable "), 3);
	ck_assert_uint_eq(mentions("\n"), 4);
	close_map();
}
END_TEST

/* The ready-made types' keys are known. */
START_TEST(test_dump_of_strings_and_bytes)
{
	struct nbmap_config config = {.type = nbmap_type_string(), .flags = NBMAP_NO_THREAD};
	struct nbmap_bytes bytes = {"a\0b\xff", 4};
	char *longer = malloc(1001);
	struct nbmap *map;

	ck_assert_ptr_nonnull(longer);
	memset(longer, 'x', 1000);
	longer[1000] = 0;
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	crew_check(!nbmap_put(map, "plain", nbmap_int(1), NULL));
	crew_check(!nbmap_put(map, "", nbmap_int(1), NULL));
	crew_check(!nbmap_put(map, "a \"b\\c\"\n\x7f", nbmap_int(1), NULL));
	crew_check(!nbmap_put(map, longer, nbmap_int(1), NULL));
	ck_assert_int_eq(nbmap_dump(map, text_begin()), 0);
	text_end();
	ck_assert_uint_eq(mentions(" key \"plain\" VALUE"), 1);
	ck_assert_uint_eq(mentions(" key \"\" VALUE"), 1);
	ck_assert_uint_eq(mentions(" key \"a \\\"b\\\\c\\\"\\x0a\\x7f\" VALUE"), 1);
	ck_assert_uint_eq(mentions("x\"... (1000 bytes) VALUE"), 1);
	ck_assert_uint_eq(mentions("xx"), 79);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
	config.type = nbmap_type_bytes();
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	nbmap_enter(map);
	crew_check(!nbmap_put(map, &bytes, nbmap_int(1), NULL));
	ck_assert_int_eq(nbmap_dump(map, text_begin()), 0);
	text_end();
	ck_assert_uint_eq(mentions(" key \"a\\x00b\\xff\" VALUE"), 1);
	nbmap_leave(map);
	ck_assert_int_eq(nbmap_destroy(map), 0);
	free(longer);
}
END_TEST

/* One that takes nothing when it is flushed, and one that takes nothing at all. */
START_TEST(test_streams_that_fail)
{
	static const char *const file[] = {"/dev/full", "/dev/null"}, *const mode[] = {"w", "r"};

	open_exact(_i, false);
	put_one_a_line(0);
	for (unsigned i = 0; i < 2; i++) {
		FILE *out = fopen(file[i], mode[i]);

		ck_assert_ptr_nonnull(out);
		ck_assert_int_eq(CALL(dump, out), -EIO);
		clearerr(out);
		ck_assert_int_eq(CALL(dump_tables, out), -EIO);
		clearerr(out);
		ck_assert_int_eq(CALL(dump_with, out, NULL, NULL), -EIO);
		for (enum nbmap_format format = NBMAP_TEXT; format <= NBMAP_JSON; format++) {
			clearerr(out);
			ck_assert_int_eq(CALL(stats_print, out, format), -EIO);
			clearerr(out);
			ck_assert_int_eq(nbmap_domain_stats_print(domain, out, format), -EIO);
		}
		fclose(out);
	}
	close_map();
}
END_TEST

static void forget_text(void)
{
	free(text);
	text = NULL;
}

void add_printing(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, NULL, forget_text);
	tcase_add_loop_test(tcase, test_json, 0, CASES);
	tcase_add_loop_test(tcase, test_text, 0, CASES);
	tcase_add_loop_test(tcase, test_printing_ends_its_section, 0, CASES);
	tcase_add_loop_test(tcase, test_dump_prints_keys_by_callback, 0, CASES);
	tcase_add_loop_test(tcase, test_dump_of_tables, 0, CASES);
	tcase_add_test(tcase, test_dump_of_strings_and_bytes);
	tcase_add_loop_test(tcase, test_streams_that_fail, 0, CASES);
}
