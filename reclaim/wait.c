/*
 * wait: the calls that wait for grace periods, and for frees.
 *
 * Barrier.  An object x retired before the call is FREED, or in a stripe, OPEN or
 * not, or on the shelf, or IN HAND.
 *
 *   seal     after we have held each stripe once, x is no longer OPEN.  (If some
 *            thread h held x's batch when we came, we waited for h to leave it.)
 *   tick     a grace period n that begins after that: x's stamp <= n.
 *   hands    nodes: who retires and has one in hand took it before he saw us
 *            `patient`, so we wait for him; it is done, or on the shelf.
 *   free     with the freer's seat: no guest has x in hand.  We free all that is
 *            ripe by n.
 *   hands    x is FREED, or in the hand of one who retires, for whom this waits.
 *
 * Within a time.  Nobody is waited for but by the clock's condition: a stripe that is
 * held is left to the clock, which seals it, and a seat that is taken to who has it, who
 * does what we would.  So there is a promise of readers, but none of frees.
 */
#include "callback.h"
#include "clock.h"
#include "free.h"
#include "registry.h"
#include "retire.h"

#include <errno.h>
#include <limits.h>

int nbr_check_outside(const struct nbr_domain *domain)
{
	int err = nbr_registry_check_process();

	return err != 0 ? err : nbr_may_wait(domain);
}

/* Cancelled in between, a thread would leave locks taken, for ever. */
int nbr_visit_begin(const struct nbr_domain *domain, struct nbr_visit *visit)
{
	int err = nbr_check_outside(domain);

	if (err == 0) {
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &visit->cancel_state);
		visit->guest = (int)nbr_guest_begin(domain);
	}
	return err;
}

void nbr_visit_end(const struct nbr_domain *domain, const struct nbr_visit *visit)
{
	nbr_guest_end(domain, (enum nbr_guest)visit->guest);
	pthread_setcancelstate(visit->cancel_state, NULL);
}

int nbr_synchronize(struct nbr_domain *domain)
{
	struct nbr_visit visit;
	int err = nbr_visit_begin(domain, &visit);

	if (err != 0)
		return err;
	nbr_clock_await(domain, nbr_clock_stamp(domain));
	nbr_visit_end(domain, &visit);
	return 0;
}

int nbr_barrier(struct nbr_domain *domain)
{
	struct nbr_visit visit;
	int err = nbr_visit_begin(domain, &visit);
	uint64_t stamp;

	if (err != 0)
		return err;
	/* seq_cst: before the look at the hands; see free.c. */
	atomic_fetch_add_explicit(&domain->patient, 1, memory_order_seq_cst);
	nbr_seal_patiently(domain);
	stamp = nbr_clock_stamp(domain);
	nbr_clock_await(domain, stamp);
	nbr_hands_await(domain);
	nbr_seat_take(&domain->freer_seat);
	nbr_free_all(domain, stamp);
	nbr_free_idle_spares(domain);
	nbr_seat_leave(&domain->freer_seat);
	nbr_hands_await(domain);
	/* Relaxed: late is as good. */
	atomic_fetch_sub_explicit(&domain->patient, 1, memory_order_relaxed);
	nbr_visit_end(domain, &visit);
	return 0;
}

static long count_out(uint64_t objects)
{
	return objects > LONG_MAX ? LONG_MAX : (long)objects;
}

long nbr_reclaim(struct nbr_domain *domain)
{
	struct nbr_visit visit;
	int err = nbr_visit_begin(domain, &visit);
	uint64_t objects, stamp;

	if (err != 0)
		return err;
	nbr_seal_patiently(domain);
	stamp = nbr_clock_stamp(domain);
	nbr_clock_await(domain, stamp);
	nbr_seat_take(&domain->freer_seat);
	objects = nbr_free_all(domain, stamp);
	nbr_free_spares(domain);
	nbr_seat_leave(&domain->freer_seat);
	nbr_visit_end(domain, &visit);
	return count_out(objects);
}

/* When `ns` from now is, or the end of time. */
static uint64_t time_in(uint64_t ns)
{
	uint64_t now = nbr_now_ns();

	return ns < UINT64_MAX - now ? now + ns : UINT64_MAX;
}

/* For a guest: what nobody else is at. */
static uint64_t free_if_nobody_does(struct nbr_domain *domain, uint64_t stamp, uint64_t end_ns)
{
	uint64_t objects;

	if (!nbr_seat_try(&domain->freer_seat))
		return 0;
	objects = nbr_free_until(domain, stamp, end_ns);
	nbr_seat_leave(&domain->freer_seat);
	return objects;
}

long nbr_reclaim_within(struct nbr_domain *domain, uint64_t ns)
{
	uint64_t end_ns = time_in(ns), objects = 0, stamp;
	struct nbr_visit visit;
	int err = nbr_visit_begin(domain, &visit);

	if (err != 0)
		return err;
	if (domain->threaded) {
		nbr_seal_at_once(domain);
		stamp = nbr_clock_stamp(domain);
		if (nbr_clock_await_until(domain, stamp, end_ns))
			objects = free_if_nobody_does(domain, stamp, end_ns);
		else
			err = -ETIMEDOUT;
	} else {
		err = -EINVAL; /* a grace period that we ran we could not leave */
	}
	nbr_visit_end(domain, &visit);
	return err != 0 ? err : count_out(objects);
}
