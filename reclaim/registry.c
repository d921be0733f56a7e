/*
 * registry: see registry.h.
 */
#include "registry.h"

#include <errno.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct nbr_domain *first;
static struct nbr_domain *shared[NBR_FLAVORS][2];
static _Atomic long process; /* a pid_t */
static _Atomic uint64_t removals;

static pthread_cond_t fork_over = PTHREAD_COND_INITIALIZER;
static bool forking;
static _Thread_local bool forker NBR_FAST_TLS; /* this thread is the one */

int nbr_registry_check_process(void)
{
	/* Relaxed: who asks knows a domain, or made none yet; a child has one thread. */
	long made_in = atomic_load_explicit(&process, memory_order_relaxed);

	if (forker)
		return -EDEADLK;
	return made_in != 0 && made_in != (long)getpid() ? -ECHILD : 0;
}

/* Relaxed: see there. */
static void note_process(void)
{
	atomic_store_explicit(&process, first != NULL ? (long)getpid() : 0, memory_order_relaxed);
}

void nbr_registry_lock(void)
{
	pthread_mutex_lock(&mutex);
}

void nbr_registry_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

struct nbr_domain *nbr_registry_first(void)
{
	return first;
}

struct nbr_domain **nbr_registry_shared(enum nbr_flavor flavor, bool thread)
{
	return &shared[flavor][thread];
}

void nbr_registry_add(struct nbr_domain *domain)
{
	domain->next = first;
	first = domain;
	note_process();
}

void nbr_registry_remove(struct nbr_domain *domain)
{
	struct nbr_domain **link = &first;
	unsigned i;

	while (*link != domain)
		link = &(*link)->next;
	*link = domain->next;
	/* Both places: after a fork the one with a thread may have lost it. */
	for (i = 0; i < 2; i++)
		if (shared[domain->flavor][i] == domain)
			shared[domain->flavor][i] = NULL;
	/* Relaxed: see there. */
	atomic_fetch_add_explicit(&removals, 1, memory_order_relaxed);
	note_process();
}

/* Relaxed: a grace period that begins after the addition waits for a section that does not
 * see it, and what ends with a domain is freed after that. */
uint64_t nbr_registry_removals(void)
{
	return atomic_load_explicit(&removals, memory_order_relaxed);
}

void nbr_registry_fork_begin(void)
{
	while (forking)
		pthread_cond_wait(&fork_over, &mutex);
	forking = true;
	forker = true;
}

void nbr_registry_fork_end(bool child)
{
	static const pthread_cond_t anew = PTHREAD_COND_INITIALIZER;

	forking = false;
	forker = false;
	if (child) {
		fork_over = anew; /* its waiters are not here */
		note_process();
	} else {
		pthread_cond_broadcast(&fork_over);
	}
}
