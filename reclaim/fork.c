/*
 * fork: keep every domain whole across a fork() without exec.
 *
 * The child has one thread.  What any other thread held at that moment, a
 * mutex of ours, of liburcu or of malloc, stays held in it for ever.  Hence,
 * before the fork, this thread gets hold of everything the library's own
 * threads could be in the midst of:
 *
 *   every domain's seat     no round is under way: no grace period, no
 *                           callback, the reclaimer unknown to the flavour
 *   every watch's mutex     no report is under way
 *   the registry's mutex    no domain is being made or ended
 *   liburcu-bp's locks      by its own function
 *
 * In that order: a callback may need the registry, so it is not held while
 * waiting for a seat.  A seat is asked for under the registry's lock, where
 * the domain is certain to exist, and waited for without; who ends the domain
 * meanwhile gets in line behind us.
 *
 * In the child the domains find their locks as if new, and start new threads.
 * Garbage that waited goes on waiting, and is freed there as well.
 */
#include "cycle.h"
#include "registry.h"
#include "thread.h"

#include <errno.h>

/* The domains held across the fork, linked by next_forked; only the forking
 * thread looks at it, under the registry's lock. */
static struct nbr_domain *held;

static bool inside_any_section(void)
{
	struct nbr_domain *domain;

	for (domain = nbr_registry_first(); domain != NULL; domain = domain->next)
		if (nbr_in_section(domain))
			return true;
	return false;
}

static struct nbr_domain *first_not_held(void)
{
	struct nbr_domain *domain = nbr_registry_first();

	while (domain != NULL && domain->forking)
		domain = domain->next;
	return domain;
}

int nbr_before_fork(void)
{
	struct nbr_domain *domain;

	if (nbr_in_callback())
		return -EDEADLK;
	nbr_registry_lock();
	if (inside_any_section()) {
		nbr_registry_unlock();
		return -EDEADLK;
	}
	while ((domain = first_not_held()) != NULL) {
		domain->forking = true;
		domain->fork_ticket = nbr_seat_queue(&domain->seat);
		domain->next_forked = held;
		held = domain;
		nbr_registry_unlock();
		nbr_seat_await(&domain->seat, domain->fork_ticket);
		nbr_watch_park(&domain->watch);
		nbr_registry_lock();
	}
	nbr_flavor_before_fork();
	return 0;
}

static struct nbr_domain *next_held(void)
{
	struct nbr_domain *domain = held;

	if (domain != NULL) {
		held = domain->next_forked;
		domain->forking = false;
	}
	return domain;
}

void nbr_after_fork_parent(void)
{
	struct nbr_domain *domain;

	nbr_flavor_after_fork_parent();
	while ((domain = next_held()) != NULL) {
		nbr_watch_unpark(&domain->watch);
		nbr_seat_leave(&domain->seat);
	}
	nbr_registry_unlock();
}

/*
 * Made anew and not destroyed first: destroying a condition variable waits for
 * its waiters, who are gone.
 */
static int revive(struct nbr_domain *domain)
{
	bool threaded = domain->threaded;

	domain->threaded = false;
	domain->watch.started = false;
	if (nbr_seat_init(&domain->seat) != 0 || nbr_sleeper_init(&domain->sleeper) != 0)
		return -EAGAIN;
	return threaded ? nbr_reclaimer_start(domain) : 0;
}

int nbr_after_fork_child(void)
{
	struct nbr_domain *domain;
	int err = 0;

	nbr_flavor_after_fork_child();
	while ((domain = next_held()) != NULL) {
		int one = revive(domain);

		if (one != 0)
			err = one;
	}
	nbr_registry_unlock();
	return err;
}
