/*
 * record: histories as text, and their check round by round.
 *
 * A file is a sequence of rounds.  Each is checked by itself, from the values
 * the keys had when it began:
 *
 *   # anything                              a comment
 *   round 17                                a round begins
 *   initial 0 5 0 0 0 0 0 0                 values of keys 0 to 7; 0: none
 *   2 1 put arg=35 result=0 seen=5 10 13    one call
 *
 * A call is `thread key op args result invoked returned`:
 *
 *   thread, key        numbers; the highest thread is the one that reads all
 *                      keys when the others have met again
 *   op                 get put add set replace del del_if update clear
 *   expected=V         replace and del_if: what the value was compared with
 *   arg=V              the value to store; update: what to add to it
 *   result=R           0 or a negative errno; -12 (ENOMEM) and -105 (ENOBUFS)
 *                      change nothing
 *   seen=V             the value the key had, or what get answered; 0: none
 *   invoked, returned  ticks of a clock that all threads share
 */
#ifndef STRESS_RECORD_H
#define STRESS_RECORD_H

#include <stdio.h>

#include "history.h"

struct record {
	unsigned long long round;
	uint64_t initial[HISTORY_KEYS];
	struct history_event *events;
	size_t count, room;
};

/* Append an event.  Ends the program if there is no memory. */
void record_add(struct record *record, const struct history_event *event);

void record_write(const struct record *record, FILE *out);

/*
 * Whether some order explains the round; key by key, if it has no clear.  If
 * none does, prints what cannot be explained to `out`.
 */
bool record_check(const struct record *record, FILE *out);

/* Check every round of a file: 0, 1 if one is wrong, 2 if it cannot be read. */
int record_check_file(const char *path);

#endif
