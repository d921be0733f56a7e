/*
 * thread: the reclaimer.
 *
 *   sleep until there may be work -> nap, so that garbage gathers -> one round
 *
 * The nap bounds how often an idle-ish domain disturbs the machine: a grace
 * period costs an interrupt on every CPU with some flavours.  Garbage that
 * passes nbr_domain.wake_objects or wake_bytes ends the nap.
 *
 * A partial batch in a stripe is work, too, so it is taken within one nap of
 * its first entry.  A stripe that somebody holds counts as work as well, for
 * what it holds is not known: the reclaimer then looks again after each nap.
 *
 * The thread is registered with the flavour only while it runs callbacks.
 * Elsewhere liburcu does not know it: QSBR need not be told of its sleep, and
 * fork() may happen whenever somebody else has the seat.
 */
#include "thread.h"

#include "batch.h"
#include "cycle.h"
#include "domain.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>

/* How long garbage gathers before a round that nothing makes urgent. */
#define NAP_MS 10

struct birth {
	void *(*run)(void *);
	void *arg;
	sem_t born;
};

static void *first_steps(void *arg)
{
	struct birth *birth = arg;
	void *(*run)(void *) = birth->run;
	void *its_arg = birth->arg;

	sem_post(&birth->born); /* and `birth` is gone */
	return run(its_arg);
}

/*
 * Returns when the thread runs.  On its way there it may hold locks of the C
 * library, of malloc, of a sanitizer, which nbr_before_fork() could not know
 * of; and fork() may follow at once.
 */
int nbr_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	struct birth birth = {.run = run, .arg = arg};
	sigset_t all, old;
	int err;

	if (sem_init(&birth.born, 0, 0) != 0)
		return EAGAIN;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, NULL, first_steps, &birth);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	while (err == 0 && sem_wait(&birth.born) != 0)
		; /* a signal */
	sem_destroy(&birth.born);
	return err;
}

static bool stopping(struct nbr_domain *domain)
{
	/* seq_cst: written before nbr_sleeper_wake(), as any work is. */
	return atomic_load_explicit(&domain->stop, memory_order_seq_cst);
}

static bool work_waits(void *arg)
{
	struct nbr_domain *domain = arg;

	/* Stripes first: a full batch is queued before its stripe is emptied. */
	return stopping(domain) || nbr_stripes_used(domain) || nbr_queue_used(domain);
}

static bool work_is_urgent(void *arg)
{
	struct nbr_domain *domain = arg;

	return stopping(domain) || nbr_urgent(domain);
}

static void *reclaimer_main(void *arg)
{
	struct nbr_domain *domain = arg;

	while (!stopping(domain)) {
		if (!work_waits(domain)) {
			nbr_seat_take(&domain->seat);
			nbr_spare_return(domain);
			nbr_seat_leave(&domain->seat);
		}
		nbr_sleeper_sleep(&domain->sleeper, work_waits, domain);
		nbr_sleeper_nap(&domain->sleeper, NAP_MS, work_is_urgent, domain);
		if (stopping(domain))
			break;
		nbr_seat_take(&domain->seat);
		nbr_cycle(domain, NBR_AS_NEWCOMER);
		nbr_seat_leave(&domain->seat);
	}
	return NULL;
}

int nbr_reclaimer_start(struct nbr_domain *domain)
{
	/* Relaxed: the thread that reads it does not exist yet. */
	atomic_store_explicit(&domain->stop, false, memory_order_relaxed);
	domain->threaded = false;
	if (nbr_watch_start(&domain->watch) != 0)
		return -EAGAIN;
	if (nbr_thread_start(&domain->thread, reclaimer_main, domain) != 0) {
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
		nbr_sleeper_call(&domain->sleeper, true);
		pthread_join(domain->thread, NULL);
		domain->threaded = false;
	}
	nbr_watch_stop(&domain->watch);
}
