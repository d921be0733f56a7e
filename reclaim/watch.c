/*
 * watch: see watch.h.
 */
#include "watch.h"

#include "probe.h"

#include <errno.h>

static struct timespec later(struct timespec from, unsigned ms)
{
	from.tv_sec += (time_t)(ms / 1000);
	from.tv_nsec += (long)(ms % 1000) * 1000000L;
	if (from.tv_nsec >= 1000000000L) {
		from.tv_nsec -= 1000000000L;
		from.tv_sec++;
	}
	return from;
}

static unsigned age_ms(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)((now.tv_sec - began->tv_sec) * 1000 + (now.tv_nsec - began->tv_nsec) / 1000000);
}

/* With the mutex: wait until the grace period's time is up; false if it ended first. */
static bool overdue(struct nbr_watch *watch, unsigned long serial)
{
	struct timespec end = later(watch->began, watch->limit_ms);
	int err = 0;

	while (!watch->stop && watch->running && watch->serial == serial && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&watch->changed, &watch->mutex, &end);
	return !watch->stop && watch->running && watch->serial == serial;
}

static void *watch_main(void *arg)
{
	struct nbr_watch *watch = arg;
	unsigned long seen = 0;

	pthread_mutex_lock(&watch->mutex);
	while (!watch->stop) {
		if (!watch->running || watch->serial == seen) {
			pthread_cond_wait(&watch->changed, &watch->mutex);
			continue;
		}
		seen = watch->serial;
		if (overdue(watch, seen)) {
			unsigned age = age_ms(&watch->began);

			watch->calling = true;
			pthread_mutex_unlock(&watch->mutex);
			NBR_PROBE(stall, watch->domain, age);
			watch->report(watch->hooks.arg, age);
			pthread_mutex_lock(&watch->mutex);
			watch->calling = false;
			pthread_cond_broadcast(&watch->changed);
		}
	}
	pthread_mutex_unlock(&watch->mutex);
	return NULL;
}

/* The grace period's age is measured by a clock that nobody sets. */
static int init_locks(struct nbr_watch *watch)
{
	pthread_condattr_t attr;
	int err;

	if (pthread_mutex_init(&watch->mutex, NULL) != 0)
		return -EAGAIN;
	err = pthread_condattr_init(&attr);
	if (err == 0) {
		err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
		if (err == 0)
			err = pthread_cond_init(&watch->changed, &attr);
		pthread_condattr_destroy(&attr);
	}
	if (err != 0)
		pthread_mutex_destroy(&watch->mutex);
	return err != 0 ? -EAGAIN : 0;
}

int nbr_watch_start(struct nbr_watch *watch)
{
	watch->started = false;
	watch->stop = false;
	watch->running = false;
	watch->calling = false;
	watch->serial = 0;
	if (watch->limit_ms == 0)
		return 0;
	if (init_locks(watch) != 0)
		return -EAGAIN;
	if (nbr_thread_start(&watch->thread, "nbmap-watch", &watch->hooks, watch_main, watch) != 0) {
		pthread_cond_destroy(&watch->changed);
		pthread_mutex_destroy(&watch->mutex);
		return -EAGAIN;
	}
	watch->started = true;
	return 0;
}

void nbr_watch_stop(struct nbr_watch *watch)
{
	if (!watch->started)
		return;
	pthread_mutex_lock(&watch->mutex);
	watch->stop = true;
	pthread_cond_broadcast(&watch->changed);
	pthread_mutex_unlock(&watch->mutex);
	pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->changed);
	pthread_mutex_destroy(&watch->mutex);
	watch->started = false;
}

void nbr_watch_begin(struct nbr_watch *watch)
{
	if (!watch->started)
		return;
	pthread_mutex_lock(&watch->mutex);
	clock_gettime(CLOCK_MONOTONIC, &watch->began);
	watch->running = true;
	watch->serial++;
	pthread_cond_broadcast(&watch->changed);
	pthread_mutex_unlock(&watch->mutex);
}

void nbr_watch_end(struct nbr_watch *watch)
{
	if (!watch->started)
		return;
	pthread_mutex_lock(&watch->mutex);
	watch->running = false;
	/* No signal: a watcher that sleeps on finds out when the time is up. */
	pthread_mutex_unlock(&watch->mutex);
}

void nbr_watch_await(struct nbr_watch *watch)
{
	if (!watch->started)
		return;
	pthread_mutex_lock(&watch->mutex);
	while (watch->calling)
		pthread_cond_wait(&watch->changed, &watch->mutex);
	pthread_mutex_unlock(&watch->mutex);
}
