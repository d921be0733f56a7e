/*
 * script: an update callback that does what a list says.
 *
 * `interfere` is run in another thread, which changes the key between an
 * attempt's look and its CAS, so that the attempt is lost.
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
