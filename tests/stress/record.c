/*
 * record: see record.h.
 */
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void record_add(struct record *record, const struct history_event *event)
{
	if (record->count == record->room) {
		size_t room = record->room ? record->room * 2 : 256;
		struct history_event *events = realloc(record->events, room * sizeof(*events));

		if (!events) {
			fprintf(stderr, "nbmap-stress: no memory for the history\n");
			exit(2);
		}
		record->events = events;
		record->room = room;
	}
	record->events[record->count++] = *event;
}

void record_write(const struct record *record, FILE *out)
{
	fprintf(out, "round %llu\ninitial", record->round);
	for (unsigned key = 0; key < HISTORY_KEYS; key++)
		fprintf(out, " %" PRIu64, record->initial[key]);
	fputc('\n', out);
	history_print(record->events, record->count, out);
}

/* ---- Checking ----------------------------------------------------------- */

static int by_invocation(const void *a, const void *b)
{
	const struct history_event *x = a, *y = b;

	return x->invoked < y->invoked ? -1 : x->invoked > y->invoked;
}

static bool explained(struct record *part, const char *what, FILE *out)
{
	if (history_linearizable(part->events, part->count, part->initial))
		return true;
	qsort(part->events, part->count, sizeof(*part->events), by_invocation);
	fprintf(out, "# not linearizable: %s\n", what);
	record_write(part, out);
	return false;
}

bool record_check(const struct record *record, FILE *out)
{
	struct record part = {.round = record->round};
	bool whole = false, good = true;
	char name[16];

	memcpy(part.initial, record->initial, sizeof(part.initial));
	for (size_t i = 0; i < record->count; i++)
		whole = whole || record->events[i].op == HISTORY_CLEAR;
	for (unsigned key = 0; key < (whole ? 1 : HISTORY_KEYS) && good; key++) {
		part.count = 0;
		for (size_t i = 0; i < record->count; i++)
			if (whole || record->events[i].key == key)
				record_add(&part, &record->events[i]);
		snprintf(name, sizeof(name), "key %u", key);
		good = explained(&part, whole ? "all keys" : name, out);
	}
	free(part.events);
	return good;
}

/* ---- Reading ------------------------------------------------------------ */

static bool parse_number(const char *word, const char *prefix, uint64_t *number)
{
	size_t length = strlen(prefix);
	char *end;

	if (!word || strncmp(word, prefix, length) != 0 || word[length] < '0' || word[length] > '9')
		return false;
	errno = 0;
	*number = strtoull(word + length, &end, 10);
	return !*end && !errno;
}

static bool parse_op(const char *word, enum history_op *op)
{
	static const char *const names[] = {"get", "put", "add", "set", "replace", "del", "del_if", "update", "clear"};

	for (unsigned i = 0; word && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(word, names[i]) == 0) {
			*op = (enum history_op)i;
			return true;
		}
	return false;
}

#define SPACE " \t\r\n"

/* One call; `word` is the line's first. */
static bool parse_event(char *word, struct history_event *event)
{
	uint64_t thread, key, magnitude;
	bool negative;

	memset(event, 0, sizeof(*event));
	if (!parse_number(word, "", &thread) || thread > 1000000)
		return false;
	if (!parse_number(strtok(NULL, SPACE), "", &key) || key >= HISTORY_KEYS)
		return false;
	if (!parse_op(strtok(NULL, SPACE), &event->op))
		return false;
	event->thread = (unsigned)thread;
	event->key = (unsigned)key;
	word = strtok(NULL, SPACE);
	if (parse_number(word, "expected=", &event->expected))
		word = strtok(NULL, SPACE);
	if (parse_number(word, "arg=", &event->arg))
		word = strtok(NULL, SPACE);
	negative = word && strncmp(word, "result=-", 8) == 0;
	if (!parse_number(word, negative ? "result=-" : "result=", &magnitude) || magnitude > 4096)
		return false;
	event->result = negative ? -(int)magnitude : (int)magnitude;
	return parse_number(strtok(NULL, SPACE), "seen=", &event->seen) &&
	       parse_number(strtok(NULL, SPACE), "", &event->invoked) &&
	       parse_number(strtok(NULL, SPACE), "", &event->returned) && event->invoked <= event->returned &&
	       !strtok(NULL, SPACE);
}

static bool parse_initial(uint64_t initial[HISTORY_KEYS])
{
	for (unsigned key = 0; key < HISTORY_KEYS; key++)
		if (!parse_number(strtok(NULL, SPACE), "", &initial[key]))
			return false;
	return !strtok(NULL, SPACE);
}

int record_check_file(const char *path)
{
	FILE *file = fopen(path, "r");
	struct record record = {.round = 0};
	struct history_event event;
	unsigned long number = 0, rounds = 0, bad = 0, calls = 0;
	bool readable = true;
	char line[512];

	if (!file) {
		fprintf(stderr, "nbmap-stress: %s: %s\n", path, strerror(errno));
		return 2;
	}
	while (readable && fgets(line, sizeof(line), file)) {
		char *word = strtok(line, SPACE);
		uint64_t round = 0;

		number++;
		if (!word || *word == '#')
			continue;
		if (strcmp(word, "round") == 0) {
			bad += !record_check(&record, stdout);
			record.count = 0;
			memset(record.initial, 0, sizeof(record.initial));
			readable = parse_number(strtok(NULL, SPACE), "", &round);
			record.round = round;
			rounds++;
		} else if (strcmp(word, "initial") == 0) {
			readable = parse_initial(record.initial);
		} else {
			readable = parse_event(word, &event);
			if (readable)
				record_add(&record, &event);
			calls++;
		}
	}
	bad += !record_check(&record, stdout);
	if (!readable)
		fprintf(stderr, "nbmap-stress: %s:%lu: not a line of a history\n", path, number);
	readable = readable && !ferror(file);
	fclose(file);
	free(record.events);
	printf("%lu rounds, %lu calls, %lu not linearizable\n", rounds, calls, bad);
	return !readable ? 2 : bad != 0;
}
