/*
 * fork: nbmap_before_fork() and its two sisters, by their rules and against them.
 *
 *   asked for       parent and child both go on; also when two threads fork at the
 *                   same time
 *   out of turn     -EDEADLK, and what was begun can be ended
 *   not asked for   in the child, what would wait answers -ECHILD instead of
 *                   waiting for threads that are not there; what does not wait works
 *
 * That maps of every flavour survive a fork is shown by flavors_test.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "reclaim.h"
#include "run.h"

static struct nbmap_u64 *map;

static void free_value(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static void open_map(enum nbmap_flavor flavor, unsigned flags)
{
	const struct nbmap_type type = {.value_free = free_value};
	struct nbmap_config config = {.type = &type, .flavor = flavor, .flags = flags};

	crew_check(!nbmap_u64_new(&map, &config));
}

/* By a thread that is registered for so long only: liburcu wants none at a fork. */
static void write_some(enum nbmap_flavor flavor)
{
	crew_check(!nbmap_thread_register(flavor));
	nbmap_u64_enter(map);
	for (uint64_t i = 0; i < 3000; i++) {
		void *value = malloc(16);

		crew_check(value && !nbmap_u64_put(map, i % 64, value, NULL));
	}
	nbmap_u64_leave(map);
	crew_check(!nbmap_thread_unregister(flavor));
}

/* Say by a signal that all went well: at an exit a leak checker would judge what the child inherited. */
static _Noreturn void end_well(void)
{
	kill(getpid(), SIGKILL);
	abort();
}

static void await_child(pid_t child)
{
	int status;

	crew_check(child > 0 && waitpid(child, &status, 0) == child);
	crew_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* ---- Asked for ---------------------------------------------------------- */

/* ThreadSanitizer does not allow the child new threads. */
#ifndef NBR_TSAN

#define FORKERS 3

static pthread_barrier_t together;
static enum nbmap_flavor in_flavor;

static _Noreturn void be_the_child(void)
{
	/* A child that hangs ends otherwise. */
	alarm(60);
	crew_check(!nbmap_after_fork_child());
	write_some(in_flavor);
	crew_check(!nbmap_u64_barrier(map));
	crew_check(!nbmap_u64_destroy(map));
	open_map(in_flavor, 0);
	write_some(in_flavor);
	crew_check(!nbmap_u64_destroy(map));
	end_well();
}

static void *fork_again_and_again(void *rounds)
{
	for (uint64_t i = 0; i < *(uint64_t *)rounds; i++) {
		pid_t child;

		pthread_barrier_wait(&together);
		crew_check(!nbmap_before_fork());
		child = fork();
		if (!child)
			be_the_child();
		nbmap_after_fork_parent();
		await_child(child);
		pthread_barrier_wait(&together);
	}
	return NULL;
}

/* All at the same moment, while garbage waits. */
START_TEST(test_threads_that_fork_at_the_same_time)
{
	uint64_t rounds = test_rounds(30, 3);
	pthread_t threads[FORKERS];

	in_flavor = (enum nbmap_flavor)_i;
	open_map(in_flavor, 0);
	ck_assert_int_eq(pthread_barrier_init(&together, NULL, FORKERS + 1), 0);
	for (unsigned i = 0; i < FORKERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, fork_again_and_again, &rounds), 0);
	for (uint64_t i = 0; i < rounds; i++) {
		write_some(in_flavor);
		pthread_barrier_wait(&together);
		pthread_barrier_wait(&together);
	}
	for (unsigned i = 0; i < FORKERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	pthread_barrier_destroy(&together);
	write_some(in_flavor);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
}
END_TEST

#endif

/* ---- Out of turn -------------------------------------------------------- */

START_TEST(test_before_fork_twice)
{
	open_map((enum nbmap_flavor)(_i / 2), _i % 2 ? NBMAP_NO_THREAD : 0);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(nbmap_before_fork(), 0);
		ck_assert_int_eq(nbmap_before_fork(), -EDEADLK);
		ck_assert_int_eq(nbmap_before_fork(), -EDEADLK);
		nbmap_after_fork_parent();
		/* Nothing is left held. */
		write_some((enum nbmap_flavor)(_i / 2));
		ck_assert_int_eq(nbmap_u64_barrier(map), 0);
	}
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	/* Without any domain it is as good. */
	ck_assert_int_eq(nbmap_before_fork(), 0);
	nbmap_after_fork_parent();
}
END_TEST

/* ---- Not asked for ------------------------------------------------------ */

static struct nbmap_domain *own, *shared;

static void check_that_nothing_waits(enum nbmap_flavor flavor)
{
	struct nbmap_config config = {.type = nbmap_type_string(), .flavor = flavor};
	struct nbmap_domain_config domain_config = {.flavor = flavor};
	struct nbmap_domain *domain;
	struct nbmap *objects;

	crew_check(nbmap_u64_barrier(map) == -ECHILD);
	crew_check(nbmap_u64_reclaim(map) == -ECHILD);
	crew_check(nbmap_u64_reclaim_within(map, 0) == -ECHILD);
	crew_check(nbmap_u64_synchronize(map) == -ECHILD);
	crew_check(nbmap_u64_destroy(map) == -ECHILD);
	crew_check(nbmap_domain_barrier(own) == -ECHILD);
	crew_check(nbmap_domain_reclaim(own) == -ECHILD);
	crew_check(nbmap_domain_reclaim_within(own, 0) == -ECHILD);
	crew_check(nbmap_domain_synchronize(own) == -ECHILD);
	crew_check(nbmap_domain_destroy(own) == -ECHILD);
	crew_check(nbmap_domain_destroy(shared) == -ECHILD);
	crew_check(nbmap_domain_new(&domain, &domain_config) == -ECHILD);
	crew_check(nbmap_domain_shared(&domain, flavor, 0) == -ECHILD);
	crew_check(nbmap_new(&objects, &config) == -ECHILD);
	crew_check(nbmap_before_fork() == -ECHILD);
}

START_TEST(test_a_child_that_nobody_asked_for)
{
	enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / 2);
	struct nbmap_domain_config config = {.flavor = flavor, .flags = _i % 2 ? NBMAP_NO_THREAD : 0};
	pid_t child;

	open_map(flavor, config.flags);
	ck_assert_int_eq(nbmap_domain_new(&own, &config), 0);
	ck_assert_int_eq(nbmap_domain_shared(&shared, flavor, config.flags), 0);
	write_some(flavor);
	ck_assert_int_eq(nbmap_u64_barrier(map), 0);
	child = fork();
	if (!child) {
		alarm(60);
		check_that_nothing_waits(flavor);
		/* And nothing has changed by asking. */
		check_that_nothing_waits(flavor);
		crew_check(!nbmap_thread_register(flavor));
		nbmap_u64_enter(map);
		crew_check(nbmap_u64_count(map) == 64);
		crew_check(nbmap_u64_get(map, 1) != NULL);
		nbmap_u64_leave(map);
		end_well();
	}
	await_child(child);
	/* The parent does not notice. */
	write_some(flavor);
	ck_assert_int_eq(nbmap_domain_destroy(shared), 0);
	ck_assert_int_eq(nbmap_domain_destroy(own), 0);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fork");
	TCase *tcase = tcase_create("fork");

	tcase_set_timeout(tcase, 30);
#ifndef NBR_TSAN
	tcase_add_loop_test(tcase, test_threads_that_fork_at_the_same_time, 0, FLAVORS);
#endif
	tcase_add_loop_test(tcase, test_before_fork_twice, 0, 2 * FLAVORS);
	tcase_add_loop_test(tcase, test_a_child_that_nobody_asked_for, 0, 2 * FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
