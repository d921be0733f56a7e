/*
 * scenarios: the small programs that the model explores.
 */
#ifndef MODEL_SCENARIOS_H
#define MODEL_SCENARIOS_H

#include <stdbool.h>
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

/* Scenarios that are run in the same way. */
struct scenario_group {
	const struct scenario *scenario;
	size_t count;
	bool aside;	   /* keys 0 and 1 live in the side slots: for integers only */
	bool one_home;	   /* all keys have one home line, as with --one-home */
	bool integers;	   /* no value is boxed */
	bool writers_free; /* and a thread that only frees: quarantine.h */
};

extern const struct scenario_group scenario_groups[];
extern const size_t scenario_groups_count;

#endif
