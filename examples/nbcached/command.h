/*
 * command: from bytes to commands.  Pure: reads the bytes that it is given, and writes
 * the structure; the fuzzer and the unit test need nothing else.
 *
 * A command is one line, but for those with keys without number (get, gets, gat, gats).
 * These are read one key at a time, by key_next(): a line of any length then needs a
 * small buffer only, and an answer of any length can be put off between two keys.
 *
 * Texts point into the bytes that were parsed, but the key of a meta command in base 64,
 * which is decoded into `key_room`.
 */
#ifndef NBCACHED_COMMAND_H
#define NBCACHED_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_MAX_SIZE 250u

/* A line that is not one of keys ends within so many bytes. */
#define LINE_MAX_SIZE 2048u

/* More words than any command has; those above are not looked at. */
#define WORDS_MAX 24u

#define OPAQUE_MAX_SIZE 32u

enum verb {
	VERB_ERROR, /* no command: `error` is the answer */
	VERB_GET,
	VERB_GETS,
	VERB_GAT,
	VERB_GATS,
	VERB_SET,
	VERB_ADD,
	VERB_REPLACE,
	VERB_APPEND,
	VERB_PREPEND,
	VERB_CAS,
	VERB_INCR,
	VERB_DECR,
	VERB_TOUCH,
	VERB_DELETE,
	VERB_FLUSH_ALL,
	VERB_STATS,
	VERB_VERSION,
	VERB_VERBOSITY,
	VERB_QUIT,
	VERB_META_GET,
	VERB_META_SET,
	VERB_META_DELETE,
	VERB_META_ARITHMETIC,
	VERB_META_DEBUG,
	VERB_META_NOOP,
};

struct text {
	const char *at;
	size_t size;
};

struct command {
	enum verb verb;
	const char *error; /* VERB_ERROR: without "\r\n" */
	bool quiet;	   /* noreply; of a meta command, flag q */
	bool fatal;	   /* the connection is to be closed behind the error */
	bool skip_line;	   /* the rest of the line is not consumed, and means nothing */
	bool has_data;	   /* `length` bytes and "\r\n" follow the line; with VERB_ERROR, too */
	struct text key;
	uint32_t flags;
	int64_t exptime;
	uint64_t length;
	uint64_t cas;
	uint64_t delta;
	/* meta commands: which flags were given, and what they bring */
	uint64_t given;
	bool binary;	  /* b */
	char mode;	  /* M, or 0 */
	int64_t vivify;	  /* N */
	int64_t recache;  /* R */
	uint64_t initial; /* J */
	/* the words behind the verb, and behind the key of a meta command: for stats and me */
	unsigned words;
	struct text word[WORDS_MAX];
	char key_room[KEY_MAX_SIZE];
};

/* The bit of a meta flag, a letter, in `given`. */
static inline uint64_t meta_flag(char letter)
{
	return UINT64_C(1) << ((unsigned char)letter & 63);
}

/*
 * Reads the first command of `size` bytes.  Returns how many of them it took, with the
 * end of its line; a command with keys only takes what stands before the first.  0: the
 * line goes on, and more bytes are needed.
 */
size_t command_parse(const char *bytes, size_t size, struct command *command);

enum key_end {
	KEY_FOUND,
	KEY_NONE,     /* the line is at its end */
	KEY_MORE,     /* more bytes are needed */
	KEY_TOO_LONG, /* and the rest of the line means nothing */
};

/* The next key of a line of keys; `*used` is how many bytes were taken for it. */
enum key_end key_next(const char *bytes, size_t size, size_t *used, struct text *key);

/* The flags of a meta command, of word[0] on; sets VERB_ERROR if they are none.  In meta.c. */
void meta_parse(struct command *command, struct text key);

/* Base 64, of a text of at most `room` * 4 / 3 bytes: how many bytes it stands for, 0: it is none. */
size_t base64_decode(struct text text, char *out, size_t room);
/* Writes the base 64 of `text` to `out`, (size + 2) / 3 * 4 bytes; returns their number. */
size_t base64_encode(struct text text, char *out);

#endif
