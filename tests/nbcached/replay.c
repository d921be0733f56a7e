/* replay: the corpus through the fuzzer's function, in every build.  Usage: replay DIRECTORY */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "fuzz_parser.h"

/* The longest input that is of use: some lines of the greatest length. */
#define INPUT_MAX 65536

int main(int argc, char **argv)
{
	static uint8_t input[INPUT_MAX];
	unsigned count = 0;
	struct dirent *entry;
	DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;

	if (!directory) {
		fprintf(stderr, "usage: replay DIRECTORY\n");
		return 2;
	}
	while ((entry = readdir(directory))) {
		char path[4096];
		FILE *file;
		size_t size;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		file = fopen(path, "rb");
		if (!file) {
			perror(path);
			return 1;
		}
		size = fread(input, 1, sizeof(input), file);
		fclose(file);
		LLVMFuzzerTestOneInput(input, size);
		count++;
	}
	closedir(directory);
	printf("%u inputs\n", count);
	return count == 0;
}
