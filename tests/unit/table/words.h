/*
 * words: what a probe for a key may meet in a table, brought about by hand.
 */
#ifndef TABLE_WORDS_H
#define TABLE_WORDS_H

#include "core_build.h"

/* What may be found where a key's slot would be. */
enum at {
	AT_VACANT,
	AT_EMPTY,
	AT_VALUE,
	AT_TOMB,
	AT_SEALED_EMPTY,
	AT_FROZEN,
	AT_SEALED_TOMB,
	AT_MOVED,
	AT_CARRIED_EMPTY,
	AT_CARRIED_VALUE,
	AT_CARRIED_TOMB,
	AT_CLOSED,
	AT_FULL,
	ATS
};
extern const char *const at_names[ATS];

bool is_slot(enum at at);
bool has_value(enum at at);

/* The value word; `value` where the state has one. */
uint64_t word_at(enum at at, uint64_t value);

/* Bring about that a probe for `key` in `table` meets `at`. */
void make_at(struct core *core, struct nb_table *table, const struct nb_key *key, enum at at, uint64_t value);

/* Wipe the values of a table, so that words made by hand need not agree with their neighbours when all is checked. */
void wipe(struct nb_table *table);

#endif
