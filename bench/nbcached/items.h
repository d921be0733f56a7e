/*
 * items: what is asked for and stored.  A value follows from its key: its size, and each byte.
 * So a wrong answer is noticed, whoever stored it.
 */
#ifndef LOAD_ITEMS_H
#define LOAD_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zipf.h"

/* Read by all threads; nobody writes once they run. */
struct items {
	uint64_t keys;	/* from 0 to keys - 1 */
	uint64_t bytes; /* of a value; its mean, where they vary */
	bool vary;	/* from 1 to 2 * bytes */
	double theta;	/* of Zipf's distribution; 0: all alike */
	struct zipf zipf;
};

/* With the other members set. */
void items_begin(struct items *items);

/* The next random number of a stream, whose state is any number. */
uint64_t items_random(uint64_t *state);
/* A key, drawn from a stream. */
uint64_t items_key(const struct items *items, uint64_t *state);

size_t items_size(const struct items *items, uint64_t key);
/* Writes the key's value, of items_size() bytes. */
void items_write(const struct items *items, uint64_t key, char *to);
/* Whether these bytes are the key's value. */
bool items_match(const struct items *items, uint64_t key, const char *value, size_t size);

#endif
