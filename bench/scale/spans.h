/*
 * spans: what lies where in memory, by name.
 */
#ifndef SCALE_SPANS_H
#define SCALE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "subject.h"

/* What keys and values stand in. */
struct span_lines {
	uintptr_t start;
	size_t size;
};

/* The subject's table, of nbmap the newest. */
struct span_lines spans_lines(const struct subject *subject, void *map);

/* What operations read beside it, and seldom write: nbmap's spill bits; of others nothing. */
struct span_lines spans_hints(const struct subject *subject, void *map);

/* What a word of the subject's map is: a name that says which structure and member, not
 * which of several; static storage. */
const char *spans_name(const struct subject *subject, void *map, uintptr_t address);

#endif
