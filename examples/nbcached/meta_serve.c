/*
 * meta_serve: mg, ms, md, ma, me and mn.  See connection.h.
 *
 * STALE DATA.  md with I keeps an item, and marks it stale.  Of the clients that get it from
 * then on one is told W, "you have won: make it anew", and all others Z, "somebody does"; so
 * it is with a fresh item whose time runs below R, and one that N has made empty.  The mark
 * is set by one atomic exchange, so there is one winner for each item.
 */
#include "meta_answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "number.h"

#define NO_MEMORY "SERVER_ERROR out of memory storing object"

/* ---- mg ----------------------------------------------------------------- */

/* R: whether the item's time runs below what the client asks for. */
static bool short_lived(const struct turn *turn, const struct command *command, const struct item *item)
{
	uint32_t expires = atomic_load_explicit(&item->expires, memory_order_relaxed); /* as item_expired() */

	return expires != 0 && expires < store_deadline(turn->thread, command->recache);
}

/* One word of the command.  Those that do something do it in their order: t behind T tells the new time. */
static bool answer_get_flag(struct turn *turn, const struct command *command, struct item *item, struct text word,
			    unsigned marks, uint32_t idle)
{
	switch (word.at[0]) {
	case 'T':
		/* Relaxed: as in touch. */
		atomic_store_explicit(&item->expires, store_deadline(turn->thread, command->exptime),
				      memory_order_relaxed);
		return false;
	case 'R':
		return short_lived(turn, command, item);
	case 'k':
		meta_answer_key(turn->output, item_key(item), marks & ITEM_BINARY);
		return false;
	default:
		if (!meta_answer_item(turn, item, word.at[0], marks, idle))
			meta_answer_echo(turn->output, command, word);
		return false;
	}
}

static void answer_get(struct turn *turn, const struct command *command, struct item *item, bool made, uint32_t idle)
{
	struct output *output = turn->output;
	unsigned marks = item_marks(item);
	bool wanted = made || marks & ITEM_STALE, won;

	if (meta_has(command, 'v')) {
		output_bytes(output, "VA ", 3);
		output_number(output, item->size);
	} else {
		output_bytes(output, "HD", 2);
	}
	for (unsigned i = 0; i < command->words; i++) {
		if (answer_get_flag(turn, command, item, command->word[i], marks, idle) && !made)
			wanted = true;
	}
	won = wanted && !(marks & ITEM_WON) && item_mark(item, ITEM_WON);
	if (!won && item_marks(item) & ITEM_WON)
		output_bytes(output, " Z", 2);
	if (marks & ITEM_STALE)
		output_bytes(output, " X", 2);
	if (won)
		output_bytes(output, " W", 2);
	output_bytes(output, "\r\n", 2);
	if (meta_has(command, 'v'))
		output_data(output, item);
	if (!(marks & ITEM_FETCHED))
		item_mark(item, ITEM_FETCHED);
}

/* N: an empty item, for whoever is first.  The item that is there then, or NULL. */
static struct item *vivify(struct turn *turn, const struct command *command, bool *made)
{
	struct item *item = store_new_item(turn->thread, command->key, 0);
	struct write write = {.mode = WRITE_ADD, .item = item};

	if (!item)
		return NULL;
	/* Relaxed: not shared yet. */
	atomic_store_explicit(&item->expires, store_deadline(turn->thread, command->vivify), memory_order_relaxed);
	if (command->binary)
		item_mark(item, ITEM_BINARY);
	*made = store_write(turn->thread, &write) == STORE_DONE;
	return store_get(turn->thread, command->key);
}

static void serve_get(struct turn *turn, const struct command *command)
{
	struct store_thread *thread = turn->thread;
	uint32_t idle = 0;
	bool made = false;
	struct item *item = store_peek(thread, command->key);

	COUNT(&thread->counters, cmd_get, 1);
	if (item) {
		idle = store_idle(thread, item) / STORE_TICKS;
		store_used(thread, item);
		COUNT(&thread->counters, get_hits, 1);
	} else {
		COUNT(&thread->counters, get_misses, 1);
		if (meta_has(command, 'N'))
			item = vivify(turn, command, &made);
	}
	if (item)
		answer_get(turn, command, item, made, idle);
	else if (!command->quiet)
		meta_answer_code(turn, command, "EN");
}

/* ---- ms ----------------------------------------------------------------- */

void meta_serve_data(struct turn *turn, struct command *command, struct item *item)
{
	static const char *const codes[] = {
		[STORE_DONE] = "HD",
		[STORE_NOT_STORED] = "NS",
		[STORE_EXISTS] = "EX",
		[STORE_NOT_FOUND] = "NF",
	};
	struct write write = {
		.item = item,
		.compare = meta_has(command, 'C'),
		.cas = command->cas,
		.invalidate = meta_has(command, 'I'),
	};
	enum outcome outcome;

	switch (command->mode | 0x20) {
	case 'e':
		write.mode = WRITE_ADD;
		break;
	case 'a':
		write.mode = WRITE_APPEND;
		break;
	case 'p':
		write.mode = WRITE_PREPEND;
		break;
	case 'r':
		write.mode = WRITE_REPLACE;
		break;
	default:
		write.mode = WRITE_SET;
		break;
	}
	if (command->binary)
		item_mark(item, ITEM_BINARY);
	outcome = store_write(turn->thread, &write);
	if (outcome == STORE_NO_MEMORY) {
		COUNT(&turn->thread->counters, store_no_memory, 1);
		serve_line(turn, NO_MEMORY);
		return;
	}
	if (outcome == STORE_DONE && command->quiet)
		return;
	output_string(turn->output, codes[outcome]);
	for (unsigned i = 0; i < command->words; i++) {
		if (command->word[i].at[0] == 'c')
			meta_answer_flag(turn->output, 'c', outcome == STORE_DONE ? write.new_cas : 0);
		else
			meta_answer_echo(turn->output, command, command->word[i]);
	}
	output_bytes(turn->output, "\r\n", 2);
}

/* ---- md ----------------------------------------------------------------- */

static void serve_delete(struct turn *turn, const struct command *command)
{
	struct counters *counters = &turn->thread->counters;
	struct removal removal = {
		.key = command->key,
		.compare = meta_has(command, 'C'),
		.cas = command->cas,
		.invalidate = meta_has(command, 'I'),
		.touch = meta_has(command, 'T'),
		.expires = store_deadline(turn->thread, command->exptime),
	};

	switch (store_delete(turn->thread, &removal)) {
	case STORE_DONE:
		COUNT(counters, delete_hits, 1);
		if (!command->quiet)
			meta_answer_code(turn, command, "HD");
		break;
	case STORE_EXISTS:
		meta_answer_code(turn, command, "EX");
		break;
	case STORE_NOT_FOUND:
		COUNT(counters, delete_misses, 1);
		meta_answer_code(turn, command, "NF");
		break;
	default:
		serve_line(turn, NO_MEMORY);
		break;
	}
}

/* ---- ma ----------------------------------------------------------------- */

static void answer_arithmetic(struct turn *turn, const struct command *command, const struct arithmetic *a)
{
	struct output *output = turn->output;
	char digits[NUMBER_DIGITS];
	size_t size = number_print(a->number, digits);

	if (command->quiet)
		return;
	if (meta_has(command, 'v')) {
		output_bytes(output, "VA ", 3);
		output_number(output, size);
	} else {
		output_bytes(output, "HD", 2);
	}
	for (unsigned i = 0; i < command->words; i++) {
		char letter = command->word[i].at[0];

		if (letter == 't' || letter == 'c')
			meta_answer_item(turn, a->stored, letter, 0, 0);
		else
			meta_answer_echo(output, command, command->word[i]);
	}
	output_bytes(output, "\r\n", 2);
	if (meta_has(command, 'v')) {
		output_bytes(output, digits, size);
		output_bytes(output, "\r\n", 2);
	}
}

static void serve_arithmetic(struct turn *turn, const struct command *command)
{
	struct arithmetic a = {
		.key = command->key,
		.decrement = command->mode == 'D' || command->mode == 'd' || command->mode == '-',
		.delta = command->delta,
		.compare = meta_has(command, 'C'),
		.cas = command->cas,
		.vivify = meta_has(command, 'N'),
		.initial = command->initial,
		.vivify_expires = store_deadline(turn->thread, command->vivify),
		.touch = meta_has(command, 'T'),
		.expires = store_deadline(turn->thread, command->exptime),
	};

	switch (store_arithmetic(turn->thread, &a)) {
	case STORE_DONE:
		answer_arithmetic(turn, command, &a);
		break;
	case STORE_EXISTS:
		meta_answer_code(turn, command, "EX");
		break;
	case STORE_NOT_FOUND:
		meta_answer_code(turn, command, "NF");
		break;
	case STORE_NOT_STORED:
		meta_answer_code(turn, command, "NS");
		break;
	case STORE_NO_NUMBER:
		serve_line(turn, "CLIENT_ERROR cannot increment or decrement non-numeric value");
		break;
	case STORE_NO_MEMORY:
		serve_line(turn, "SERVER_ERROR out of memory");
		break;
	}
}

/* ---- me ----------------------------------------------------------------- */

/* What is known of an item, for people. */
static void serve_debug(struct turn *turn, const struct command *command)
{
	struct store_thread *thread = turn->thread;
	struct item *item = store_peek(thread, command->key);
	uint32_t expires;
	char line[160];

	if (!item) {
		serve_line(turn, "EN");
		return;
	}
	expires = atomic_load_explicit(&item->expires, memory_order_relaxed); /* as item_expired() */
	output_bytes(turn->output, "ME ", 3);
	output_bytes(turn->output, item->bytes, item->key_size);
	snprintf(line, sizeof(line), " exp=%" PRId64 " la=%" PRIu32 " cas=%" PRIu64 " fetch=%s cls=1 size=%zu",
		 expires == 0 ? INT64_C(-1) : (int64_t)expires - thread->now,
		 store_idle(thread, item) / STORE_TICKS, item->cas, item_marks(item) & ITEM_FETCHED ? "yes" : "no",
		 item_memory(item));
	serve_line(turn, line);
}

void meta_serve(struct turn *turn, struct command *command)
{
	COUNT(&turn->thread->counters, cmd_meta, 1);
	switch (command->verb) {
	case VERB_META_GET:
		serve_get(turn, command);
		break;
	case VERB_META_DELETE:
		serve_delete(turn, command);
		break;
	case VERB_META_ARITHMETIC:
		serve_arithmetic(turn, command);
		break;
	case VERB_META_DEBUG:
		serve_debug(turn, command);
		break;
	default:
		serve_line(turn, "MN");
		break;
	}
}
