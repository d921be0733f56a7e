/*
 * thread: see thread.h.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* affinity, names */
#endif

#include "thread.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>

/* ---- Processors --------------------------------------------------------- */

static cpu_set_t process_mask;
static bool process_mask_known;

/* When the library is loaded, hardly any thread has been bound to a processor. */
static __attribute__((constructor)) void learn_mask(void)
{
	process_mask_known = sched_getaffinity(0, sizeof(process_mask), &process_mask) == 0;
}

/* A refusal is no reason to do without the thread: speed, not correctness. */
static void set_attributes(pthread_attr_t *attr)
{
	struct sched_param param = {.sched_priority = 0};

	if (process_mask_known)
		(void)pthread_attr_setaffinity_np(attr, sizeof(process_mask), &process_mask);
	(void)pthread_attr_setinheritsched(attr, PTHREAD_EXPLICIT_SCHED);
	(void)pthread_attr_setschedpolicy(attr, SCHED_OTHER);
	(void)pthread_attr_setschedparam(attr, &param);
}

/* ---- Signals ------------------------------------------------------------ */

static void block_signals(sigset_t *old)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	sigset_t set;
	size_t i;

	sigfillset(&set);
	for (i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		sigdelset(&set, faults[i]);
	/* The caller may have blocked some of those; the thread is not to. */
	pthread_sigmask(SIG_SETMASK, &set, old);
}

/* ---- Birth -------------------------------------------------------------- */

struct birth {
	const char *name;
	struct nbr_thread_hooks hooks;
	void *(*run)(void *);
	void *arg;
	sem_t born;
};

static void *first_steps(void *arg)
{
	struct birth *birth = arg;
	struct nbr_thread_hooks hooks = birth->hooks;
	void *(*run)(void *) = birth->run;
	void *its_arg = birth->arg;
	void *result;

	(void)pthread_setname_np(pthread_self(), birth->name);
	if (hooks.start != NULL)
		hooks.start(hooks.arg);
	sem_post(&birth->born); /* and `birth` is gone */
	result = run(its_arg);
	if (hooks.exit != NULL)
		hooks.exit(hooks.arg);
	return result;
}

/*
 * Returns when the thread runs, and has called its hook.  On its way there it may
 * hold locks of the C library, of malloc, of a sanitizer, which nbr_before_fork()
 * could not know of; and fork() may follow at once.
 */
int nbr_thread_start(pthread_t *thread, const char *name, const struct nbr_thread_hooks *hooks, void *(*run)(void *),
		     void *arg)
{
	struct birth birth = {.name = name, .hooks = *hooks, .run = run, .arg = arg};
	pthread_attr_t attr;
	sigset_t old;
	int err;

	if (pthread_attr_init(&attr) != 0)
		return EAGAIN;
	if (sem_init(&birth.born, 0, 0) != 0) {
		pthread_attr_destroy(&attr);
		return EAGAIN;
	}
	set_attributes(&attr);
	block_signals(&old);
	err = pthread_create(thread, &attr, first_steps, &birth);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	while (err == 0 && sem_wait(&birth.born) != 0)
		; /* a signal */
	sem_destroy(&birth.born);
	pthread_attr_destroy(&attr);
	return err;
}
