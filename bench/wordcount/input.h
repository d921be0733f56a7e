/*
 * input: the files to be counted, cut into chunks that threads read on their
 * own.  A chunk owns the items that begin in it, so one big file keeps all
 * threads busy and no item is counted twice or lost.
 *
 * Items are words, maximal runs of [A-Za-z0-9_] with case kept, or 8-byte
 * integers in the machine's byte order (a rest of less than 8 bytes at a
 * file's end is left out).
 */
#ifndef WORDCOUNT_INPUT_H
#define WORDCOUNT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum input_items { INPUT_WORDS, INPUT_U64 };

struct input_chunk {
	size_t path; /* index */
	uint64_t offset;
	size_t size;
	bool unread; /* reading failed: set by the one thread that had it */
};

/* All zero but `items` is an empty input. */
struct input {
	enum input_items items;
	char **paths;
	size_t path_count, path_room;
	struct input_chunk *chunks;
	size_t chunk_count, chunk_room;
	uint64_t bytes; /* in all chunks */
	uint64_t limit; /* stop adding at so many bytes; 0: no limit */
	size_t skipped; /* files and directories that could not be read */
};

/* Whether a file found in a directory is wanted; NULL stands for all. */
typedef bool input_filter(const char *name);

/*
 * Add a file, or every regular file below a directory that passes `filter`,
 * in order of name.  Symbolic links are followed only where `path` itself is
 * one.  What cannot be read is reported on stderr and skipped.  -ENOMEM.
 */
int input_add(struct input *input, const char *path, input_filter *filter);

void input_free(struct input *input);

/* A chunk in memory, and how far its items have been taken. */
struct reader {
	unsigned char *buffer;
	size_t room;
	size_t at;  /* next byte to look at */
	size_t own; /* items that begin here or later are the next chunk's */
	size_t filled;
};

/* Load a chunk.  0 or -errno. */
int reader_load(struct reader *reader, const struct input *input, const struct input_chunk *chunk);

/* The next item, in the reader's buffer until the next load; false: none. */
bool reader_next(struct reader *reader, enum input_items items, const void **item, size_t *size);

void reader_free(struct reader *reader);

#endif
