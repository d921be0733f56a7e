/*
 * meta_answer: what the answers to meta commands are made of: a code of two letters, the size
 * of the data where data follow, and the flags that were asked for, in their order.
 */
#ifndef NBCACHED_META_ANSWER_H
#define NBCACHED_META_ANSWER_H

#include "connection.h"

static inline bool meta_has(const struct command *command, char flag)
{
	return command->given & meta_flag(flag);
}

/* A flag with a number. */
void meta_answer_flag(struct output *output, char letter, uint64_t n);

/* k, as the client writes it: in base 64 if it came so. */
void meta_answer_key(struct output *output, struct text key, bool binary);

/* O and k, which any answer can have, from a word of the command. */
void meta_answer_echo(struct output *output, const struct command *command, struct text word);

/* One flag that tells of the item; false: it tells nothing. */
bool meta_answer_item(struct turn *turn, const struct item *item, char letter, unsigned marks, uint32_t idle);

/* A whole answer, without an item. */
void meta_answer_code(struct turn *turn, const struct command *command, const char *code);

#endif
