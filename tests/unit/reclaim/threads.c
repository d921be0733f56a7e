/*
 * threads: the domain's own, seen from inside by the hooks and from outside in
 * /proc/self/task.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* affinity, names */
#endif
#include "fixture.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 3

static const char *const names[MOST] = {"nbmap-clock", "nbmap-reclaim", "nbmap-watch"};

/* ---- From inside -------------------------------------------------------- */

struct seen {
	char name[16];
	pthread_t self;
	cpu_set_t mask;
	int policy;
	sigset_t blocked;
	_Atomic bool ended;
};

static struct seen seen[MOST + 1];
static _Atomic unsigned started, exited;
static _Atomic bool strange; /* an exit without a start */

static void on_start(void *user)
{
	unsigned i = started++;
	struct seen *one = &seen[i < MOST ? i : MOST];

	if (*(struct seen **)user != seen)
		strange = true;
	one->self = pthread_self();
	if (pthread_getname_np(one->self, one->name, sizeof(one->name)) != 0 ||
	    sched_getaffinity(0, sizeof(one->mask), &one->mask) != 0 ||
	    pthread_sigmask(SIG_SETMASK, NULL, &one->blocked) != 0)
		strange = true;
	one->policy = sched_getscheduler(0);
}

static void on_exit_of_thread(void *user)
{
	unsigned i;

	if (*(struct seen **)user != seen)
		strange = true;
	for (i = 0; i < MOST && !pthread_equal(seen[i].self, pthread_self()); i++)
		;
	if (i == MOST || seen[i].ended)
		strange = true;
	else
		seen[i].ended = true;
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
	exited = 0;
	strange = false;
	return make(NBR_BP, config);
}

/* The threads exist when the domain does, but their hooks may still be running. */
static void await_hooks(unsigned threads)
{
	while (started < threads)
		usleep(100);
}

START_TEST(test_hooks)
{
	unsigned threads = _i != 0 ? MOST : MOST - 1, i, j;
	struct nbr_domain *domain = make_seen(_i != 0);

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
	await_hooks(MOST);
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
	sigset_t usual, mine, after;
	unsigned i;
	size_t j;

	sigemptyset(&mine);
	sigaddset(&mine, SIGSEGV);
	sigaddset(&mine, SIGUSR2);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &mine, &usual), 0);
	domain = make_seen(true);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &usual, &after), 0);
	for (j = 1; j < 32; j++)
		ck_assert_int_eq(sigismember(&after, (int)j), sigismember(&mine, (int)j));
	await_hooks(MOST);
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

/* ---- From outside ------------------------------------------------------- */

/* A line of a thread's status that begins with `key`, or -1. */
static long number_of(const char *task, const char *key)
{
	char path[300], line[300];
	long number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			number = strtol(line + strlen(key), NULL, 10);
	if (file != NULL)
		fclose(file);
	return number;
}

static bool is_called(const char *task, const char *name)
{
	char path[300], line[300];
	bool same = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	if (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		same = strcmp(line, name) == 0;
	}
	fclose(file);
	return same;
}

/* How many threads have that name, and how often they left a processor. */
static unsigned threads_called(const char *name, long *switches)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned found = 0;
	struct dirent *task;

	ck_assert_ptr_nonnull(tasks);
	while ((task = readdir(tasks)) != NULL)
		if (is_called(task->d_name, name)) {
			found++;
			*switches += number_of(task->d_name, "voluntary_ctxt_switches:");
			*switches += number_of(task->d_name, "nonvoluntary_ctxt_switches:");
		}
	closedir(tasks);
	return found;
}

static long all_switches(void)
{
	long switches = 0;
	unsigned i;

	for (i = 0; i < MOST; i++)
		ck_assert_uint_eq(threads_called(names[i], &switches), 1);
	return switches;
}

/* One of each name; and when nothing is going on they sleep, and do not look now
 * and then.  Before that they may take some time to settle. */
START_TEST(test_idle)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct stall stall = {.reports = 0}, *user = &stall;
	struct nbr_config config = {.on_stall = on_stall, .stall_ms = 100000, .user = &user, .user_size = sizeof(user)};
	struct nbr_domain *domain = make(flavor, config);
	bool quiet = false;
	int round, tries;

	thread_in(flavor);
	for (round = 0; round < 2; round++) {
		retire_fillers(domain, flavor, 100);
		ck_assert_int_eq(nbr_barrier(domain), 0);
		quiet = false;
		for (tries = 0; tries < 50 && !quiet; tries++) {
			long before = all_switches();

			usleep(100000);
			quiet = all_switches() == before;
		}
		ck_assert(quiet);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_threads(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_hooks, 0, 2);
	tcase_add_test(tcase, test_not_inherited);
	tcase_add_test(tcase, test_signals);
	tcase_add_loop_test(tcase, test_idle, 0, NBR_FLAVORS);
}
