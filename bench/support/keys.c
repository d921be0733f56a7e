/* keys: the strings.  See keys.h. */
#include "keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 32

/*
 * "k", the key in the shortest hexadecimal form of the index, and a tail whose
 * length is drawn from the key.  The index stands first and ends before '-',
 * which keeps the strings apart.
 */
static size_t format(char *text, uint64_t index)
{
	uint64_t mixed = key_u64(index);
	int size = snprintf(text, LONGEST, "k%06" PRIx64 "-%016" PRIx64, index, mixed);
	size_t most = (size_t)size, want = 7 + mixed % (LONGEST - 8 + 1);
	size_t head = strcspn(text, "-");

	for (; most < want; most++)
		text[most] = (char)('a' + most % 26);
	if (want < head)
		want = head;
	text[want] = '\0';
	return want + 1;
}

int key_strings_make(struct key_strings *strings, uint64_t count)
{
	size_t at = 0;

	strings->text = malloc(count * (LONGEST + 4));
	strings->starts = malloc(count * sizeof(*strings->starts));
	if (!strings->text || !strings->starts) {
		key_strings_free(strings);
		return -ENOMEM;
	}
	for (uint64_t i = 0; i < count; i++) {
		strings->starts[i] = (uint32_t)(at / 4);
		at += (format(strings->text + at, i) + 3) / 4 * 4;
	}
	return 0;
}

void key_strings_free(struct key_strings *strings)
{
	free(strings->text);
	free(strings->starts);
	*strings = (struct key_strings){0};
}
