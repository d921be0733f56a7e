/*
 * others: the threads that a test lets act beside its own; see fixture.h.
 */
#include "fixture.h"

#include <unistd.h>

void *synchronize_main(void *domain)
{
	return nbr_synchronize(domain) != 0 ? domain : NULL;
}

void *reclaim_main(void *domain)
{
	return nbr_reclaim(domain) < 0 ? domain : NULL;
}

void synchronize_elsewhere(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	join(flavor, spawn(synchronize_main, domain));
}

void await_grace_periods(struct nbr_domain *domain, enum nbr_flavor flavor, uint64_t number)
{
	bool was_online = flavor == NBR_QSBR && nbr_in_section(domain);

	if (was_online)
		(void)nbr_thread_offline(flavor);
	while (stats_of(domain).grace_periods < number)
		usleep(100);
	if (was_online)
		(void)nbr_thread_online(flavor);
}

void *barrier_main(void *arg)
{
	struct waiter *waiter = arg;
	size_t i;

	/* Not registered: only bp has a section to lose, and this thread enters none. */
	sem_post(&waiter->about);
	waiter->ok = nbr_barrier(waiter->domain) == 0;
	for (i = 0; i < waiter->n; i++)
		waiter->ok = waiter->ok && waiter->items[i].freed == 1;
	waiter->back = true;
	return NULL;
}

static void *pin_main(void *arg)
{
	struct pin *pin = arg;

	thread_in(pin->flavor);
	nbr_enter(pin->domain);
	gate_pass(&pin->gate);
	section_out(pin->domain, pin->flavor);
	thread_out(pin->flavor);
	return NULL;
}

void pin_start(struct pin *pin, struct nbr_domain *domain, enum nbr_flavor flavor)
{
	pin->domain = domain;
	pin->flavor = flavor;
	gate_init(&pin->gate);
	pin->thread = spawn(pin_main, pin);
	wait_sem(flavor, &pin->gate.entered);
}

void pin_end(struct pin *pin)
{
	sem_post(&pin->gate.open);
	join(pin->flavor, pin->thread);
}

void on_stall(void *user, unsigned age_ms)
{
	struct stall *stall = *(struct stall **)user;

	stall->age_ms = age_ms;
	stall->reports++;
	sem_post(&stall->reported);
}
