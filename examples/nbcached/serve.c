/*
 * serve: the commands, but those of meta.  Each finds or changes an item by one call of the
 * store, counts, and answers.  See connection.h.
 */
#include "connection.h"
#include "version.h"

#define TOO_LARGE "SERVER_ERROR object too large for cache"
#define NO_MEMORY "SERVER_ERROR out of memory storing object"

void serve_line(struct turn *turn, const char *line)
{
	output_string(turn->output, line);
	output_bytes(turn->output, "\r\n", 2);
}

static void answer(struct turn *turn, const struct command *command, const char *line)
{
	if (!command->quiet)
		serve_line(turn, line);
}

/* ---- get, gets, gat, gats ----------------------------------------------- */

/* VALUE key flags size [cas] */
static void answer_value(struct output *output, struct item *item, bool with_cas)
{
	output_bytes(output, "VALUE ", 6);
	output_bytes(output, item->bytes, item->key_size);
	output_char(output, ' ');
	output_number(output, item->flags);
	output_char(output, ' ');
	output_number(output, item->size);
	if (with_cas) {
		output_char(output, ' ');
		output_number(output, item->cas);
	}
	output_bytes(output, "\r\n", 2);
	output_data(output, item);
}

/* Relaxed: the time is all that changes, and who reads it reads nothing else by it. */
static void touch(struct item *item, uint32_t deadline)
{
	atomic_store_explicit(&item->expires, deadline, memory_order_relaxed);
}

void serve_key(struct turn *turn, const struct command *command, const struct text *key)
{
	struct counters *counters = &turn->thread->counters;
	bool touches = command->verb == VERB_GAT || command->verb == VERB_GATS;
	struct item *item;

	if (!key) {
		output_bytes(turn->output, "END\r\n", 5);
		return;
	}
	COUNT(counters, cmd_get, 1);
	item = ahead_get(turn->ahead, turn->thread, *key);
	if (touches) {
		COUNT(counters, cmd_touch, 1);
		if (item) {
			touch(item, store_deadline(turn->thread, command->exptime));
			COUNT(counters, touch_hits, 1);
		} else {
			COUNT(counters, touch_misses, 1);
		}
	}
	if (!item) {
		COUNT(counters, get_misses, 1);
		return;
	}
	COUNT(counters, get_hits, 1);
	if (!(item_marks(item) & ITEM_FETCHED))
		item_mark(item, ITEM_FETCHED);
	answer_value(turn->output, item, command->verb == VERB_GETS || command->verb == VERB_GATS);
}

/* ---- set, add, replace, append, prepend, cas ---------------------------- */

/* A set that fails must not leave what it was to replace. */
static void forget(struct turn *turn, const struct command *command)
{
	struct removal removal = {.key = command->key};

	if (command->verb == VERB_SET || command->verb == VERB_META_SET)
		store_delete(turn->thread, &removal);
}

struct item *serve_item(struct turn *turn, struct command *command)
{
	struct store_thread *thread = turn->thread;
	bool too_large = command->length > thread->store->item_max;
	const char *line = too_large ? TOO_LARGE : NO_MEMORY;
	struct item *item = too_large ? NULL : store_new_item(thread, command->key, command->length);

	if (item) {
		item->flags = command->flags;
		touch(item, store_deadline(thread, command->exptime));
		return item;
	}
	if (too_large)
		COUNT(&thread->counters, store_too_large, 1);
	else
		COUNT(&thread->counters, store_no_memory, 1);
	if (command->verb == VERB_META_SET)
		serve_line(turn, line);
	else
		answer(turn, command, line);
	forget(turn, command);
	return NULL;
}

static void count_cas(struct counters *counters, enum outcome outcome)
{
	if (outcome == STORE_DONE)
		COUNT(counters, cas_hits, 1);
	else if (outcome == STORE_EXISTS)
		COUNT(counters, cas_badval, 1);
	else if (outcome == STORE_NOT_FOUND)
		COUNT(counters, cas_misses, 1);
}

void serve_data(struct turn *turn, struct command *command, struct item *item)
{
	static const enum write_mode modes[] = {
		[VERB_SET] = WRITE_SET,	      [VERB_ADD] = WRITE_ADD,	      [VERB_REPLACE] = WRITE_REPLACE,
		[VERB_APPEND] = WRITE_APPEND, [VERB_PREPEND] = WRITE_PREPEND, [VERB_CAS] = WRITE_SET,
	};
	static const char *const lines[] = {
		[STORE_DONE] = "STORED",	 [STORE_NOT_STORED] = "NOT_STORED", [STORE_EXISTS] = "EXISTS",
		[STORE_NOT_FOUND] = "NOT_FOUND", [STORE_NO_MEMORY] = NO_MEMORY,
	};
	struct write write = {.item = item, .cas = command->cas, .compare = command->verb == VERB_CAS};
	enum outcome outcome;

	COUNT(&turn->thread->counters, cmd_set, 1);
	if (command->verb == VERB_META_SET) {
		meta_serve_data(turn, command, item);
		return;
	}
	write.mode = modes[command->verb];
	outcome = store_write(turn->thread, &write);
	if (outcome == STORE_NO_MEMORY) {
		COUNT(&turn->thread->counters, store_no_memory, 1);
		forget(turn, command);
	}
	if (write.compare)
		count_cas(&turn->thread->counters, outcome);
	answer(turn, command, lines[outcome]);
}

/* ---- The rest ----------------------------------------------------------- */

static void serve_arithmetic(struct turn *turn, const struct command *command)
{
	struct counters *counters = &turn->thread->counters;
	bool decrement = command->verb == VERB_DECR;
	struct arithmetic a = {.key = command->key, .delta = command->delta, .decrement = decrement};
	enum outcome outcome = store_arithmetic(turn->thread, &a);

	if (outcome == STORE_DONE || outcome == STORE_NOT_FOUND) {
		bool hit = outcome == STORE_DONE;

		COUNT(counters, incr_hits, hit && !decrement);
		COUNT(counters, incr_misses, !hit && !decrement);
		COUNT(counters, decr_hits, hit && decrement);
		COUNT(counters, decr_misses, !hit && decrement);
	}
	switch (outcome) {
	case STORE_DONE:
		if (!command->quiet) {
			output_number(turn->output, a.number);
			output_bytes(turn->output, "\r\n", 2);
		}
		break;
	case STORE_NOT_FOUND:
		answer(turn, command, "NOT_FOUND");
		break;
	case STORE_NO_NUMBER:
		answer(turn, command, "CLIENT_ERROR cannot increment or decrement non-numeric value");
		break;
	default:
		answer(turn, command, "SERVER_ERROR out of memory");
		break;
	}
}

static void serve_touch(struct turn *turn, const struct command *command)
{
	struct counters *counters = &turn->thread->counters;
	struct item *item = store_get(turn->thread, command->key);

	COUNT(counters, cmd_touch, 1);
	if (!item) {
		COUNT(counters, touch_misses, 1);
		answer(turn, command, "NOT_FOUND");
		return;
	}
	COUNT(counters, touch_hits, 1);
	touch(item, store_deadline(turn->thread, command->exptime));
	answer(turn, command, "TOUCHED");
}

static void serve_delete(struct turn *turn, const struct command *command)
{
	struct counters *counters = &turn->thread->counters;
	struct removal removal = {.key = command->key};

	switch (store_delete(turn->thread, &removal)) {
	case STORE_DONE:
		COUNT(counters, delete_hits, 1);
		answer(turn, command, "DELETED");
		break;
	case STORE_NOT_FOUND:
		COUNT(counters, delete_misses, 1);
		answer(turn, command, "NOT_FOUND");
		break;
	default:
		answer(turn, command, "SERVER_ERROR out of memory");
		break;
	}
}

static void serve_flush_all(struct turn *turn, const struct command *command)
{
	struct store *store = turn->thread->store;
	uint32_t at = store_deadline(turn->thread, command->exptime);

	COUNT(&turn->thread->counters, cmd_flush, 1);
	/* A flush replaces one that is to come.  Relaxed: the house is kept by a thread that looks often. */
	atomic_store_explicit(&store->flush_at, at > turn->thread->now ? at : 0, memory_order_relaxed);
	if (at <= turn->thread->now)
		store_flush(turn->thread);
	answer(turn, command, "OK");
}

bool serve(struct turn *turn, struct command *command)
{
	switch (command->verb) {
	case VERB_INCR:
	case VERB_DECR:
		serve_arithmetic(turn, command);
		break;
	case VERB_TOUCH:
		serve_touch(turn, command);
		break;
	case VERB_DELETE:
		serve_delete(turn, command);
		break;
	case VERB_FLUSH_ALL:
		serve_flush_all(turn, command);
		break;
	case VERB_STATS:
		stats_serve(turn, command);
		break;
	case VERB_VERSION:
		serve_line(turn, "VERSION " NBCACHED_PROTOCOL);
		break;
	case VERB_VERBOSITY:
		answer(turn, command, "OK");
		break;
	case VERB_QUIT:
		return false;
	default:
		meta_serve(turn, command);
		break;
	}
	return true;
}
