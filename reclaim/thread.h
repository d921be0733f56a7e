/*
 * thread: threads of the library's own, and the reclaimer among them.
 *
 * They take no signal (the application's handlers do not expect to run in
 * them), are joinable, and are joined.
 */
#ifndef NBR_THREAD_H
#define NBR_THREAD_H

#include <pthread.h>

struct nbr_domain;

/* pthread_create() with all signals blocked, and wait until the thread runs;
 * non-zero on failure. */
int nbr_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

/* The reclaimer and, if the domain wants one, the watch.  -EAGAIN: neither. */
int nbr_reclaimer_start(struct nbr_domain *domain);

/* Stop and join what was started; returns at once if nothing was. */
void nbr_reclaimer_stop(struct nbr_domain *domain);

#endif
