/*
 * sleeper: how the reclaimer sleeps, and how those who retire wake it without
 * ever waiting themselves.
 *
 *   AWAKE    not asleep, or already called
 *   NAPPING  asleep for some milliseconds, so that garbage gathers
 *   ASLEEP   asleep until called
 *
 * Only the sleeper leaves AWAKE, only a change back to AWAKE by somebody else
 * posts the semaphore, so a caller makes one system call per sleep at most.
 *
 * No wake-up is lost.  The retirer writes W (the work, into queue or stripe)
 * and then reads the state; the sleeper writes the state S and then looks for
 * work: the store-buffering pattern, so all four are seq_cst and one comes
 * first.  If W is before the sleeper's look, the sleeper finds it and does not
 * lie down.  If the look is before W, then S, earlier still, is before the
 * retirer's read of the state, who sees it and posts; the semaphore keeps the
 * post even if the sleeper has not reached its wait.  Posts to spare (the
 * sleeper found the work by itself) cost one turn of its loop.
 *
 * Why a POSIX semaphore: sem_post() takes no lock.  pthread_cond_signal() may.
 */
#ifndef NBR_SLEEPER_H
#define NBR_SLEEPER_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { NBR_AWAKE, NBR_NAPPING, NBR_ASLEEP };

struct nbr_sleeper {
	_Atomic unsigned state;
	sem_t bed;
};

/* Non-zero if the system has no semaphore to give. */
int nbr_sleeper_init(struct nbr_sleeper *sleeper);
void nbr_sleeper_destroy(struct nbr_sleeper *sleeper);

/* Sleep until called, unless work(arg). */
void nbr_sleeper_sleep(struct nbr_sleeper *sleeper, bool (*work)(void *), void *arg);

/* Sleep `ms` or until called urgently, unless work(arg). */
void nbr_sleeper_nap(struct nbr_sleeper *sleeper, unsigned ms, bool (*work)(void *), void *arg);

/* The slow half of nbr_sleeper_call(). */
void nbr_sleeper_wake(struct nbr_sleeper *sleeper);

/* There is work, made visible by a seq_cst store before; `urgent` if it should
 * end a nap too.  Wait-free. */
static inline void nbr_sleeper_call(struct nbr_sleeper *sleeper, bool urgent)
{
	/* seq_cst: the retirer's read in the pattern above. */
	unsigned state = atomic_load_explicit(&sleeper->state, memory_order_seq_cst);

	if (state == NBR_ASLEEP || (state == NBR_NAPPING && urgent))
		nbr_sleeper_wake(sleeper);
}

#endif
