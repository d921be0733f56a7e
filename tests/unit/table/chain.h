/*
 * chain: three tables built by hand, with a key whose value is frozen in the
 * first: what a copier stands before.
 */
#ifndef TABLE_CHAIN_H
#define TABLE_CHAIN_H

#include "core_build.h"

struct chain {
	struct core core;
	struct nb_table *table[3];
	struct nb_key key;
	struct nb_place origin; /* in the first table */
	uint64_t value;
};

void open_chain(struct chain *c, enum nb_kind kind);

/*
 * Close in two ways: as it is, where the chain is freed table by table, or
 * after the migrations have been completed and the tables retired.
 */
void close_chain(struct chain *c, bool finish);

/* A copier's whole work on the origin. */
void copy_origin(struct chain *c);

#endif
