/*
 * crew: see crew.h.
 */
#include "crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <urcu/urcu-qsbr.h>

#include "flavor_thread.h"
#include "run.h"

#define MAX_CREW 16

struct starter {
	struct crew_member member;
	void (*work)(struct crew_member *member);
	pthread_barrier_t *together;
};

static void *crew_main(void *arg)
{
	struct starter *starter = arg;

	/* Before registering: an online QSBR thread must not sleep. */
	pthread_barrier_wait(starter->together);
	flavor_register(starter->member.flavor);
	starter->work(&starter->member);
	flavor_unregister(starter->member.flavor);
	return NULL;
}

void crew_run(enum nbmap_flavor flavor, unsigned threads, void (*work)(struct crew_member *member), void *arg)
{
	bool online = flavor == NBMAP_QSBR && urcu_qsbr_read_ongoing();
	struct starter starters[MAX_CREW];
	pthread_t ids[MAX_CREW];
	pthread_barrier_t together;

	if (threads > MAX_CREW || pthread_barrier_init(&together, NULL, threads))
		abort();
	for (unsigned i = 0; i < threads; i++) {
		starters[i] = (struct starter){{flavor, i, test_random_stream(i + 1), arg}, work, &together};
		if (pthread_create(&ids[i], NULL, crew_main, &starters[i]))
			abort();
	}
	if (online)
		flavor_offline(flavor);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	if (online)
		flavor_online(flavor);
	pthread_barrier_destroy(&together);
}

struct errand {
	void (*work)(void *arg);
	void *arg;
};

static void *run_errand(void *arg)
{
	struct errand *errand = arg;

	errand->work(errand->arg);
	return NULL;
}

void elsewhere(void (*work)(void *arg), void *arg)
{
	struct errand errand = {work, arg};
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_errand, &errand))
		abort();
	pthread_join(thread, NULL);
}

_Noreturn void crew_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: not so: %s\nto see this run again: NBMAP_SEED=%llu\n", file, line, condition,
		(unsigned long long)test_seed());
	abort();
}
