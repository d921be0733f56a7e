/*
 * fuzz_parser: bytes, as a client may send them, through nbcached's parser.
 *
 * The input is read twice: with all of it there from the start, and with one byte more at a
 * time, as the slowest of clients would send it.  Both must find the same commands, as where
 * a network cuts says nothing.  Of each command is checked
 *
 *   what it took   no more than was there, and something
 *   its texts      within these bytes, or the key's own room; no key above KEY_MAX_SIZE
 *   when it waits  only while a line may still end in time
 *
 * Each piece is a block of its own, so that AddressSanitizer sees a read beyond it.
 */
#include "fuzz_parser.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define COMMANDS_MAX 4096u

/* What was found: one number for each command or key. */
struct found {
	unsigned count;
	uint64_t what[COMMANDS_MAX];
};

static void check(bool truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "fuzz_parser: %s\n", what);
	abort();
}

static uint64_t mix(uint64_t sum, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static bool within(struct text text, const char *bytes, size_t size)
{
	return text.at >= bytes && text.at <= bytes + size && text.size <= size - (size_t)(text.at - bytes);
}

static void add(struct found *found, uint64_t what)
{
	if (found->count < COMMANDS_MAX)
		found->what[found->count++] = what;
}

static void check_command(const struct command *command, const char *bytes, size_t size)
{
	bool decoded = command->key.at == command->key_room;

	check(command->key.size <= KEY_MAX_SIZE || command->verb == VERB_ERROR, "a key is too long");
	check(!command->key.at || decoded || within(command->key, bytes, size), "a key is elsewhere");
	check(command->words <= WORDS_MAX, "too many words");
	for (unsigned i = 0; i < command->words; i++)
		check(within(command->word[i], bytes, size) && command->word[i].size > 0, "a word is elsewhere");
	check((command->verb == VERB_ERROR) == (command->error != NULL), "an error without words");
	check(!command->has_data || command->length <= INT32_MAX, "data of an impossible length");
}

static uint64_t sum_of(const struct command *command)
{
	uint64_t sum = mix((uint64_t)command->verb * 1000003, command->key.at, command->key.size);

	sum = mix(sum, (const char *)&command->given, sizeof(command->given));
	sum = mix(sum, (const char *)&command->length, sizeof(command->length));
	sum = mix(sum, (const char *)&command->exptime, sizeof(command->exptime));
	return command->error ? mix(sum, command->error, strlen(command->error)) : sum;
}

/* What the parser is in the midst of, and how far it is. */
struct reader {
	enum { LINE, KEYS, SKIP_LINE, ENDED } state;
	size_t at;
};

/* One step with bytes `at` to `size`; false: more are needed. */
static bool step(struct reader *reader, const char *all, size_t size, struct found *found)
{
	size_t left = size - reader->at, used = 0;
	char *bytes = malloc(left);
	struct command command;
	struct text key;
	bool goes_on = true;

	check(bytes != NULL || left == 0, "no memory");
	if (left > 0)
		memcpy(bytes, all + reader->at, left);
	if (left == 0 || reader->state == ENDED) {
		goes_on = false;
	} else if (reader->state == SKIP_LINE) {
		const char *newline = memchr(bytes, '\n', left);

		used = newline ? (size_t)(newline - bytes) + 1 : left;
		if (newline)
			reader->state = LINE;
	} else if (reader->state == LINE) {
		used = command_parse(bytes, left, &command);
		check(used <= left, "it took more than there was");
		goes_on = used > 0;
		if (!goes_on) {
			check(left < LINE_MAX_SIZE, "it waits for ever");
		} else {
			check_command(&command, bytes, left);
			add(found, sum_of(&command));
			if (command.fatal)
				reader->state = ENDED;
			else if (command.skip_line)
				reader->state = SKIP_LINE;
			else if (command.verb >= VERB_GET && command.verb <= VERB_GATS)
				reader->state = KEYS;
		}
	} else {
		enum key_end end = key_next(bytes, left, &used, &key);

		check(used <= left, "it took more than there was, for a key");
		goes_on = end != KEY_MORE;
		check(goes_on || left - used <= KEY_MAX_SIZE + 1, "it waits for ever, for a key");
		if (goes_on)
			add(found, end == KEY_FOUND ? mix(77, key.at, key.size) : (uint64_t)end);
		if (end == KEY_FOUND)
			check(within(key, bytes, left) && key.size > 0 && key.size <= KEY_MAX_SIZE, "no key");
		if (end == KEY_NONE)
			reader->state = LINE;
		else if (end == KEY_TOO_LONG)
			reader->state = SKIP_LINE;
	}
	reader->at += used;
	free(bytes);
	return goes_on;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct found whole, slow;
	struct reader reader = {LINE, 0};

	whole.count = slow.count = 0;
	while (step(&reader, (const char *)data, size, &whole))
		;
	reader = (struct reader){LINE, 0};
	for (size_t n = 1; n <= size; n++) {
		while (step(&reader, (const char *)data, n, &slow))
			;
	}
	check(whole.count == slow.count, "where it is cut changes how many commands there are");
	check(memcmp(whole.what, slow.what, whole.count * sizeof(whole.what[0])) == 0,
	      "where it is cut changes a command");
	return 0;
}
