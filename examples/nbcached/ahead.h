/*
 * ahead: gets that come next are looked up at once, so that their waits for memory overlap.
 *
 * The bytes behind a get's key are read ahead: more keys of the line, and further lines that
 * are gets, up to AHEAD keys or the first line that is none.  A key that was looked up ahead
 * is known by where it stands in the input.
 *
 * ORDER.  Between the first key and the last there is no command but gets, so no write of this
 * connection's lies between a look and its answer.  A write of another connection's may: it
 * is concurrent with the get, whose client waits for the answer.
 *
 * SECTIONS.  The items are good within the turn.  ahead_begin() at its begin forgets the rest
 * of the last one.
 */
#ifndef NBCACHED_AHEAD_H
#define NBCACHED_AHEAD_H

#include "store.h"

#define AHEAD STORE_LOOKS

struct ahead {
	unsigned next, count;
	const char *end; /* of the input */
	struct text key[AHEAD];
	struct looked looked[AHEAD];
};

/* A turn begins, whose input ends at `end`. */
static inline void ahead_begin(struct ahead *ahead, const char *end)
{
	ahead->next = ahead->count = 0;
	ahead->end = end;
}

/* As store_get(), of a key that stands in the input of the turn.  [section] */
struct item *ahead_get(struct ahead *ahead, struct store_thread *thread, struct text key);

#endif
