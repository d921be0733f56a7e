/*
 * meta: the flags of mg, ms, md, ma and me, and keys in base 64.  See command.h.
 *
 * A flag is a letter, and what follows it without a blank.  Each may be given once.  One that
 * another command has is taken by all, and means nothing there, as in memcached.
 */
#include <string.h>

#include "command.h"
#include "number.h"

#define INVALID_FLAG "CLIENT_ERROR invalid flag"
#define BAD_TOKEN "CLIENT_ERROR bad token in command line format"
#define BAD_LINE "CLIENT_ERROR bad command line format"

static void refuse(struct command *command, const char *error)
{
	command->verb = VERB_ERROR;
	command->error = error;
}

/* md and ma have one word for all faults; mg and ms tell them apart. */
static const char *fault(enum verb verb, const char *error)
{
	return verb == VERB_META_DELETE || verb == VERB_META_ARITHMETIC ? "CLIENT_ERROR invalid or duplicate flag"
									: error;
}

/* What a flag brings along; NULL, or what is wrong with it. */
static const char *read_flag(struct command *command, struct text flag)
{
	struct text token = {flag.at + 1, flag.size - 1};
	uint64_t flags;

	switch (flag.at[0]) {
	case 'b':
		command->binary = true;
		return NULL;
	case 'q':
		command->quiet = true;
		return NULL;
	case 'O':
		return flag.size > OPAQUE_MAX_SIZE ? "CLIENT_ERROR opaque token too long" : NULL;
	case 'T':
		return number_i64(token.at, token.size, &command->exptime) ? NULL : BAD_TOKEN;
	case 'N':
		return number_i64(token.at, token.size, &command->vivify) ? NULL : BAD_TOKEN;
	case 'R':
		return number_i64(token.at, token.size, &command->recache) ? NULL : BAD_TOKEN;
	case 'C':
		return number_u64(token.at, token.size, &command->cas) ? NULL : BAD_TOKEN;
	case 'D':
		return number_u64(token.at, token.size, &command->delta) ? NULL : BAD_TOKEN;
	case 'J':
		return number_u64(token.at, token.size, &command->initial) ? NULL : BAD_TOKEN;
	case 'F':
		if (!number_u64(token.at, token.size, &flags) || flags > UINT32_MAX)
			return BAD_LINE;
		command->flags = (uint32_t)flags;
		return NULL;
	case 'M':
		if (token.size != 1)
			return "CLIENT_ERROR incorrect length for M token";
		command->mode = token.at[0];
		return NULL;
	default:
		return NULL;
	}
}

/* All the letters that flags have: each command takes all, and reads its own. */
static const char letters[] = "bcfhkloqstvCDFIJMNORT";

static void parse_flags(struct command *command)
{
	enum verb verb = command->verb;

	for (unsigned i = 0; i < command->words; i++) {
		struct text flag = command->word[i];
		const char *error;

		if (flag.at[0] == 0 || !strchr(letters, flag.at[0]))
			error = INVALID_FLAG;
		else if (command->given & meta_flag(flag.at[0]))
			error = "CLIENT_ERROR duplicate flag";
		else
			error = read_flag(command, flag);
		if (error) {
			refuse(command, fault(verb, error));
			return;
		}
		command->given |= meta_flag(flag.at[0]);
	}
}

/* The M of ms and ma: which letters there are. */
static void check_mode(struct command *command)
{
	if (command->verb == VERB_META_SET && command->mode && !strchr("EeAaPpRrSs", command->mode))
		refuse(command, "CLIENT_ERROR invalid mode for ms M token");
	else if (command->verb == VERB_META_ARITHMETIC && command->mode && !strchr("IiDd+-", command->mode))
		refuse(command, "CLIENT_ERROR invalid mode for ma M token");
}

void meta_parse(struct command *command, struct text key)
{
	unsigned skip = 1;
	int64_t length;

	command->delta = 1;
	if (key.size == 0 || key.size > KEY_MAX_SIZE) {
		refuse(command, BAD_LINE);
		return;
	}
	command->key = key;
	if (command->verb == VERB_META_SET) {
		if (command->words < 2 || !number_i64(command->word[1].at, command->word[1].size, &length) ||
		    length < 0 || length > INT32_MAX - 2) {
			refuse(command, BAD_LINE);
			return;
		}
		/* Whatever is wrong with the flags, the data are there. */
		command->length = (uint64_t)length;
		command->has_data = true;
		skip = 2;
	}
	command->words -= skip;
	memmove(command->word, command->word + skip, command->words * sizeof(command->word[0]));
	parse_flags(command);
	if (command->verb != VERB_ERROR)
		check_mode(command);
	if (command->verb == VERB_ERROR || !command->binary)
		return;
	command->key = (struct text){command->key_room, base64_decode(key, command->key_room, KEY_MAX_SIZE)};
	if (command->key.size == 0)
		refuse(command, fault(command->verb, "CLIENT_ERROR error decoding key"));
}

/* ---- Base 64 ------------------------------------------------------------ */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_decode(struct text text, char *out, size_t room)
{
	size_t size = text.size, count = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	if (size == 0 || size % 4 != 0)
		return 0;
	for (unsigned i = 0; i < 2 && text.at[size - 1] == '='; i++)
		size--;
	for (size_t i = 0; i < size; i++) {
		const char *digit = text.at[i] ? strchr(digits, text.at[i]) : NULL;

		if (!digit)
			return 0;
		bits = bits << 6 | (uint32_t)(digit - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (count == room)
				return 0;
			out[count++] = (char)(bits >> have);
		}
	}
	return count;
}

size_t base64_encode(struct text text, char *out)
{
	size_t count = 0;

	for (size_t i = 0; i < text.size; i += 3) {
		size_t n = text.size - i < 3 ? text.size - i : 3;
		uint32_t bits = 0;

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (j < n ? (unsigned char)text.at[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			out[count++] = j <= n ? digits[bits >> (18 - 6 * j) & 63] : '=';
	}
	return count;
}
