/* meta_answer: see meta_answer.h. */
#include "meta_answer.h"

void meta_answer_flag(struct output *output, char letter, uint64_t n)
{
	output_char(output, ' ');
	output_char(output, letter);
	output_number(output, n);
}

void meta_answer_key(struct output *output, struct text key, bool binary)
{
	char encoded[(KEY_MAX_SIZE + 2) / 3 * 4];

	output_bytes(output, " k", 2);
	if (binary) {
		output_bytes(output, encoded, base64_encode(key, encoded));
		output_bytes(output, " b", 2);
	} else {
		output_bytes(output, key.at, key.size);
	}
}

void meta_answer_echo(struct output *output, const struct command *command, struct text word)
{
	if (word.at[0] == 'O') {
		output_char(output, ' ');
		output_bytes(output, word.at, word.size);
	} else if (word.at[0] == 'k') {
		meta_answer_key(output, command->key, command->binary);
	}
}

void meta_answer_code(struct turn *turn, const struct command *command, const char *code)
{
	output_string(turn->output, code);
	for (unsigned i = 0; i < command->words; i++)
		meta_answer_echo(turn->output, command, command->word[i]);
	output_bytes(turn->output, "\r\n", 2);
}

/* t: the seconds that are left. */
static void answer_time(struct turn *turn, const struct item *item)
{
	uint32_t expires = atomic_load_explicit(&item->expires, memory_order_relaxed); /* as item_expired() */

	if (expires == 0)
		output_bytes(turn->output, " t-1", 4);
	else
		meta_answer_flag(turn->output, 't', expires > turn->thread->now ? expires - turn->thread->now : 0);
}

bool meta_answer_item(struct turn *turn, const struct item *item, char letter, unsigned marks, uint32_t idle)
{
	struct output *output = turn->output;

	switch (letter) {
	case 's':
		meta_answer_flag(output, 's', item->size);
		return true;
	case 't':
		answer_time(turn, item);
		return true;
	case 'c':
		meta_answer_flag(output, 'c', item->cas);
		return true;
	case 'f':
		meta_answer_flag(output, 'f', item->flags);
		return true;
	case 'l':
		meta_answer_flag(output, 'l', idle);
		return true;
	case 'h':
		meta_answer_flag(output, 'h', (marks & ITEM_FETCHED) != 0);
		return true;
	default:
		return false;
	}
}
