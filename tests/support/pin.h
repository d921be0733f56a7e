/*
 * pin: a reader that stays in its section until it is told to leave.  No grace
 * period ends meanwhile, so that what waits goes on waiting.
 */
#ifndef TEST_PIN_H
#define TEST_PIN_H

#include <pthread.h>
#include <semaphore.h>

#include "nbmap.h"

struct pin {
	struct nbmap_domain *domain;
	enum nbmap_flavor flavor;
	pthread_t thread;
	sem_t inside, leave;
};

/* When it returns the reader is inside (for QSBR: online). */
void pin_begin(struct pin *pin, struct nbmap_domain *domain, enum nbmap_flavor flavor);

/* Tell it to leave; and wait for it besides. */
void pin_release(struct pin *pin);
void pin_end(struct pin *pin);

#endif
