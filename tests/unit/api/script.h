/*
 * script: an update callback that does what a list says.
 *
 * `interfere` stands for another thread that changes the key between an
 * attempt's look and its CAS: a callback must not change the map, but that is
 * the one way to lose an attempt at will.
 */
#ifndef API_SCRIPT_H
#define API_SCRIPT_H

#include <stdbool.h>

struct script {
	struct {
		int action;
		void *value;
		bool keep_spare; /* leave *value as it is given */
		void (*interfere)(void);
	} step[4];
	unsigned calls;
	void *current[4], *spare[4]; /* what each call was shown */
};

/* Update key 1 as the script says. */
int update(struct script *script, void **seen);

#endif
