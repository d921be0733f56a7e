/* command: see command.h.  Of a command that is none, memcached's clients look at the answer's
 * first word only; here, as there, it says what is wrong with it. */
#include "command.h"

#include <string.h>

#include "number.h"

#define BAD_LINE "CLIENT_ERROR bad command line format"

static const struct {
	const char *name;
	enum verb verb;
	unsigned char least, most; /* words behind it */
} verbs[] = {
	{"set", VERB_SET, 4, 5},
	{"add", VERB_ADD, 4, 5},
	{"replace", VERB_REPLACE, 4, 5},
	{"append", VERB_APPEND, 4, 5},
	{"prepend", VERB_PREPEND, 4, 5},
	{"cas", VERB_CAS, 5, 6},
	{"incr", VERB_INCR, 2, 3},
	{"decr", VERB_DECR, 2, 3},
	{"touch", VERB_TOUCH, 2, 3},
	{"delete", VERB_DELETE, 1, 3},
	{"flush_all", VERB_FLUSH_ALL, 0, 2},
	{"stats", VERB_STATS, 0, WORDS_MAX},
	{"version", VERB_VERSION, 0, WORDS_MAX},
	{"verbosity", VERB_VERBOSITY, 1, 2},
	{"quit", VERB_QUIT, 0, WORDS_MAX},
	{"mg", VERB_META_GET, 1, WORDS_MAX},
	{"ms", VERB_META_SET, 1, WORDS_MAX},
	{"md", VERB_META_DELETE, 1, WORDS_MAX},
	{"ma", VERB_META_ARITHMETIC, 1, WORDS_MAX},
	{"me", VERB_META_DEBUG, 0, WORDS_MAX},
	{"mn", VERB_META_NOOP, 0, WORDS_MAX},
};

static bool is(struct text text, const char *word)
{
	return strlen(word) == text.size && memcmp(text.at, word, text.size) == 0;
}

static void refuse(struct command *command, const char *error)
{
	command->verb = VERB_ERROR;
	command->error = error;
}

/* Whether the last of the words is "noreply". */
static bool ends_quiet(const struct command *command)
{
	return command->words > 0 && is(command->word[command->words - 1], "noreply");
}

static size_t blanks(const char *bytes, size_t size)
{
	size_t i = 0;

	while (i < size && bytes[i] == ' ')
		i++;
	return i;
}

/* ---- Commands with keys ------------------------------------------------- */

/* Whether the bytes begin with one of these commands, and a blank or the line's end.  `*at` is
 * moved behind the word. */
static enum verb keys_verb(const char *bytes, size_t size, size_t *at)
{
	const char *word = bytes + *at;
	size_t left = size - *at, n = 3;
	enum verb verb;

	if (left < 4 || (word[0] != 'g' && word[0] != 'b'))
		return VERB_ERROR;
	if (memcmp(word, "get", 3) == 0) {
		verb = VERB_GET;
	} else if (memcmp(word, "gat", 3) == 0) {
		verb = VERB_GAT;
	} else if (memcmp(word, "bget", 4) == 0) {
		verb = VERB_GET; /* an old name */
		n = 4;
	} else {
		return VERB_ERROR;
	}
	if (n == 3 && word[3] == 's') {
		verb++;
		n = 4;
	}
	if (left == n || (word[n] != ' ' && word[n] != '\r' && word[n] != '\n'))
		return VERB_ERROR;
	*at += n;
	return verb;
}

/* The first word at or behind `*at` that is sure to be whole; false: more bytes are needed.  Empty
 * at the line's end. */
static bool whole_word(const char *bytes, size_t size, size_t *at, struct text *word)
{
	size_t end;

	*at += blanks(bytes + *at, size - *at);
	for (end = *at; end < size; end++) {
		if (bytes[end] == ' ' || bytes[end] == '\n') {
			bool crlf = bytes[end] == '\n' && end > *at && bytes[end - 1] == '\r';

			*word = (struct text){bytes + *at, end - crlf - *at};
			return true;
		}
	}
	return false;
}

/* As command_parse(), of a command with keys, of which `at` bytes are read. */
static size_t parse_keys(const char *bytes, size_t size, size_t at, struct command *command)
{
	bool touches = command->verb == VERB_GAT || command->verb == VERB_GATS;
	struct text word;

	if (touches) {
		if (!whole_word(bytes, size, &at, &word)) {
			if (size < LINE_MAX_SIZE)
				return 0;
			word = (struct text){bytes, 0};
		}
		if (word.size > 0) {
			if (!number_i64(word.at, word.size, &command->exptime)) {
				refuse(command, "CLIENT_ERROR invalid exptime argument");
				command->skip_line = true;
			}
			return at + word.size;
		}
	} else {
		at += blanks(bytes + at, size - at);
		if (at == size || (bytes[at] == '\r' && at + 1 == size)) {
			if (size < LINE_MAX_SIZE)
				return 0;
			refuse(command, BAD_LINE);
		}
		if (at < size && bytes[at] != '\n' && !(bytes[at] == '\r' && at + 1 < size && bytes[at + 1] == '\n'))
			return at;
	}
	if (command->verb != VERB_ERROR)
		refuse(command, "ERROR");
	command->skip_line = true;
	return at;
}

enum key_end key_next(const char *bytes, size_t size, size_t *used, struct text *key)
{
	size_t at = blanks(bytes, size);

	*used = at;
	if (!whole_word(bytes, size, &at, key)) {
		if (size - at <= KEY_MAX_SIZE + 1) /* a key, and '\r' */
			return KEY_MORE;
		return KEY_TOO_LONG;
	}
	if (key->size == 0) {
		*used = at + (bytes[at] == '\r') + 1;
		return KEY_NONE;
	}
	if (key->size > KEY_MAX_SIZE)
		return KEY_TOO_LONG;
	*used = at + key->size;
	return KEY_FOUND;
}

/* ---- Commands of one line ----------------------------------------------- */

/* set, add, replace, append, prepend, cas: the words behind the verb. */
static void parse_storage(struct command *command)
{
	const struct text *word = command->word;
	int64_t length;
	uint64_t flags;

	command->key = word[0];
	command->quiet = ends_quiet(command);
	if (word[0].size > KEY_MAX_SIZE || !number_u64(word[1].at, word[1].size, &flags) || flags > UINT32_MAX ||
	    !number_i64(word[2].at, word[2].size, &command->exptime) ||
	    !number_i64(word[3].at, word[3].size, &length) || length < 0 || length > INT32_MAX - 2 ||
	    (command->verb == VERB_CAS && !number_u64(word[4].at, word[4].size, &command->cas))) {
		refuse(command, BAD_LINE);
		return;
	}
	command->flags = (uint32_t)flags;
	command->length = (uint64_t)length;
	command->has_data = true;
}

static void parse_arithmetic(struct command *command)
{
	command->key = command->word[0];
	command->quiet = ends_quiet(command);
	if (command->key.size > KEY_MAX_SIZE)
		refuse(command, BAD_LINE);
	else if (!number_u64(command->word[1].at, command->word[1].size, &command->delta))
		refuse(command, "CLIENT_ERROR invalid numeric delta argument");
}

static void parse_touch(struct command *command)
{
	command->key = command->word[0];
	command->quiet = ends_quiet(command);
	if (command->key.size > KEY_MAX_SIZE)
		refuse(command, BAD_LINE);
	else if (!number_i64(command->word[1].at, command->word[1].size, &command->exptime))
		refuse(command, "CLIENT_ERROR invalid exptime argument");
}

/* A time of 0 is allowed, as old clients send it. */
static void parse_delete(struct command *command)
{
	command->key = command->word[0];
	command->quiet = ends_quiet(command);
	if ((command->words == 2 && !command->quiet && !is(command->word[1], "0")) ||
	    (command->words == 3 && !(command->quiet && is(command->word[1], "0"))))
		refuse(command, BAD_LINE ".  Usage: delete <key> [noreply]");
	else if (command->key.size > KEY_MAX_SIZE)
		refuse(command, BAD_LINE);
}

static void parse_flush_all(struct command *command)
{
	command->quiet = ends_quiet(command);
	if (command->words > (command->quiet ? 1u : 0u) &&
	    !number_i64(command->word[0].at, command->word[0].size, &command->exptime))
		refuse(command, "CLIENT_ERROR invalid exptime argument");
}

static void parse_verbosity(struct command *command)
{
	int64_t level;

	command->quiet = ends_quiet(command);
	if (command->words > 1 || !command->quiet) {
		if (!number_i64(command->word[0].at, command->word[0].size, &level))
			refuse(command, BAD_LINE);
	}
}

static void parse_line(struct command *command, struct text verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!is(verb, verbs[i].name))
			continue;
		if (command->words < verbs[i].least || command->words > verbs[i].most)
			break;
		command->verb = verbs[i].verb;
		switch (command->verb) {
		case VERB_SET:
		case VERB_ADD:
		case VERB_REPLACE:
		case VERB_APPEND:
		case VERB_PREPEND:
		case VERB_CAS:
			parse_storage(command);
			return;
		case VERB_INCR:
		case VERB_DECR:
			parse_arithmetic(command);
			return;
		case VERB_TOUCH:
			parse_touch(command);
			return;
		case VERB_DELETE:
			parse_delete(command);
			return;
		case VERB_FLUSH_ALL:
			parse_flush_all(command);
			return;
		case VERB_VERBOSITY:
			parse_verbosity(command);
			return;
		case VERB_META_GET:
		case VERB_META_SET:
		case VERB_META_DELETE:
		case VERB_META_ARITHMETIC:
		case VERB_META_DEBUG:
			meta_parse(command, command->words > 0 ? command->word[0] : (struct text){verb.at, 0});
			return;
		default:
			return;
		}
	}
	refuse(command, "ERROR");
}

size_t command_parse(const char *bytes, size_t size, struct command *command)
{
	/* Whatever comes behind must not change what is said of it. */
	size_t window = size < LINE_MAX_SIZE ? size : LINE_MAX_SIZE, at = blanks(bytes, window), line, end;
	struct text verb = {bytes, 0};
	const char *newline;

	memset(command, 0, offsetof(struct command, word));
	command->verb = keys_verb(bytes, window, &at);
	if (command->verb != VERB_ERROR)
		return parse_keys(bytes, window, at, command);
	newline = memchr(bytes, '\n', window);
	if (!newline) {
		if (window < LINE_MAX_SIZE)
			return 0;
		refuse(command, "CLIENT_ERROR line too long");
		command->fatal = true;
		return size;
	}
	line = (size_t)(newline - bytes) + 1;
	end = line - 1;
	if (end > at && bytes[end - 1] == '\r')
		end--;
	while (at < end) {
		size_t begin = at;

		while (at < end && bytes[at] != ' ')
			at++;
		if (verb.size == 0)
			verb = (struct text){bytes + begin, at - begin};
		else if (command->words < WORDS_MAX)
			command->word[command->words++] = (struct text){bytes + begin, at - begin};
		at += blanks(bytes + at, end - at);
	}
	parse_line(command, verb);
	return line;
}
