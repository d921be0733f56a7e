/*
 * sleeper: see sleeper.h for the protocol.
 *
 * A nap must not depend on the time of day, which can be set back by an hour:
 * sem_clockwait() with the monotonic clock where the C library has it (glibc
 * 2.30 on), and sem_timedwait() elsewhere, where such a step delays one round
 * of frees, unless they become urgent.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sem_clockwait */
#endif

#include "sleeper.h"

#include <time.h>

#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 30)
#define HAVE_SEM_CLOCKWAIT 1
#endif
#endif

int nbr_sleeper_init(struct nbr_sleeper *sleeper)
{
	atomic_init(&sleeper->state, NBR_AWAKE);
	return sem_init(&sleeper->bed, 0, 0);
}

void nbr_sleeper_destroy(struct nbr_sleeper *sleeper)
{
	sem_destroy(&sleeper->bed);
}

/* False, and up again, if there is work already. */
static bool lie_down(struct nbr_sleeper *sleeper, unsigned state, bool (*work)(void *), void *arg)
{
	/* seq_cst: the sleeper's write in the pattern of sleeper.h; work() does the reading. */
	atomic_store_explicit(&sleeper->state, state, memory_order_seq_cst);
	if (!work(arg))
		return true;
	/* Relaxed: only saves others a needless post, and one that slips in is harmless. */
	atomic_store_explicit(&sleeper->state, NBR_AWAKE, memory_order_relaxed);
	return false;
}

void nbr_sleeper_sleep(struct nbr_sleeper *sleeper, bool (*work)(void *), void *arg)
{
	if (!lie_down(sleeper, NBR_ASLEEP, work, arg))
		return;
	/* An early return (a signal) is a turn of the caller's loop, no more. */
	(void)sem_wait(&sleeper->bed);
	/* Relaxed: as in lie_down(). */
	atomic_store_explicit(&sleeper->state, NBR_AWAKE, memory_order_relaxed);
}

static void wait_until(sem_t *bed, unsigned ms)
{
	struct timespec end;
#ifdef HAVE_SEM_CLOCKWAIT
	clockid_t clock = CLOCK_MONOTONIC;
#else
	clockid_t clock = CLOCK_REALTIME;
#endif

	clock_gettime(clock, &end);
	end.tv_sec += (time_t)(ms / 1000);
	end.tv_nsec += (long)(ms % 1000) * 1000000L;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_nsec -= 1000000000L;
		end.tv_sec++;
	}
#ifdef HAVE_SEM_CLOCKWAIT
	(void)sem_clockwait(bed, clock, &end);
#else
	(void)sem_timedwait(bed, &end);
#endif
}

void nbr_sleeper_nap(struct nbr_sleeper *sleeper, unsigned ms, bool (*work)(void *), void *arg)
{
	if (!lie_down(sleeper, NBR_NAPPING, work, arg))
		return;
	wait_until(&sleeper->bed, ms);
	/* Relaxed: as in lie_down(). */
	atomic_store_explicit(&sleeper->state, NBR_AWAKE, memory_order_relaxed);
}

void nbr_sleeper_wake(struct nbr_sleeper *sleeper)
{
	/* Relaxed: decides only which of several callers posts.  What the sleeper then
	 * finds, it reads from queue and stripes, with their own ordering. */
	if (atomic_exchange_explicit(&sleeper->state, NBR_AWAKE, memory_order_relaxed) != NBR_AWAKE)
		sem_post(&sleeper->bed);
}
