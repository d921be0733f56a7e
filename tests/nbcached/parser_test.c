/* parser: numbers, base 64, and what a line is to nbcached.  That the answers are memcached's is
 * for the scripts of bytes to show; here is what they cannot reach. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "number.h"
#include "run.h"

static size_t parse(const char *line, struct command *command)
{
	return command_parse(line, strlen(line), command);
}

static bool text_is(struct text text, const char *string)
{
	return text.size == strlen(string) && memcmp(text.at, string, text.size) == 0;
}

/* ---- Numbers ------------------------------------------------------------ */

START_TEST(numbers_whole)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t n;
	} cases[] = {
		{"0", true, 0},
		{"00012", true, 12},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"99999999999999999999", false, 0},
		{"", false, 0},
		{"-1", false, 0},
		{"+1", false, 0},
		{"1x", false, 0},
		{" 1", false, 0},
	};
	uint64_t n;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(number_u64(cases[i].text, strlen(cases[i].text), &n) == cases[i].good, "%s",
			      cases[i].text);
		if (cases[i].good)
			ck_assert_uint_eq(n, cases[i].n);
	}
}
END_TEST

START_TEST(numbers_signed)
{
	int64_t n;

	ck_assert(number_i64("-5", 2, &n) && n == -5);
	ck_assert(number_i64("9223372036854775807", 19, &n) && n == INT64_MAX);
	ck_assert(!number_i64("9223372036854775808", 19, &n));
	ck_assert(!number_i64("-", 1, &n));
	ck_assert(!number_i64("--1", 3, &n));
	ck_assert(!number_i64("", 0, &n));
}
END_TEST

START_TEST(numbers_of_counters)
{
	uint64_t n;

	ck_assert(number_counter("12", 2, &n) && n == 12);
	ck_assert(number_counter(" 12", 3, &n) && n == 12);
	ck_assert(number_counter("12  ", 4, &n) && n == 12);
	ck_assert(number_counter("12 x", 4, &n) && n == 12);
	ck_assert(!number_counter("12x", 3, &n));
	ck_assert(!number_counter("", 0, &n));
	ck_assert(!number_counter("  ", 2, &n));
	ck_assert(!number_counter("18446744073709551616", 20, &n));
}
END_TEST

START_TEST(numbers_printed)
{
	char out[NUMBER_DIGITS];
	uint64_t random = test_random_stream(1), n;

	ck_assert_uint_eq(number_print(0, out), 1);
	ck_assert(out[0] == '0');
	ck_assert_uint_eq(number_print(UINT64_MAX, out), NUMBER_DIGITS);
	ck_assert(memcmp(out, "18446744073709551615", NUMBER_DIGITS) == 0);
	for (int i = 0; i < 1000; i++) {
		uint64_t number = test_random(&random) >> i % 64;

		ck_assert(number_u64(out, number_print(number, out), &n) && n == number);
	}
}
END_TEST

/* ---- Base 64 ------------------------------------------------------------ */

START_TEST(base64_there_and_back)
{
	uint64_t random = test_random_stream(2);
	char bytes[100], encoded[136], decoded[100];

	for (size_t size = 1; size <= sizeof(bytes); size++) {
		size_t n;

		for (size_t i = 0; i < size; i++)
			bytes[i] = (char)test_random(&random);
		n = base64_encode((struct text){bytes, size}, encoded);
		ck_assert_uint_eq(n, (size + 2) / 3 * 4);
		ck_assert_uint_eq(base64_decode((struct text){encoded, n}, decoded, sizeof(decoded)), size);
		ck_assert(memcmp(bytes, decoded, size) == 0);
	}
}
END_TEST

START_TEST(base64_refused)
{
	static const char *const bad[] = {"", "a", "ab", "abc", "====", "a===", "ab=c", "ab c", "=abc"};
	char decoded[8];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(base64_decode((struct text){bad[i], strlen(bad[i])}, decoded, 8) == 0, "%s", bad[i]);
	ck_assert_uint_eq(base64_decode((struct text){"abcdabcdabcd", 12}, decoded, 8), 0); /* no room */
}
END_TEST

/* ---- Lines -------------------------------------------------------------- */

START_TEST(lines_wait_for_their_end)
{
	static const char *const lines[] = {"set a 5 100 3\r\n", "get a\r\n",	 "gats 7 a\r\n",
					    "mg a v t\r\n",	 "  incr a 1\n", "version\r\n"};
	struct command command;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t whole = parse(lines[i], &command), n;
		enum verb verb = command.verb;

		ck_assert(whole > 0 && verb != VERB_ERROR);
		for (n = 0; n < whole; n++)
			ck_assert_msg(command_parse(lines[i], n, &command) == 0 || command.verb == verb, "%s at %zu",
				      lines[i], n);
	}
}
END_TEST

START_TEST(lines_with_data)
{
	struct command command;

	ck_assert_uint_eq(parse("set key 7 -1 10 noreply\r\n0123456789\r\n", &command), 25);
	ck_assert_int_eq(command.verb, VERB_SET);
	ck_assert(command.has_data && command.quiet && command.flags == 7 && command.exptime == -1 &&
		  command.length == 10 && text_is(command.key, "key"));
	ck_assert(parse("cas k 0 0 1 18446744073709551615\r\n", &command) > 0);
	ck_assert(command.verb == VERB_CAS && command.cas == UINT64_MAX && !command.quiet);
	ck_assert(parse("set k 0 0 2147483646\r\n", &command) > 0);
	ck_assert_int_eq(command.verb, VERB_ERROR);
	/* Whatever is wrong with its flags, a meta command's data are skipped. */
	ck_assert(parse("ms k 3 Z\r\n", &command) > 0);
	ck_assert(command.verb == VERB_ERROR && command.has_data && command.length == 3);
}
END_TEST

START_TEST(lines_of_keys)
{
	char line[400] = "get ";
	struct command command;
	struct text key;
	size_t at, used;

	at = parse("get  one two\r\n", &command);
	ck_assert_int_eq(command.verb, VERB_GET);
	ck_assert_int_eq(key_next("one two\r\n", 9, &used, &key), KEY_FOUND);
	ck_assert(at == 5 && used == 3 && text_is(key, "one"));
	ck_assert_int_eq(key_next(" two\r\n", 4, &used, &key), KEY_MORE);
	ck_assert_int_eq(key_next(" two\r\n", 6, &used, &key), KEY_FOUND);
	ck_assert(text_is(key, "two") && used == 4);
	ck_assert_int_eq(key_next(" \r\n", 3, &used, &key), KEY_NONE);
	ck_assert_uint_eq(used, 3);
	memset(line, 'k', KEY_MAX_SIZE + 2);
	ck_assert_int_eq(key_next(line, KEY_MAX_SIZE + 1, &used, &key), KEY_MORE);
	ck_assert_int_eq(key_next(line, KEY_MAX_SIZE + 2, &used, &key), KEY_TOO_LONG);
	line[KEY_MAX_SIZE] = '\r';
	line[KEY_MAX_SIZE + 1] = '\n';
	ck_assert_int_eq(key_next(line, KEY_MAX_SIZE + 2, &used, &key), KEY_FOUND);
	ck_assert_uint_eq(key.size, KEY_MAX_SIZE);
}
END_TEST

START_TEST(lines_that_are_too_long)
{
	char *line = calloc(1, LINE_MAX_SIZE + 2);
	struct command command;

	memset(line, 'x', LINE_MAX_SIZE + 1);
	ck_assert_uint_eq(command_parse(line, LINE_MAX_SIZE - 1, &command), 0);
	ck_assert(command_parse(line, LINE_MAX_SIZE, &command) > 0);
	ck_assert(command.fatal && command.verb == VERB_ERROR);
	line[LINE_MAX_SIZE - 1] = '\n';
	ck_assert_uint_eq(command_parse(line, LINE_MAX_SIZE, &command), LINE_MAX_SIZE);
	ck_assert(!command.fatal);
	/* A line of keys may be of any length. */
	memset(line, 'k', LINE_MAX_SIZE + 1);
	memcpy(line, "get ", 4);
	ck_assert_uint_eq(command_parse(line, LINE_MAX_SIZE + 1, &command), 4);
	free(line);
}
END_TEST

START_TEST(meta_flags)
{
	struct command command;

	ck_assert(parse("mg Zm9v b v O123 T60 N30 R5 q\r\n", &command) > 0);
	ck_assert_int_eq(command.verb, VERB_META_GET);
	ck_assert(text_is(command.key, "foo") && command.binary && command.quiet && command.exptime == 60 &&
		  command.vivify == 30 && command.recache == 5 && command.words == 7);
	ck_assert(command.given & meta_flag('v') && !(command.given & meta_flag('k')));
	ck_assert(parse("ma k J13 D7 MD\r\n", &command) > 0);
	ck_assert(command.initial == 13 && command.delta == 7 && command.mode == 'D');
	ck_assert(parse("ma k\r\n", &command) > 0 && command.delta == 1);
	ck_assert(parse("mg k v v\r\n", &command) > 0 && command.verb == VERB_ERROR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nbcached parser");
	TCase *all = tcase_create("all");

	tcase_add_test(all, numbers_whole);
	tcase_add_test(all, numbers_signed);
	tcase_add_test(all, numbers_of_counters);
	tcase_add_test(all, numbers_printed);
	tcase_add_test(all, base64_there_and_back);
	tcase_add_test(all, base64_refused);
	tcase_add_test(all, lines_wait_for_their_end);
	tcase_add_test(all, lines_with_data);
	tcase_add_test(all, lines_of_keys);
	tcase_add_test(all, lines_that_are_too_long);
	tcase_add_test(all, meta_flags);
	suite_add_tcase(suite, all);
	return test_run(suite);
}
