/*
 * fork: keep every domain whole across a fork() without exec.
 *
 * The child has one thread.  What any other thread held at that moment, a
 * mutex of ours, of liburcu or of malloc, stays held in it for ever.  Hence,
 * before the fork, this thread gets hold of everything the library's own
 * threads could be in the midst of:
 *
 *   every domain's seats    no grace period and no callback is under way, the
 *                           freer is unknown to the flavour; nobody who may wait
 *                           holds a stripe, or has said that one is wanted
 *   every watch's report    is over, and none begins without a grace period
 *   the registry's mutex    no domain is being made or ended
 *   the readers' mutex      no thread is registering, or is looked for
 *   liburcu-bp's locks      by its own function
 *
 * In that order: a callback may need the registry, so it is not held while
 * waiting for a seat.  A seat is asked for under the registry's lock, where
 * the domain is certain to exist, and waited for without; who ends the domain
 * meanwhile gets in line behind us.  Another thread that wants to fork waits
 * until we have.
 *
 * In the child the domains find their locks as if new, and start new threads.
 * Garbage that waited goes on waiting, and is freed there as well.
 */
#include "clock.h"
#include "hands.h"
#include "readers.h"
#include "reclaimer.h"
#include "registry.h"

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

/* With the registry's lock, which is let go meanwhile. */
static void hold_all(void)
{
	struct nbr_domain *domain;

	while ((domain = first_not_held()) != NULL) {
		domain->forking = true;
		domain->clock_ticket = nbr_seat_queue(&domain->clock_seat);
		domain->freer_ticket = nbr_seat_queue(&domain->freer_seat);
		domain->sealer_ticket = nbr_seat_queue(&domain->sealer_seat);
		domain->next_forked = held;
		held = domain;
		nbr_registry_unlock();
		nbr_seat_await(&domain->clock_seat, domain->clock_ticket);
		nbr_seat_await(&domain->freer_seat, domain->freer_ticket);
		nbr_seat_await(&domain->sealer_seat, domain->sealer_ticket);
		nbr_watch_await(&domain->watch);
		nbr_registry_lock();
	}
}

int nbr_before_fork(void)
{
	int err = nbr_registry_check_process(), cancel_state;

	if (err == 0 && nbr_in_callback())
		err = -EDEADLK;
	if (err != 0)
		return err;
	/* Cancelled while it waits, the thread would leave all of it taken. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	nbr_registry_lock();
	if (inside_any_section())
		err = -EDEADLK;
	if (err == 0) {
		nbr_registry_fork_begin();
		hold_all();
		nbr_readers_fork_begin();
		nbr_flavor_before_fork();
	} else {
		nbr_registry_unlock();
	}
	pthread_setcancelstate(cancel_state, NULL);
	return err;
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
	nbr_readers_fork_end(false);
	while ((domain = next_held()) != NULL) {
		nbr_seat_leave(&domain->sealer_seat);
		nbr_seat_leave(&domain->freer_seat);
		nbr_seat_leave(&domain->clock_seat);
	}
	nbr_registry_fork_end(false);
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
	/* Relaxed: there is one thread.  Who was in a barrier is not here. */
	atomic_store_explicit(&domain->patient, 0, memory_order_relaxed);
	nbr_hands_forget(domain);
	if (nbr_seat_init(&domain->clock_seat) != 0 || nbr_seat_init(&domain->freer_seat) != 0 ||
	    nbr_seat_init(&domain->hands_seat) != 0 || nbr_seat_init(&domain->sealer_seat) != 0 ||
	    nbr_sleeper_init(&domain->clock_sleeper) != 0 || nbr_sleeper_init(&domain->freer_sleeper) != 0 ||
	    nbr_clock_init(&domain->clock) != 0)
		return -EAGAIN;
	return threaded ? nbr_reclaimer_start(domain) : 0;
}

int nbr_after_fork_child(void)
{
	struct nbr_domain *domain;
	int err = 0, cancel_state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	nbr_flavor_after_fork_child();
	nbr_readers_fork_end(true);
	nbr_registry_fork_end(true);
	/* There is no other thread yet that could forget a domain; and those that are
	 * now started may make some. */
	nbr_registry_unlock();
	while ((domain = next_held()) != NULL) {
		int one = revive(domain);

		if (one != 0)
			err = one;
	}
	pthread_setcancelstate(cancel_state, NULL);
	return err;
}
