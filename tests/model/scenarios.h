/*
 * scenarios: the small programs that the model explores.
 */
#ifndef MODEL_SCENARIOS_H
#define MODEL_SCENARIOS_H

#include <stddef.h>

#include "scheduler.h"

struct scenario {
	const char *name;
	const char *about;
	void (*before)(void); /* alone, on an empty map; may be NULL */
	void (*thread[SCHEDULER_THREADS])(void);
	void (*after)(void); /* alone, before the world ends; may be NULL */
	unsigned bound;      /* of interruptions, in the ordinary run */
};

extern const struct scenario scenarios[];
extern const size_t scenarios_count;

#endif
