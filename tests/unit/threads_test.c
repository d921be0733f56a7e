/*
 * threads: those that a domain has: how they are born, what they inherit from who
 * makes the domain, which is little, and the two hooks in which they begin and end.
 *
 * The hooks are called in each of them, first and last: what is called in a thread
 * of the domain's is called in between.  From there the thread is asked for its
 * name, its processors, its scheduling and its mask of signals.
 *
 * A crash in a callback reaches the application's handler, as it would in any other
 * thread: shown in a child, which makes the domain itself.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* processors, names */
#endif
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"
#include "tasks.h"

#define MOST 8

/* ---- The hooks ---------------------------------------------------------- */

static struct born {
	char name[16];
	cpu_set_t processors;
	int policy;
	sigset_t blocked;
} born[MOST];
static _Atomic unsigned births, described, deaths, frees_by_them, frees_by_others;
static _Thread_local bool attached;

static void on_start(void *arg)
{
	struct born *one = &born[atomic_fetch_add(&births, 1)];
	struct sched_param param;

	crew_check(arg == &births && !attached);
	attached = true;
	crew_check(!pthread_getname_np(pthread_self(), one->name, sizeof(one->name)));
	crew_check(!pthread_getaffinity_np(pthread_self(), sizeof(one->processors), &one->processors));
	crew_check(!pthread_getschedparam(pthread_self(), &one->policy, &param));
	crew_check(!pthread_sigmask(SIG_SETMASK, NULL, &one->blocked));
	atomic_fetch_add(&described, 1);
}

static void on_exit_of_thread(void *arg)
{
	crew_check(arg == &births && attached);
	attached = false;
	atomic_fetch_add(&deaths, 1);
}

static void on_stall(unsigned age_ms, void *arg)
{
	(void)age_ms;
	crew_check(arg == &births && attached);
}

static void free_value(void *value, void *arg)
{
	char name[16];

	(void)arg;
	crew_check(!pthread_getname_np(pthread_self(), name, sizeof(name)));
	/* The hooks are for the domain's threads, and for these always. */
	crew_check(attached == !strcmp(name, "nbmap-reclaim"));
	atomic_fetch_add(attached ? &frees_by_them : &frees_by_others, 1);
	free(value);
}

static struct nbmap_domain *make_domain(enum nbmap_flavor flavor, bool watched)
{
	struct nbmap_domain_config config = {
		.flavor = flavor, .on_thread_start = on_start, .on_thread_exit = on_exit_of_thread, .arg = &births};
	struct nbmap_domain *domain;

	memset(born, 0, sizeof(born));
	atomic_store(&births, 0);
	atomic_store(&described, 0);
	atomic_store(&deaths, 0);
	config.on_stall = watched ? on_stall : NULL;
	config.stall_ms = watched ? 1 : 0;
	crew_check(!nbmap_domain_new(&domain, &config));
	return domain;
}

/* The hook is called in the thread, and so perhaps a moment after nbmap_domain_new(). */
static void await_births(unsigned n)
{
	while (atomic_load(&described) < n)
		sched_yield();
}

static unsigned born_as(const char *name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MOST; i++)
		n += !strcmp(born[i].name, name);
	return n;
}

/* _i: flavour, and whether there is a third thread. */
START_TEST(test_hooks_are_called_in_each_thread_first_and_last)
{
	const struct nbmap_type type = {.value_free = free_value};
	struct nbmap_config config = {.type = &type};
	enum nbmap_flavor flavor = (enum nbmap_flavor)(_i % FLAVORS);
	unsigned threads = 2 + (unsigned)_i / FLAVORS;
	struct nbmap_u64 *map;

	atomic_store(&frees_by_them, 0);
	config.domain = make_domain(flavor, threads == 3);
	await_births(threads);
	ck_assert_uint_eq(born_as("nbmap-clock"), 1);
	ck_assert_uint_eq(born_as("nbmap-reclaim"), 1);
	ck_assert_uint_eq(born_as("nbmap-watch"), threads - 2);
	ck_assert_uint_eq(tasks_named("nbmap-watch"), threads - 2);
	ck_assert_int_eq(nbmap_u64_new(&map, &config), 0);
	flavor_register(flavor);
	nbmap_u64_enter(map);
	for (unsigned i = 0; i < 10; i++)
		crew_check(!nbmap_u64_put(map, 1, malloc(16), NULL));
	nbmap_u64_leave(map);
	flavor_offline(flavor);
	/* Nobody writes any more: it is left to the domain's thread. */
	while (!atomic_load(&frees_by_them))
		sched_yield();
	flavor_online(flavor);
	ck_assert_int_eq(nbmap_u64_destroy(map), 0);
	ck_assert_uint_eq(atomic_load(&births), threads);
	ck_assert_uint_eq(atomic_load(&deaths), 0);
	ck_assert_int_eq(nbmap_domain_destroy(config.domain), 0);
	ck_assert_uint_eq(atomic_load(&births), threads);
	ck_assert_uint_eq(atomic_load(&deaths), threads);
	flavor_unregister(flavor);
}
END_TEST

/* ---- What they inherit -------------------------------------------------- */

static cpu_set_t at_first; /* the processors of this process */

static void *make_it_bound(void *domain)
{
	cpu_set_t one;
	int cpu = 0;

	while (!CPU_ISSET(cpu, &at_first))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	crew_check(!pthread_setaffinity_np(pthread_self(), sizeof(one), &one));
	/* Not everybody may. */
	(void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
	*(struct nbmap_domain **)domain = make_domain(NBMAP_BP, true);
	return NULL;
}

START_TEST(test_they_are_not_bound_as_their_maker_is)
{
	struct nbmap_domain *domain;
	pthread_t maker;

	ck_assert_int_eq(pthread_create(&maker, NULL, make_it_bound, &domain), 0);
	ck_assert_int_eq(pthread_join(maker, NULL), 0);
	await_births(3);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(CPU_EQUAL(&born[i].processors, &at_first));
		ck_assert_int_eq(born[i].policy, SCHED_OTHER);
	}
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
}
END_TEST

/* All signals blocked, but those of faults: whatever its maker has blocked. */
START_TEST(test_the_signals_that_they_take)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	struct nbmap_domain *domain;
	sigset_t all, before, after;

	sigfillset(&all);
	if (!_i)
		sigemptyset(&all);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
	domain = make_domain(NBMAP_BP, true);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
	await_births(3);
	for (unsigned i = 0; i < 3; i++) {
		for (size_t n = 0; n < sizeof(faults) / sizeof(*faults); n++)
			ck_assert(!sigismember(&born[i].blocked, faults[n]));
		ck_assert(sigismember(&born[i].blocked, SIGTERM) && sigismember(&born[i].blocked, SIGINT));
		ck_assert(sigismember(&born[i].blocked, SIGUSR1) && sigismember(&born[i].blocked, SIGALRM));
	}
	/* And the maker's mask is as it was. */
	ck_assert_int_eq(sigismember(&after, SIGTERM), _i);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
}
END_TEST

/* ---- A crash ------------------------------------------------------------ */

/* By a signal: at an exit a leak checker would judge what the child has. */
static void handle_crash(int signal)
{
	(void)signal;
	kill(getpid(), SIGKILL);
}

static void crash(void *value, void *arg)
{
	(void)value;
	(void)arg;
	raise(SIGSEGV);
}

static _Noreturn void crash_in_a_thread_of_the_domain(void)
{
	const struct nbmap_type type = {.value_free = crash};
	struct nbmap_config config = {.type = &type};
	struct nbmap_u64 *map;

	/* One that never comes would hang. */
	alarm(30);
	signal(SIGSEGV, handle_crash);
	crew_check(!nbmap_u64_new(&map, &config));
	nbmap_u64_enter(map);
	crew_check(!nbmap_u64_put(map, 1, nbmap_int(1), NULL) && !nbmap_u64_del(map, 1, NULL));
	nbmap_u64_leave(map);
	for (;;)
		pause();
}

START_TEST(test_a_crash_reaches_the_applications_handler)
{
	pid_t child = fork();
	int status;

	if (!child)
		crash_in_a_thread_of_the_domain();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("threads");
	TCase *tcase = tcase_create("threads");

	crew_check(!pthread_getaffinity_np(pthread_self(), sizeof(at_first), &at_first));
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_hooks_are_called_in_each_thread_first_and_last, 0, 2 * FLAVORS);
	tcase_add_test(tcase, test_they_are_not_bound_as_their_maker_is);
	tcase_add_loop_test(tcase, test_the_signals_that_they_take, 0, 2);
	tcase_add_test(tcase, test_a_crash_reaches_the_applications_handler);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
