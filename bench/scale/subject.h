/*
 * subject: a map that is worked on, simulated or for real.
 *
 * Keys and values are 64-bit integers, values from 1 to 2^48; a boxed subject keeps each
 * value in a block of its own, which it frees when the value is replaced.
 */
#ifndef SCALE_SUBJECT_H
#define SCALE_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct subject {
	const char *name;
	bool grows, boxes;			    /* what it can do beside the rest */
	void *(*create)(uint64_t room, bool boxed); /* room 0: the least; ends the process without memory */
	void (*destroy)(void *map);
	/* by each thread, first and last; and now and then, outside of the calls below */
	void (*begin)(void *map, unsigned thread);
	void (*end)(void *map);
	void (*quiescent)(void *map);
	uint64_t (*get)(void *map, uint64_t key); /* 0: not there */
	void (*put)(void *map, uint64_t key, uint64_t value);
	bool (*remove)(void *map, uint64_t key); /* whether it was there */
	uint64_t (*count)(void *map);
};

/* This library; a plain table behind one lock; the same where readers are counted. */
extern const struct subject subject_nbmap, subject_lock, subject_readers;

#define SUBJECTS 3
extern const struct subject *const subjects[SUBJECTS];

/* No memory, or an answer that cannot be: says so and ends the process. */
_Noreturn void subject_fail(const char *what);

#endif
