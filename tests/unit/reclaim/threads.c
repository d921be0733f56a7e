/*
 * threads: what the domain's own have, and have not from their maker, as their
 * hooks see it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* affinity, names */
#endif
#include "fixture.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define MOST 3

static const char *const names[MOST] = {"nbmap-clock", "nbmap-reclaim", "nbmap-watch"};

struct seen {
	char name[16];
	cpu_set_t mask;
	int policy;
	sigset_t blocked;
	bool ended;
};

static struct seen seen[MOST + 1];
static _Thread_local struct seen *mine;
static _Atomic unsigned started, ready, exited;
static _Atomic bool strange; /* an exit without a start */

static void on_start(void *user)
{
	unsigned i = started++;
	struct seen *one = &seen[i < MOST ? i : MOST];

	mine = one;
	if (*(struct seen **)user != seen)
		strange = true;
	if (pthread_getname_np(pthread_self(), one->name, sizeof(one->name)) != 0 ||
	    sched_getaffinity(0, sizeof(one->mask), &one->mask) != 0 ||
	    pthread_sigmask(SIG_SETMASK, NULL, &one->blocked) != 0)
		strange = true;
	one->policy = sched_getscheduler(0);
	usleep(2000); /* who does not wait for it shows that */
	ready++;
}

static void on_exit_of_thread(void *user)
{
	if (*(struct seen **)user != seen || mine == NULL || mine->ended)
		strange = true;
	else
		mine->ended = true;
	exited++;
}

static struct nbr_domain *make_seen(bool watched)
{
	struct seen *user = seen;
	struct nbr_config config = {.on_thread_start = on_start,
				    .on_thread_exit = on_exit_of_thread,
				    .on_stall = watched ? on_stall : NULL,
				    .stall_ms = 100000,
				    .user = &user,
				    .user_size = sizeof(user)};

	memset(seen, 0, sizeof(seen));
	started = 0;
	ready = 0;
	exited = 0;
	strange = false;
	return make(NBR_BP, config);
}

START_TEST(test_hooks)
{
	unsigned threads = _i != 0 ? MOST : MOST - 1, i, j;
	struct nbr_domain *domain = make_seen(_i != 0);

	ck_assert_uint_eq(ready, threads); /* before anything else happens */
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert_uint_eq(started, threads);
	ck_assert_uint_eq(exited, threads);
	ck_assert(!strange);
	for (i = 0; i < threads; i++) {
		for (j = 0; j < MOST && strcmp(seen[j].name, names[i]) != 0; j++)
			;
		ck_assert_msg(j < MOST, "no %s", names[i]);
		ck_assert(seen[j].ended);
	}
}
END_TEST

/* A maker bound to one processor, at a real-time priority if that is permitted. */
START_TEST(test_not_inherited)
{
	struct sched_param plain = {0}, high = {.sched_priority = 1};
	struct nbr_domain *domain;
	cpu_set_t usual, one;
	int cpu = 0;
	unsigned i;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(usual), &usual), 0);
	while (!CPU_ISSET(cpu, &usual))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	if (sched_setscheduler(0, SCHED_FIFO, &high) != 0)
		ck_assert_int_eq(errno, EPERM);
	domain = make_seen(true);
	(void)sched_setscheduler(0, SCHED_OTHER, &plain);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(usual), &usual), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert(!strange);
	for (i = 0; i < MOST; i++) {
		ck_assert_int_eq(seen[i].policy, SCHED_OTHER);
		ck_assert(CPU_EQUAL(&seen[i].mask, &usual));
	}
}
END_TEST

/* All blocked but those that a fault of the thread raises, whatever its maker
 * had blocked; and that is as before. */
START_TEST(test_signals)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	static const int others[] = {SIGTERM, SIGUSR1, SIGUSR2, SIGINT, SIGALRM, SIGCHLD, SIGPIPE, SIGPROF};
	struct nbr_domain *domain;
	sigset_t usual, chosen, after;
	unsigned i;
	size_t j;

	sigemptyset(&chosen);
	sigaddset(&chosen, SIGSEGV);
	sigaddset(&chosen, SIGUSR2);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &chosen, &usual), 0);
	domain = make_seen(true);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &usual, &after), 0);
	for (j = 1; j < 32; j++)
		ck_assert_int_eq(sigismember(&after, (int)j), sigismember(&chosen, (int)j));
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert(!strange);
	for (i = 0; i < MOST; i++) {
		for (j = 0; j < sizeof(faults) / sizeof(*faults); j++)
			ck_assert_msg(!sigismember(&seen[i].blocked, faults[j]), "%s blocks signal %d", seen[i].name,
				      faults[j]);
		for (j = 0; j < sizeof(others) / sizeof(*others); j++)
			ck_assert_msg(sigismember(&seen[i].blocked, others[j]), "%s does not block signal %d",
				      seen[i].name, others[j]);
	}
}
END_TEST

void add_threads(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_hooks, 0, 2);
	tcase_add_test(tcase, test_not_inherited);
	tcase_add_test(tcase, test_signals);
}
