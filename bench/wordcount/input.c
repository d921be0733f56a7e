/* input: listing files, reading chunks, finding items.  See input.h. */
#include "input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Small enough to share one file of some megabytes, big enough that opening
 * the file again for each chunk does not show.  A multiple of 8. */
#define CHUNK_BYTES ((size_t)256 * 1024)

/* How much more is read at a time to find the end of a chunk's last word. */
#define STRETCH_BYTES ((size_t)4096)

/* ---- Listing ------------------------------------------------------------ */

static void skip(struct input *input, const char *path, const char *why)
{
	fprintf(stderr, "nbmap-wordcount: %s: %s, skipped\n", path, why);
	input->skipped++;
}

/* The array, moved if need be, with room for one more element; or NULL. */
static void *roomy(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;

	size_t more = *room ? *room * 2 : 64;
	void *moved = realloc(array, more * size);

	if (moved)
		*room = more;
	return moved;
}

static int add_chunks(struct input *input, size_t path, uint64_t size)
{
	for (uint64_t offset = 0; offset < size; offset += CHUNK_BYTES) {
		uint64_t rest = size - offset;
		struct input_chunk chunk = {.path = path, .offset = offset};
		void *chunks = roomy(input->chunks, input->chunk_count, &input->chunk_room, sizeof(chunk));

		if (!chunks)
			return -ENOMEM;
		chunk.size = rest < CHUNK_BYTES ? (size_t)rest : CHUNK_BYTES;
		input->chunks = chunks;
		input->chunks[input->chunk_count++] = chunk;
		input->bytes += chunk.size;
	}
	return 0;
}

static bool full(const struct input *input)
{
	return input->limit && input->bytes >= input->limit;
}

/* Opened here already, so that an unreadable file is known before the clock starts. */
static int add_file(struct input *input, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		skip(input, path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return 0;
	}
	close(fd);
	if (!S_ISREG(st.st_mode)) {
		skip(input, path, "not a regular file");
		return 0;
	}

	char **paths = roomy(input->paths, input->path_count, &input->path_room, sizeof(*paths));

	if (!paths)
		return -ENOMEM;
	input->paths = paths;

	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	input->paths[input->path_count] = copy;
	return add_chunks(input, input->path_count++, (uint64_t)st.st_size);
}

static int add_directory(struct input *input, const char *path, input_filter *filter);

/* One name in a directory. */
static int add_name(struct input *input, const char *directory, const char *name, input_filter *filter)
{
	size_t size = strlen(directory) + strlen(name) + 2;
	char *path;
	struct stat st;
	int err = 0;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || full(input))
		return 0;
	path = malloc(size);
	if (!path)
		return -ENOMEM;
	snprintf(path, size, "%s/%s", directory, name);
	if (lstat(path, &st) < 0)
		skip(input, path, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		err = add_directory(input, path, filter);
	else if (S_ISREG(st.st_mode) && (!filter || filter(name)))
		err = add_file(input, path);
	free(path);
	return err;
}

static int add_directory(struct input *input, const char *path, input_filter *filter)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, NULL, alphasort);
	int err = 0;

	if (count < 0) {
		if (errno == ENOMEM)
			return -ENOMEM;
		skip(input, path, strerror(errno));
		return 0;
	}
	for (int i = 0; i < count; i++) {
		if (!err)
			err = add_name(input, path, names[i]->d_name, filter);
		free(names[i]);
	}
	free(names);
	return err;
}

int input_add(struct input *input, const char *path, input_filter *filter)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		skip(input, path, strerror(errno));
		return 0;
	}
	return S_ISDIR(st.st_mode) ? add_directory(input, path, filter) : add_file(input, path);
}

void input_free(struct input *input)
{
	for (size_t i = 0; i < input->path_count; i++)
		free(input->paths[i]);
	free(input->paths);
	free(input->chunks);
	*input = (struct input){0};
}

/* ---- Reading ------------------------------------------------------------ */

static bool is_word(unsigned char c)
{
	return (unsigned)(c | 32) - 'a' < 26u || (unsigned)c - '0' < 10u || c == '_';
}

/* Append up to `size` bytes from `offset` on; *got is less at the file's end. */
static int fill(struct reader *reader, int fd, uint64_t offset, size_t size, size_t *got)
{
	if (reader->room - reader->filled < size) {
		/* Doubling, so that a word of many megabytes costs linear time. */
		size_t room = reader->filled + size > reader->room * 2 ? reader->filled + size : reader->room * 2;
		unsigned char *buffer = realloc(reader->buffer, room);

		if (!buffer)
			return -ENOMEM;
		reader->buffer = buffer;
		reader->room = room;
	}
	*got = 0;
	while (*got < size) {
		ssize_t n = pread(fd, reader->buffer + reader->filled, size - *got, (off_t)(offset + *got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		reader->filled += (size_t)n;
		*got += (size_t)n;
	}
	return 0;
}

/* Read on until the word that the chunk ends in ends, if it began in the chunk. */
static int stretch(struct reader *reader, int fd, uint64_t offset)
{
	size_t begin = reader->filled;

	while (begin > reader->at && is_word(reader->buffer[begin - 1]))
		begin--;
	if (begin == reader->filled)
		return 0;
	for (;;) {
		size_t got, from = reader->filled;
		int err = fill(reader, fd, offset, STRETCH_BYTES, &got);

		if (err)
			return err;
		for (size_t i = from; i < reader->filled; i++) {
			if (!is_word(reader->buffer[i]))
				return 0;
		}
		if (got < STRETCH_BYTES)
			return 0;
		offset += got;
	}
}

/*
 * A chunk of words is read from one byte before it: a word character there
 * means that the first word began in the chunk before.
 */
static int load_words(struct reader *reader, int fd, const struct input_chunk *chunk)
{
	size_t before = chunk->offset ? 1 : 0;
	size_t got;
	int err = fill(reader, fd, chunk->offset - before, chunk->size + before, &got);

	if (err)
		return err;
	reader->own = reader->filled;
	reader->at = before < got ? before : got;
	if (before && got && is_word(reader->buffer[0])) {
		while (reader->at < reader->own && is_word(reader->buffer[reader->at]))
			reader->at++;
	}
	return got < chunk->size + before ? 0 : stretch(reader, fd, chunk->offset + chunk->size);
}

static int load_u64(struct reader *reader, int fd, const struct input_chunk *chunk)
{
	size_t got;
	int err = fill(reader, fd, chunk->offset, chunk->size, &got);

	reader->own = reader->filled;
	return err;
}

int reader_load(struct reader *reader, const struct input *input, const struct input_chunk *chunk)
{
	int fd = open(input->paths[chunk->path], O_RDONLY | O_CLOEXEC);
	int err;

	reader->at = reader->own = reader->filled = 0;
	if (fd < 0)
		return -errno;
	err = input->items == INPUT_WORDS ? load_words(reader, fd, chunk) : load_u64(reader, fd, chunk);
	close(fd);
	return err;
}

static bool next_word(struct reader *reader, const void **item, size_t *size)
{
	const unsigned char *bytes = reader->buffer;
	size_t begin = reader->at;

	while (begin < reader->own && !is_word(bytes[begin]))
		begin++;
	if (begin >= reader->own)
		return false;

	size_t end = begin + 1;

	while (end < reader->filled && is_word(bytes[end]))
		end++;
	reader->at = end;
	*item = bytes + begin;
	*size = end - begin;
	return true;
}

static bool next_u64(struct reader *reader, const void **item, size_t *size)
{
	if (reader->own - reader->at < sizeof(uint64_t))
		return false;
	*item = reader->buffer + reader->at;
	*size = sizeof(uint64_t);
	reader->at += sizeof(uint64_t);
	return true;
}

bool reader_next(struct reader *reader, enum input_items items, const void **item, size_t *size)
{
	return items == INPUT_WORDS ? next_word(reader, item, size) : next_u64(reader, item, size);
}

void reader_free(struct reader *reader)
{
	free(reader->buffer);
	*reader = (struct reader){0};
}
