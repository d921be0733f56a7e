/*
 * callback: see callback.h.
 */
#include "callback.h"

#include <errno.h>

static _Thread_local bool in_callback NBR_FAST_TLS;

/* The sections that callbacks of this thread are in, for each flavour, and what the
 * end of the outermost has to undo. */
static _Thread_local unsigned depth[NBR_FLAVORS] NBR_FAST_TLS;
static _Thread_local bool came_online[NBR_FLAVORS] NBR_FAST_TLS;
static _Thread_local bool came_registered[NBR_FLAVORS] NBR_FAST_TLS;

bool nbr_in_callback(void)
{
	return in_callback;
}

bool nbr_callback_begin(void)
{
	bool outer = in_callback;

	in_callback = true;
	return outer;
}

void nbr_callback_end(bool outer)
{
	in_callback = outer;
}

int nbr_may_wait(const struct nbr_domain *domain)
{
	if (in_callback || (domain->flavor != NBR_QSBR && domain->rcu->read_ongoing()))
		return -EDEADLK;
	return 0;
}

enum nbr_guest nbr_guest_begin(const struct nbr_domain *domain)
{
	enum nbr_guest guest = NBR_GUEST_AS_IS;

	if (!nbr_registered(domain->flavor)) {
		(void)nbr_thread_register(domain->flavor);
		guest = NBR_GUEST_UNREGISTERS;
	}
	if (domain->flavor != NBR_QSBR || !domain->rcu->read_ongoing())
		return guest;
	nbr_annotate_quiescent(domain->flavor);
	domain->rcu->thread_offline();
	return guest == NBR_GUEST_AS_IS ? NBR_GUEST_GOES_ONLINE : guest;
}

void nbr_guest_end(const struct nbr_domain *domain, enum nbr_guest guest)
{
	if (guest == NBR_GUEST_UNREGISTERS)
		(void)nbr_thread_unregister(domain->flavor);
	else if (guest == NBR_GUEST_GOES_ONLINE)
		domain->rcu->thread_online();
}

/* ---- Sections ----------------------------------------------------------- */

void nbr_enter_in_callback(const struct nbr_domain *domain)
{
	enum nbr_flavor flavor = domain->flavor;

	if (depth[flavor]++ != 0)
		return;
	came_registered[flavor] = !nbr_registered(flavor);
	if (came_registered[flavor])
		(void)nbr_thread_register(flavor);
	came_online[flavor] = flavor == NBR_QSBR && !domain->rcu->read_ongoing();
	if (came_online[flavor])
		domain->rcu->thread_online();
}

void nbr_leave_in_callback(const struct nbr_domain *domain)
{
	enum nbr_flavor flavor = domain->flavor;

	if (--depth[flavor] != 0)
		return;
	if (came_registered[flavor])
		(void)nbr_thread_unregister(flavor);
	else if (came_online[flavor])
		domain->rcu->thread_offline();
}
