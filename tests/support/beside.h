/*
 * beside: some threads look through a map, by walks or scans, while others write.
 *
 * Keys below `kept` stay.  Those from there on come and go: at times there are far
 * more of them than at others, so that tables come and go, too.
 */
#ifndef TEST_BESIDE_H
#define TEST_BESIDE_H

#include <stdatomic.h>

#include "crew.h"
#include "subject.h"

struct beside {
	const struct subject *subject;
	uint64_t kept;
	unsigned lookers, writers;
	void (*look)(struct crew_member *member); /* all that a looker does, outside of sections at first */
	_Atomic unsigned looking;		  /* lookers that have not come to their end */
};

/* Run it, outside of sections; writers write until every looker has come to its end. */
void beside_run(struct beside *beside);

#endif
