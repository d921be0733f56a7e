/*
 * history: see history.h.
 */
#include "history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- The sequential map ------------------------------------------------- */

struct state {
	uint64_t value[HISTORY_KEYS];
};

/* Whether `event` may be the next call on `state`; then applies it. */
static bool step(struct state *state, const struct history_event *event)
{
	uint64_t *value = &state->value[event->key];
	uint64_t before = *value;
	int result = 0;

	if (event->result == -ENOMEM || event->result == -ENOBUFS)
		return true;
	switch (event->op) {
	case HISTORY_GET:
		break;
	case HISTORY_PUT:
		*value = event->arg;
		break;
	case HISTORY_ADD:
		if (before)
			result = -EEXIST;
		else
			*value = event->arg;
		break;
	case HISTORY_SET:
		if (!before)
			result = -ENOENT;
		else
			*value = event->arg;
		break;
	case HISTORY_REPLACE:
	case HISTORY_DEL_IF:
		if (!before)
			result = -ENOENT;
		else if (before != event->expected)
			result = -EAGAIN;
		else
			*value = event->op == HISTORY_REPLACE ? event->arg : 0;
		break;
	case HISTORY_DEL:
		if (!before)
			result = -ENOENT;
		*value = 0;
		break;
	case HISTORY_UPDATE:
		*value = before + event->arg;
		break;
	case HISTORY_KEEP:
		break;
	case HISTORY_TAKE:
		*value = 0;
		break;
	case HISTORY_ADD_INT:
		if ((int64_t)((before ? before : 1) + event->arg) < 1)
			result = -ERANGE;
		else
			*value = (before ? before : 1) + event->arg;
		break;
	case HISTORY_GIVE_UP:
		result = -(int)event->arg;
		break;
	case HISTORY_CLEAR:
		memset(state, 0, sizeof(*state));
		return event->result == 0;
	}
	return result == event->result && before == event->seen;
}

/* ---- What has been tried ------------------------------------------------ */

/* A set of fingerprints of (calls taken, state), by open addressing. */
struct tried {
	uint64_t *slot;
	size_t size, used;
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ (x >> 33);
}

static uint64_t fingerprint(uint64_t taken, const struct state *state)
{
	uint64_t hash = taken;

	for (unsigned i = 0; i < HISTORY_KEYS; i++)
		hash = mix(hash + state->value[i] * UINT64_C(0x9e3779b97f4a7c15) + i);
	return hash | 1;
}

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static bool insert(struct tried *tried, uint64_t hash);

static void grow(struct tried *tried)
{
	struct tried larger = {must(calloc(tried->size * 2, sizeof(uint64_t))), tried->size * 2, 0};

	for (size_t i = 0; i < tried->size; i++)
		if (tried->slot[i])
			insert(&larger, tried->slot[i]);
	free(tried->slot);
	*tried = larger;
}

/* False if it was there. */
static bool insert(struct tried *tried, uint64_t hash)
{
	size_t at;

	if (tried->used * 2 >= tried->size)
		grow(tried);
	for (at = hash & (tried->size - 1); tried->slot[at]; at = (at + 1) & (tried->size - 1))
		if (tried->slot[at] == hash)
			return false;
	tried->slot[at] = hash;
	tried->used++;
	return true;
}

/* ---- The search --------------------------------------------------------- */

/* An invocation, or the return that belongs to it, in a list by time. */
struct mark {
	struct mark *next, *prev;
	struct mark *returns; /* of an invocation; NULL in a return */
	const struct history_event *event;
	uint64_t time;
};

static int by_time(const void *a, const void *b)
{
	const struct mark *x = *(struct mark *const *)a, *y = *(struct mark *const *)b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	/* At equal times nothing has returned before anything was invoked. */
	return (x->returns == NULL) - (y->returns == NULL);
}

static void unlink_mark(struct mark *mark)
{
	mark->prev->next = mark->next;
	if (mark->next)
		mark->next->prev = mark->prev;
}

static void relink_mark(struct mark *mark)
{
	mark->prev->next = mark;
	if (mark->next)
		mark->next->prev = mark;
}

/* `marks` holds 2 * count entries; returns the list's head, sorted. */
static void build_list(struct mark *head, struct mark *marks, const struct history_event *events, size_t count)
{
	struct mark **order = must(calloc(2 * count + 1, sizeof(*order)));
	struct mark *last = head;

	for (size_t i = 0; i < count; i++) {
		marks[2 * i] =
			(struct mark){.returns = &marks[2 * i + 1], .event = &events[i], .time = events[i].invoked};
		marks[2 * i + 1] = (struct mark){.event = &events[i], .time = events[i].returned};
		order[2 * i] = &marks[2 * i];
		order[2 * i + 1] = &marks[2 * i + 1];
	}
	qsort(order, 2 * count, sizeof(*order), by_time);
	for (size_t i = 0; i < 2 * count; i++) {
		last->next = order[i];
		order[i]->prev = last;
		last = order[i];
	}
	free(order);
}

bool history_linearizable(const struct history_event *events, size_t count, const uint64_t initial[HISTORY_KEYS])
{
	struct mark *marks = must(calloc(2 * count + 1, sizeof(*marks)));
	struct mark **taken_marks = must(calloc(count + 1, sizeof(*taken_marks)));
	struct state *before = must(calloc(count + 1, sizeof(*before)));
	struct tried tried = {must(calloc(1024, sizeof(uint64_t))), 1024, 0};
	struct mark head = {0}, *at;
	struct state state;
	uint64_t taken = 0; /* the set of calls taken, as the sum of their mixed numbers */
	size_t depth = 0;
	bool found = true;

	memcpy(state.value, initial, sizeof(state.value));
	build_list(&head, marks, events, count);
	at = head.next;
	while (head.next) {
		if (at->returns) {
			struct state next = state;
			uint64_t token = mix((uint64_t)(at->event - events) + 1);

			if (step(&next, at->event) && insert(&tried, fingerprint(taken + token, &next))) {
				before[depth] = state;
				taken_marks[depth++] = at;
				state = next;
				taken += token;
				unlink_mark(at);
				unlink_mark(at->returns);
				at = head.next;
			} else {
				at = at->next;
			}
			continue;
		}
		/* This call has returned and could not be placed: go back. */
		if (!depth) {
			found = false;
			break;
		}
		at = taken_marks[--depth];
		state = before[depth];
		taken -= mix((uint64_t)(at->event - events) + 1);
		relink_mark(at->returns);
		relink_mark(at);
		at = at->next;
	}
	free(tried.slot);
	free(before);
	free(taken_marks);
	free(marks);
	return found;
}

/* ---- Text --------------------------------------------------------------- */

void history_print(const struct history_event *events, size_t count, FILE *out)
{
	static const char *const names[] = {"get",    "put",    "add",   "set",  "replace", "del",
					    "del_if", "update", "clear", "keep", "take",    "give_up", "add_int"};

	for (size_t i = 0; i < count; i++) {
		const struct history_event *e = &events[i];

		fprintf(out, "%u %u %s", e->thread, e->key, names[e->op]);
		if (e->op == HISTORY_REPLACE || e->op == HISTORY_DEL_IF)
			fprintf(out, " expected=%" PRIu64, e->expected);
		if (e->op != HISTORY_GET && e->op != HISTORY_DEL && e->op != HISTORY_DEL_IF && e->op != HISTORY_CLEAR)
			fprintf(out, " arg=%" PRIu64, e->arg);
		fprintf(out, " result=%d seen=%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", e->result, e->seen, e->invoked,
			e->returned);
	}
}
