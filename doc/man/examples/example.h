/*
 * What the examples of the manual pages share.
 *
 * Each file is the example of the page of its name.  What stands between its lines begin and end is shown on the page,
 * indented as little as it can be.  NAME_example() runs it; tests/unit/man_test.c calls all of them.
 */
#ifndef MAN_EXAMPLE_H
#define MAN_EXAMPLE_H

#include <check.h>
#include <errno.h>
#include <nbmap.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLE(page) void page##_example(void);
#include "examples.h"
#undef EXAMPLE

/* A map of strings; its values are integers, or the caller's. */
static inline struct nbmap *string_map(void)
{
	struct nbmap_config config = {.type = nbmap_type_string()};
	struct nbmap *map;

	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	return map;
}

static inline void free_block(void *block, void *arg)
{
	(void)arg;
	free(block);
}

/* A map of strings to blocks of malloc() that are the map's. */
static inline struct nbmap *block_map(void)
{
	struct nbmap_type type = *nbmap_type_string();
	struct nbmap_config config = {.type = &type};
	struct nbmap *map;

	type.value_free = free_block;
	ck_assert_int_eq(nbmap_new(&map, &config), 0);
	return map;
}

static inline void *block(uint64_t number)
{
	uint64_t *made = malloc(sizeof(*made));

	ck_assert_ptr_nonnull(made);
	*made = number;
	return made;
}

#endif
