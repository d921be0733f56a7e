/*
 * sliced: nodes that are freed in slices, each of which writes down its letter.
 */
#ifndef RECLAIM_SLICED_H
#define RECLAIM_SLICED_H

#include "fixture.h"

struct sliced {
	struct item item; /* first, and the node is its first */
	unsigned slices;
	char letter;
	struct gate *gate; /* at its first slice */
	size_t each;	   /* bytes that a slice takes off */
};

extern char order[1000];		   /* of letters */
extern _Atomic unsigned steps;		   /* of them */
extern _Thread_local unsigned slices_here; /* by this thread */

void step(char letter);
void retire_sliced(struct nbr_domain *domain, enum nbr_flavor flavor, struct sliced *sliced, size_t bytes);

/* Of a test: this thread is registered, and a domain made; and the opposite. */
struct nbr_domain *start(enum nbr_flavor flavor, struct nbr_config config);
void end(struct nbr_domain *domain, enum nbr_flavor flavor);

#endif
