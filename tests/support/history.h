/*
 * history: what threads did to a map and what they were told, and whether
 * some one order of all of it explains the answers.
 *
 * The check is Wing and Gong's search (1993) in Lowe's form (2016): walk the
 * calls in order of invocation, take any that may come next and whose answer
 * fits, remember each (set taken, state) so that none is tried twice, go back
 * when a call has returned before anything that fits.
 *
 * Histories of several keys are checked whole.  Those that concern single
 * keys only may be split by key first, as linearizability is local.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HISTORY_KEYS 8

enum history_op {
	HISTORY_GET,
	HISTORY_PUT,
	HISTORY_ADD,
	HISTORY_SET,
	HISTORY_REPLACE,
	HISTORY_DEL,
	HISTORY_DEL_IF,
	HISTORY_UPDATE, /* the value becomes what it was, 0 if none, plus arg */
	HISTORY_CLEAR,
	/* updates that end in another way: leave the key, remove its value, give up with -arg */
	HISTORY_KEEP,
	HISTORY_TAKE,
	HISTORY_GIVE_UP,
	/* Values are integers plus 1: to the integer, 0 if none, arg is added, which may be below 0;
	 * -ERANGE where that would be. */
	HISTORY_ADD_INT,
};

/* One call.  Values are numbers other than 0; 0 is "absent". */
struct history_event {
	unsigned thread;
	enum history_op op;
	unsigned key; /* below HISTORY_KEYS */
	uint64_t arg; /* HISTORY_GIVE_UP: the errno */
	uint64_t expected; /* replace, del_if */
	int result;	   /* 0 or -errno; -ENOMEM and -ENOBUFS change nothing */
	uint64_t seen;
	uint64_t invoked, returned; /* on one clock of all threads */
};

/* Whether the events are linearizable from `initial`, a value a key. */
bool history_linearizable(const struct history_event *events, size_t count, const uint64_t initial[HISTORY_KEYS]);

/* One event a line: thread key op args result invoked returned. */
void history_print(const struct history_event *events, size_t count, FILE *out);

#endif
