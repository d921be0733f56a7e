/*
 * replay: runs inputs of the fuzzer once each, without libFuzzer, so that every
 * compiler, sanitizer and valgrind sees the corpus.
 *
 * Usage: fuzz_replay FILE|DIRECTORY...   A difference aborts; its file is the last that was named.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Longer than anything worth keeping in a corpus. */
#define INPUT_MAX 65536

static unsigned files;

static void die(const char *path)
{
	fprintf(stderr, "fuzz_replay: %s: %s\n", path, errno ? strerror(errno) : "longer than an input may be");
	exit(2);
}

static void replay_file(const char *path)
{
	static uint8_t buffer[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t size;

	if (!file)
		die(path);
	size = fread(buffer, 1, sizeof(buffer), file);
	errno = 0;
	if (ferror(file) || size == sizeof(buffer))
		die(path);
	fclose(file);
	printf("%s\n", path);
	fflush(stdout);
	/* In a block of its size: a read past the end is then a fault. */
	exact = malloc(size + !size);
	if (!exact)
		die(path);
	memcpy(exact, buffer, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	files++;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In the order of names, so that two runs are alike. */
static void replay_directory(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, visible, alphasort);

	if (count < 0)
		die(path);
	for (int i = 0; i < count; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		replay_file(name);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);

		if (directory) {
			closedir(directory);
			replay_directory(argv[i]);
		} else {
			replay_file(argv[i]);
		}
	}
	if (!files) {
		fprintf(stderr, "usage: fuzz_replay FILE|DIRECTORY...\n");
		return 2;
	}
	printf("%u inputs\n", files);
	return 0;
}
