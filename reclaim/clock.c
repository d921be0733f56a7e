/*
 * clock: see clock.h.
 */
#include "clock.h"

#include "probe.h"

/* How long is waited does not depend on the time of day. */
static int init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attr;
	int err = pthread_condattr_init(&attr);

	if (err != 0)
		return err;
	err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (err == 0)
		err = pthread_cond_init(condition, &attr);
	pthread_condattr_destroy(&attr);
	return err;
}

int nbr_clock_init(struct nbr_clock *clock)
{
	if (pthread_mutex_init(&clock->mutex, NULL) != 0)
		return -1;
	if (init_condition(&clock->ticked) != 0) {
		pthread_mutex_destroy(&clock->mutex);
		return -1;
	}
	return 0;
}

void nbr_clock_destroy(struct nbr_clock *clock)
{
	pthread_cond_destroy(&clock->ticked);
	pthread_mutex_destroy(&clock->mutex);
}

/* A grace period begins, and ends: for who looks how long they take.  Only the thread in
 * the clock's seat stores. */
static void begin_timing(struct nbr_clock *clock)
{
	/* Relaxed: a statistic. */
	atomic_store_explicit(&clock->began_ns, nbr_now_ns(), memory_order_relaxed);
}

static void end_timing(struct nbr_domain *domain, uint64_t number)
{
	struct nbr_clock *clock = &domain->clock;
	/* Relaxed: our own words. */
	uint64_t took = nbr_now_ns() - atomic_load_explicit(&clock->began_ns, memory_order_relaxed);

	if (took > atomic_load_explicit(&clock->longest_ns, memory_order_relaxed))
		atomic_store_explicit(&clock->longest_ns, took, memory_order_relaxed);
	/* Release: who sees that it is over finds what it took (account.c). */
	atomic_store_explicit(&clock->began_ns, 0, memory_order_release);
	NBR_PROBE(grace_period_end, domain, number, took);
}

void nbr_clock_tick(struct nbr_domain *domain)
{
	struct nbr_clock *clock = &domain->clock;
	/* seq_cst: see nbr_clock_stamp(). */
	uint64_t number = atomic_fetch_add_explicit(&clock->begun, 1, memory_order_seq_cst) + 1;

	begin_timing(clock);
	NBR_PROBE(grace_period_begin, domain, number);
	nbr_watch_begin(&domain->watch);
	domain->rcu->update_synchronize_rcu();
	nbr_tsan_grace_period_ends(domain->flavor);
	nbr_watch_end(&domain->watch);
	end_timing(domain, number);
	/* seq_cst: a release for nbr_clock_ended(), and the work that the freer's
	 * sleeper is called for. */
	atomic_store_explicit(&clock->ended, number, memory_order_seq_cst);
	/* With the mutex, so that who has just looked is asleep by now. */
	pthread_mutex_lock(&clock->mutex);
	pthread_cond_broadcast(&clock->ticked);
	pthread_mutex_unlock(&clock->mutex);
}

static void want(struct nbr_domain *domain, uint64_t stamp)
{
	/* Relaxed: a guess for the CAS. */
	uint64_t wanted = atomic_load_explicit(&domain->clock.wanted, memory_order_relaxed);

	/* seq_cst: the write of sleeper.h. */
	while (wanted < stamp && !atomic_compare_exchange_weak_explicit(&domain->clock.wanted, &wanted, stamp,
									memory_order_seq_cst, memory_order_relaxed))
		;
	nbr_sleeper_call(&domain->clock_sleeper, true);
}

bool nbr_clock_is_wanted(struct nbr_domain *domain)
{
	/* seq_cst: the look of sleeper.h. */
	return atomic_load_explicit(&domain->clock.wanted, memory_order_seq_cst) > nbr_clock_ended(domain);
}

void nbr_clock_await(struct nbr_domain *domain, uint64_t stamp)
{
	struct nbr_clock *clock = &domain->clock;

	if (!domain->threaded) {
		nbr_seat_take(&domain->clock_seat);
		while (nbr_clock_ended(domain) < stamp)
			nbr_clock_tick(domain);
		nbr_seat_leave(&domain->clock_seat);
		return;
	}
	want(domain, stamp);
	pthread_mutex_lock(&clock->mutex);
	while (nbr_clock_ended(domain) < stamp)
		pthread_cond_wait(&clock->ticked, &clock->mutex);
	pthread_mutex_unlock(&clock->mutex);
}

bool nbr_clock_await_until(struct nbr_domain *domain, uint64_t stamp, uint64_t end_ns)
{
	const struct timespec end = {.tv_sec = (time_t)(end_ns / 1000000000), .tv_nsec = (long)(end_ns % 1000000000)};
	struct nbr_clock *clock = &domain->clock;
	bool over;
	int err = 0;

	want(domain, stamp);
	pthread_mutex_lock(&clock->mutex);
	while (nbr_clock_ended(domain) < stamp && err == 0)
		err = pthread_cond_timedwait(&clock->ticked, &clock->mutex, &end);
	over = nbr_clock_ended(domain) >= stamp;
	pthread_mutex_unlock(&clock->mutex);
	return over;
}
