/*
 * thread: threads of the library's own.
 *
 * What a thread has does not depend on who happened to make the first map:
 *
 *   name        as given; top, gdb and /proc show it
 *   processors  those that the process had when the library was loaded
 *   scheduling  the default policy
 *   signals     all blocked, for the application's handlers do not expect to run
 *               here, but those that a fault of the thread itself raises:
 *               SIGSEGV SIGBUS SIGFPE SIGILL SIGABRT SIGTRAP SIGSYS
 *
 * They are joinable, and are joined.
 */
#ifndef NBR_THREAD_H
#define NBR_THREAD_H

#include <pthread.h>

/* What the application does first and last in each of them; either may be NULL. */
struct nbr_thread_hooks {
	void (*start)(void *arg);
	void (*exit)(void *arg);
	void *arg;
};

/* pthread_create(), and wait until the thread runs; non-zero on failure.  `name`
 * has at most 15 characters. */
int nbr_thread_start(pthread_t *thread, const char *name, const struct nbr_thread_hooks *hooks, void *(*run)(void *),
		     void *arg);

#endif
