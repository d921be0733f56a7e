/*
 * pin: see pin.h.
 */
#include "pin.h"

#include <errno.h>
#include <stdlib.h>

#include "flavor_thread.h"

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore))
		if (errno != EINTR)
			abort();
}

static void *stay(void *arg)
{
	struct pin *pin = arg;

	flavor_register(pin->flavor);
	nbmap_domain_enter(pin->domain);
	sem_post(&pin->inside);
	await(&pin->leave);
	nbmap_domain_leave(pin->domain);
	flavor_unregister(pin->flavor);
	return NULL;
}

void pin_begin(struct pin *pin, struct nbmap_domain *domain, enum nbmap_flavor flavor)
{
	pin->domain = domain;
	pin->flavor = flavor;
	if (sem_init(&pin->inside, 0, 0) || sem_init(&pin->leave, 0, 0) ||
	    pthread_create(&pin->thread, NULL, stay, pin))
		abort();
	await(&pin->inside);
}

void pin_release(struct pin *pin)
{
	sem_post(&pin->leave);
}

void pin_end(struct pin *pin)
{
	/* Twice is as good as once: the semaphore goes with it. */
	pin_release(pin);
	pthread_join(pin->thread, NULL);
	sem_destroy(&pin->inside);
	sem_destroy(&pin->leave);
}
