/*
 * keys: what stands for index i in a map.  An integer key is computed on the
 * fly by a bijection, so that the first n of 2n indices are a random half of
 * the keys.  A string key is formatted beforehand, so that formatting is not
 * measured.
 */
#ifndef SUPPORT_KEYS_H
#define SUPPORT_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "draw.h"

static inline uint64_t key_u64(uint64_t index)
{
	return draw_mix(index + 1);
}

/* The strings of indices 0 to count - 1: 8 to 32 bytes each with the NUL, all different. */
struct key_strings {
	char *text;
	uint32_t *starts; /* offsets in text, in units of 4 bytes */
};

static inline const char *key_string(const struct key_strings *strings, uint64_t index)
{
	return strings->text + (size_t)strings->starts[index] * 4;
}

#ifdef __cplusplus
extern "C" {
#endif

/* 0 or -ENOMEM. */
int key_strings_make(struct key_strings *strings, uint64_t count);
void key_strings_free(struct key_strings *strings);

#ifdef __cplusplus
}
#endif

#endif
