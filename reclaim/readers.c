/*
 * readers: see readers.h.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* names of threads */
#endif

#include "readers.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct reader {
	struct reader *previous, *next;
	const unsigned long *state; /* the thread's, of liburcu; NULL: not listed */
	long tid;
	char name[NBR_NAME_SIZE];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* With the mutex: for each flavour a list, oldest first. */
static struct {
	struct reader *first, *last;
} lists[NBR_FLAVORS];

static _Thread_local struct reader own[NBR_FLAVORS] NBR_FAST_TLS;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static bool at_exit_made;

/* ---- The list, with the mutex -------------------------------------------- */

static void link_last(enum nbr_flavor flavor, struct reader *reader)
{
	reader->previous = lists[flavor].last;
	reader->next = NULL;
	if (reader->previous != NULL)
		reader->previous->next = reader;
	else
		lists[flavor].first = reader;
	lists[flavor].last = reader;
}

static void take_out(enum nbr_flavor flavor, struct reader *reader)
{
	if (reader->previous != NULL)
		reader->previous->next = reader->next;
	else
		lists[flavor].first = reader->next;
	if (reader->next != NULL)
		reader->next->previous = reader->previous;
	else
		lists[flavor].last = reader->previous;
	reader->state = NULL;
}

/* ---- A thread's life ----------------------------------------------------- */

static void remove_own(enum nbr_flavor flavor)
{
	struct reader *reader = &own[flavor];

	/* Of this thread alone, but for a fork, which has one thread. */
	if (reader->state == NULL)
		return;
	pthread_mutex_lock(&mutex);
	take_out(flavor, reader);
	pthread_mutex_unlock(&mutex);
}

static void thread_ends(void *arg)
{
	int flavor;

	(void)arg;
	for (flavor = 0; flavor < NBR_FLAVORS; flavor++)
		remove_own((enum nbr_flavor)flavor);
}

static void make_key(void)
{
	at_exit_made = pthread_key_create(&at_exit, thread_ends) == 0;
}

/* A library that is unloaded must not be called when threads end later. */
static __attribute__((destructor)) void delete_key(void)
{
	if (at_exit_made)
		pthread_key_delete(at_exit);
}

static void add(enum nbr_flavor flavor)
{
	struct reader *reader = &own[flavor];

	pthread_once(&once, make_key);
	/* Who could not be taken out is not listed. */
	if (!at_exit_made || pthread_setspecific(at_exit, own) != 0)
		return;
	pthread_mutex_lock(&mutex);
	if (reader->state == NULL) {
		reader->state = nbr_flavor_state(flavor);
		reader->tid = syscall(SYS_gettid);
		if (pthread_getname_np(pthread_self(), reader->name, sizeof(reader->name)) != 0)
			reader->name[0] = '\0';
		link_last(flavor, reader);
	}
	pthread_mutex_unlock(&mutex);
}

int nbr_thread_register(enum nbr_flavor flavor)
{
	const struct rcu_flavor_struct *rcu = nbr_flavor_ops(flavor);

	if (rcu == NULL || (flavor != NBR_BP && nbr_registered(flavor)))
		return -EINVAL;
	if (flavor != NBR_BP) {
		rcu->register_thread();
		add(flavor);
	}
	return 0;
}

int nbr_thread_unregister(enum nbr_flavor flavor)
{
	const struct rcu_flavor_struct *rcu = nbr_flavor_ops(flavor);

	if (rcu == NULL || !nbr_registered(flavor))
		return -EINVAL;
	if (flavor != NBR_BP) {
		if (flavor == NBR_QSBR)
			nbr_annotate_quiescent(flavor);
		remove_own(flavor);
		rcu->unregister_thread();
	}
	return 0;
}

/* ---- Who is waited for --------------------------------------------------- */

void nbr_threads_awaited(enum nbr_flavor flavor, void (*visit)(long tid, const char *name, void *arg), void *arg)
{
	const struct reader *reader;

	pthread_mutex_lock(&mutex);
	for (reader = lists[flavor].first; reader != NULL; reader = reader->next)
		if (nbr_flavor_is_awaited(flavor, reader->state))
			visit(reader->tid, reader->name, arg);
	pthread_mutex_unlock(&mutex);
}

/* ---- fork ---------------------------------------------------------------- */

void nbr_readers_fork_begin(void)
{
	pthread_mutex_lock(&mutex);
}

void nbr_readers_fork_end(bool child)
{
	if (child) {
		/* Its threads are not here, and this one has another tid. */
		memset(lists, 0, sizeof(lists));
		memset(own, 0, sizeof(own));
	}
	pthread_mutex_unlock(&mutex);
}
