/*
 * reclaimer: see reclaimer.h.
 */
#include "reclaimer.h"

#include "callback.h"
#include "clock.h"
#include "free.h"
#include "retire.h"
#include "shelf.h"
#include "thread.h"

#include <errno.h>

/* How long garbage gathers before a grace period that nothing makes urgent, and
 * how long ripe garbage is left to those who retire. */
#define NAP_MS 10

/* For how many naps what has just become ripe is left to those who retire, while a
 * grace period is under way. */
#define NAPS_TO_RETIRERS 8

/* How often, in naps, batches that were not needed meanwhile are given back: the
 * need for them goes up and down with grace periods, which may take several naps. */
#define NAPS_TO_TRIM 64

static bool stopping(struct nbr_domain *domain)
{
	/* seq_cst: written before the sleepers are called, as any work is. */
	return atomic_load_explicit(&domain->stop, memory_order_seq_cst);
}

/* ---- The clock ---------------------------------------------------------- */

static bool tick_wanted(void *arg)
{
	struct nbr_domain *domain = arg;

	return stopping(domain) || nbr_clock_is_wanted(domain) || nbr_uncovered(domain);
}

static bool tick_urgent(void *arg)
{
	struct nbr_domain *domain = arg;

	return stopping(domain) || nbr_clock_is_wanted(domain) || nbr_clock_is_urgent(domain);
}

static void *clock_main(void *arg)
{
	struct nbr_domain *domain = arg;

	while (!stopping(domain)) {
		nbr_sleeper_sleep(&domain->clock_sleeper, tick_wanted, domain);
		nbr_sleeper_nap(&domain->clock_sleeper, NAP_MS, tick_urgent, domain);
		if (stopping(domain))
			break;
		nbr_seat_take(&domain->clock_seat);
		nbr_seal_for_clock(domain);
		nbr_clock_tick(domain);
		nbr_seat_leave(&domain->clock_seat);
		nbr_sleeper_call(&domain->freer_sleeper, nbr_pressed(domain));
	}
	return NULL;
}

/* ---- The freer ---------------------------------------------------------- */

static bool free_wanted(void *arg)
{
	struct nbr_domain *domain = arg;
	/* seq_cst: the look of sleeper.h. */
	uint64_t ended = atomic_load_explicit(&domain->clock.ended, memory_order_seq_cst);
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++)
		if (nbr_stripe_is_ripe(&domain->stripes[i], ended))
			return true;
	if (nbr_shelf_is_used(domain) && (ended > domain->freer_saw || nbr_shelf_got_back(domain)))
		return true;
	return stopping(domain);
}

static bool free_urgent(void *arg)
{
	return stopping(arg);
}

/*
 * What to free, where `ended` was that before the nap: all of it; or, if another
 * grace period has been begun meanwhile and so somebody retires, what was ripe
 * before the last one.  As that waited for everybody in a section, its retirers
 * have had their turn.  But if it does not come to its end for `naps`, they had time
 * enough: what is ripe must not wait for a reader that stays.
 */
static uint64_t left_by(struct nbr_domain *domain, uint64_t ended, unsigned naps)
{
	/* Relaxed: an estimate. */
	bool going_on = atomic_load_explicit(&domain->clock.begun, memory_order_relaxed) != ended;

	return going_on && ended > 0 && naps < NAPS_TO_RETIRERS ? ended - 1 : ended;
}

/* What is ripe by `ended`; in rounds, so that others get the seat, and what becomes
 * ripe meanwhile need not wait for the end of something large. */
static void free_left(struct nbr_domain *domain, uint64_t ended, unsigned naps)
{
	uint64_t target = left_by(domain, ended, naps);
	uint64_t objects = 0;
	bool more;

	do {
		enum nbr_guest guest;

		domain->freer_saw = target;
		nbr_shelf_forget_back(domain);
		nbr_seat_take(&domain->freer_seat);
		guest = nbr_guest_begin(domain);
		more = nbr_free_round(domain, target, &objects);
		nbr_guest_end(domain, guest);
		nbr_seat_leave(&domain->freer_seat);
		if (nbr_clock_ended(domain) != ended) {
			ended = nbr_clock_ended(domain);
			naps = 0;
		}
		target = left_by(domain, ended, naps);
	} while (more && !stopping(domain));
}

static void trim(struct nbr_domain *domain)
{
	nbr_seat_take(&domain->freer_seat);
	nbr_free_idle_spares(domain);
	nbr_seat_leave(&domain->freer_seat);
}

static void *freer_main(void *arg)
{
	struct nbr_domain *domain = arg;
	unsigned naps = 0, at_same = 0; /* the latter with `ended` as it is */
	uint64_t ended = 0;

	while (!stopping(domain)) {
		nbr_sleeper_sleep(&domain->freer_sleeper, free_wanted, domain);
		at_same = nbr_clock_ended(domain) == ended ? at_same + 1 : 0;
		ended = nbr_clock_ended(domain);
		nbr_sleeper_nap(&domain->freer_sleeper, NAP_MS, free_urgent, domain);
		free_left(domain, ended, at_same);
		if (++naps % NAPS_TO_TRIM == 0 || nbr_backlog(domain).objects == 0)
			trim(domain);
	}
	return NULL;
}

/* ---- Both --------------------------------------------------------------- */

static int start_threads(struct nbr_domain *domain)
{
	if (nbr_thread_start(&domain->clock_thread, "nbmap-clock", &domain->hooks, clock_main, domain) != 0)
		return -EAGAIN;
	if (nbr_thread_start(&domain->freer_thread, "nbmap-reclaim", &domain->hooks, freer_main, domain) != 0) {
		/* seq_cst: pairs with stopping(). */
		atomic_store_explicit(&domain->stop, true, memory_order_seq_cst);
		nbr_sleeper_call(&domain->clock_sleeper, true);
		pthread_join(domain->clock_thread, NULL);
		return -EAGAIN;
	}
	return 0;
}

int nbr_reclaimer_start(struct nbr_domain *domain)
{
	/* Relaxed: the threads that read it do not exist yet. */
	atomic_store_explicit(&domain->stop, false, memory_order_relaxed);
	domain->threaded = false;
	if (nbr_watch_start(&domain->watch) != 0)
		return -EAGAIN;
	if (start_threads(domain) != 0) {
		nbr_watch_stop(&domain->watch);
		return -EAGAIN;
	}
	domain->threaded = true;
	return 0;
}

void nbr_reclaimer_stop(struct nbr_domain *domain)
{
	if (domain->threaded) {
		/* seq_cst: pairs with stopping(), as work does in sleeper.h. */
		atomic_store_explicit(&domain->stop, true, memory_order_seq_cst);
		nbr_sleeper_call(&domain->clock_sleeper, true);
		nbr_sleeper_call(&domain->freer_sleeper, true);
		pthread_join(domain->clock_thread, NULL);
		pthread_join(domain->freer_thread, NULL);
		domain->threaded = false;
	}
	nbr_watch_stop(&domain->watch);
}
