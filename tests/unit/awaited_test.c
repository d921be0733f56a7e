/*
 * awaited: nbmap_threads_awaited(), which names the threads that grace periods wait for.
 *
 * A crew stops in each of the states that a thread can be in, and stays there:
 *
 *   stays      in a section; for QSBR online        named, if it registered by nbmap
 *   left       registered, its section has ended;
 *              for QSBR offline                     not named
 *   unknown    in a section, registered by liburcu's
 *              own call                             not named
 *   elsewhere  in a section of another flavour      not named
 *
 * and another thread waits for a grace period.  Which look is the first to show those who
 * stay, nobody can tell: the test looks until one shows all of them, and no look may show
 * anybody else.  bp names nobody.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* names of threads */
#endif

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "reclaim.h"
#include "run.h"

/* ---- Threads that stay where they are ------------------------------------ */

enum state { STAYS, LEFT, UNKNOWN, ELSEWHERE, STATES };

#define THREADS 16

static struct actor {
	pthread_t thread;
	enum state state;
	unsigned index;
	long tid;
} actors[THREADS];

static enum nbmap_flavor flavor;
static struct nbmap_domain *domain, *other;
static sem_t there, enough;

static void await(sem_t *sem)
{
	while (sem_wait(sem))
		crew_check(errno == EINTR);
}

static enum nbmap_flavor other_flavor(void)
{
	return flavor == NBMAP_MB ? NBMAP_MEMB : NBMAP_MB;
}

static void *act(void *arg)
{
	struct actor *actor = arg;
	struct nbmap_domain *where = actor->state == ELSEWHERE ? other : domain;
	enum nbmap_flavor its = actor->state == ELSEWHERE ? other_flavor() : flavor;
	char name[16];

	snprintf(name, sizeof(name), "actor-%u", actor->index);
	pthread_setname_np(pthread_self(), name);
	actor->tid = syscall(SYS_gettid);
	if (actor->state == UNKNOWN)
		flavor_register(its);
	else
		crew_check(!nbmap_thread_register(its));
	nbmap_domain_enter(where);
	if (actor->state == LEFT) {
		nbmap_domain_leave(where);
		crew_check(!nbmap_thread_offline(its));
	}
	sem_post(&there);
	await(&enough);
	if (actor->state != LEFT)
		nbmap_domain_leave(where);
	crew_check(!nbmap_thread_unregister(its));
	return NULL;
}

/* Enough of each state, more than there are processors. */
static void begin(void)
{
	crew_check(!sem_init(&there, 0, 0) && !sem_init(&enough, 0, 0));
	for (unsigned i = 0; i < THREADS; i++) {
		actors[i] = (struct actor){.index = i, .state = (enum state)(i % STATES)};
		crew_check(!pthread_create(&actors[i].thread, NULL, act, &actors[i]));
		await(&there);
	}
}

static void end(void)
{
	for (unsigned i = 0; i < THREADS; i++)
		sem_post(&enough);
	for (unsigned i = 0; i < THREADS; i++)
		crew_check(!pthread_join(actors[i].thread, NULL));
}

static void *synchronize(void *arg)
{
	crew_check(!nbmap_domain_synchronize(arg));
	return NULL;
}

static void open_domains(unsigned flags)
{
	struct nbmap_domain_config config = {.flavor = flavor, .flags = flags};

	crew_check(!nbmap_domain_new(&domain, &config));
	config.flavor = other_flavor();
	crew_check(!nbmap_domain_new(&other, &config));
}

static void close_domains(void)
{
	crew_check(!nbmap_domain_destroy(domain) && !nbmap_domain_destroy(other));
}

/* ---- Looks --------------------------------------------------------------- */

static unsigned of_state(enum state state)
{
	unsigned n = 0;

	for (unsigned i = 0; i < THREADS; i++)
		n += actors[i].state == state;
	return n;
}

/* One look: it names nobody but those who stay, each once, in the order in which they
 * registered.  Returns how many. */
static size_t look(void)
{
	struct nbmap_thread named[THREADS];
	size_t n = nbmap_threads_awaited(flavor, named, THREADS), next = 0;

	for (size_t i = 0; i < n; i++) {
		char name[16];

		while (next < THREADS && actors[next].tid != named[i].tid)
			next++;
		crew_check(next < THREADS && actors[next].state == STAYS);
		snprintf(name, sizeof(name), "actor-%u", (unsigned)next++);
		crew_check(!strcmp(named[i].name, name));
	}
	return n;
}

static void look_until_all_are_named(void)
{
	while (look() != of_state(STAYS))
		sched_yield();
}

START_TEST(test_those_who_stay_are_named)
{
	pthread_t waiter;

	flavor = (enum nbmap_flavor)(NBMAP_QSBR + _i / 2);
	open_domains(_i % 2 ? NBMAP_NO_THREAD : 0);
	begin();
	ck_assert_int_eq(pthread_create(&waiter, NULL, synchronize, domain), 0);
	look_until_all_are_named();
	/* And go on being so. */
	ck_assert_uint_eq(look(), of_state(STAYS));
	end();
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	ck_assert_uint_eq(nbmap_threads_awaited(flavor, NULL, 0), 0);
	close_domains();
}
END_TEST

/* The number says how many there are; no more are filled in than have room. */
START_TEST(test_more_than_have_room)
{
	struct nbmap_thread named[2] = {{0}, {.tid = -1, .name = "untouched"}};
	pthread_t waiter;

	flavor = (enum nbmap_flavor)(NBMAP_QSBR + _i);
	open_domains(0);
	begin();
	ck_assert_int_eq(pthread_create(&waiter, NULL, synchronize, domain), 0);
	look_until_all_are_named();
	ck_assert_uint_eq(nbmap_threads_awaited(flavor, NULL, 0), of_state(STAYS));
	ck_assert_uint_eq(nbmap_threads_awaited(flavor, named, 1), of_state(STAYS));
	ck_assert_int_eq(named[0].tid, actors[STAYS].tid);
	ck_assert_int_eq(named[1].tid, -1);
	ck_assert_str_eq(named[1].name, "untouched");
	end();
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	close_domains();
}
END_TEST

/* Without a grace period nobody is waited for; and there are flavours that name nobody. */
START_TEST(test_nobody)
{
	flavor = (enum nbmap_flavor)_i;
	if (_i >= FLAVORS) {
		ck_assert_uint_eq(nbmap_threads_awaited(flavor, NULL, 0), 0);
		return;
	}
	open_domains(NBMAP_NO_THREAD);
	begin();
	ck_assert_uint_eq(look(), 0);
	if (flavor == NBMAP_BP) {
		pthread_t waiter;

		ck_assert_int_eq(pthread_create(&waiter, NULL, synchronize, domain), 0);
		for (int i = 0; i < 1000; i++)
			ck_assert_uint_eq(nbmap_threads_awaited(flavor, NULL, 0), 0);
		end();
		ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	} else {
		end();
	}
	close_domains();
}
END_TEST

/* ---- In a report --------------------------------------------------------- */

static sem_t reported;

/* May itself look and wait: only the watch waits with it. */
static void on_stall(unsigned age_ms, void *arg)
{
	(void)age_ms;
	(void)arg;
	look_until_all_are_named();
	sem_post(&reported);
}

START_TEST(test_a_report_names_them)
{
	struct nbmap_domain_config config = {.stall_ms = 1, .on_stall = on_stall};
	pthread_t waiter;

	flavor = (enum nbmap_flavor)(NBMAP_QSBR + _i);
	open_domains(0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	config.flavor = flavor;
	ck_assert_int_eq(sem_init(&reported, 0, 0), 0);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	begin();
	ck_assert_int_eq(pthread_create(&waiter, NULL, synchronize, domain), 0);
	await(&reported);
	end();
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	close_domains();
}
END_TEST

/* ---- Threads that come and go -------------------------------------------- */

static void *leave_by_liburcu(void *arg)
{
	(void)arg;
	crew_check(!nbmap_thread_register(flavor));
	flavor_unregister(flavor);
	return NULL;
}

static void *come_by_liburcu(void *arg)
{
	(void)arg;
	flavor_register(flavor);
	nbmap_domain_enter(domain);
	sem_post(&there);
	await(&enough);
	nbmap_domain_leave(domain);
	flavor_unregister(flavor);
	return NULL;
}

/*
 * A thread that registers here and unregisters by liburcu's own call is not listed any more
 * when it has ended: the memory that it had may be the next thread's, who has never come here.
 */
START_TEST(test_threads_that_ended_are_not_looked_at)
{
	pthread_t threads[THREADS], waiter;

	flavor = (enum nbmap_flavor)(NBMAP_QSBR + _i);
	open_domains(0);
	ck_assert_int_eq(sem_init(&there, 0, 0) | sem_init(&enough, 0, 0), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, leave_by_liburcu, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, come_by_liburcu, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		await(&there);
	/* One more, whom the grace period shows when it shows anybody. */
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	nbmap_domain_enter(domain);
	ck_assert_int_eq(pthread_create(&waiter, NULL, synchronize, domain), 0);
	while (!nbmap_threads_awaited(flavor, NULL, 0))
		sched_yield();
	ck_assert_uint_eq(nbmap_threads_awaited(flavor, NULL, 0), 1);
	nbmap_domain_leave(domain);
	ck_assert_int_eq(nbmap_thread_unregister(flavor), 0);
	for (int i = 0; i < THREADS; i++)
		sem_post(&enough);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	close_domains();
}
END_TEST

/* A thread that registers again, after liburcu's own call, is listed once. */
START_TEST(test_registered_again)
{
	struct nbmap_thread named[2];
	pthread_t waiter;

	flavor = (enum nbmap_flavor)(NBMAP_QSBR + _i);
	open_domains(0);
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	flavor_unregister(flavor);
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	nbmap_domain_enter(domain);
	ck_assert_int_eq(pthread_create(&waiter, NULL, synchronize, domain), 0);
	while (!nbmap_threads_awaited(flavor, named, 2))
		sched_yield();
	ck_assert_uint_eq(nbmap_threads_awaited(flavor, named, 2), 1);
	ck_assert_int_eq(named[0].tid, syscall(SYS_gettid));
	nbmap_domain_leave(domain);
	ck_assert_int_eq(nbmap_thread_unregister(flavor), 0);
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	close_domains();
}
END_TEST

static void come_and_go(struct crew_member *member)
{
	(void)member;
	for (int i = 0; i < 300; i++) {
		crew_check(!nbmap_thread_unregister(flavor) && !nbmap_thread_register(flavor));
		(void)nbmap_threads_awaited(flavor, NULL, 0);
		nbmap_domain_enter(domain);
		nbmap_domain_leave(domain);
	}
}

static _Atomic bool over;

static void *synchronize_on(void *arg)
{
	while (!atomic_load(&over))
		crew_check(!nbmap_domain_synchronize(arg));
	return NULL;
}

/* Beside grace periods, looks find threads that register and unregister. */
START_TEST(test_beside_threads_that_come_and_go)
{
	pthread_t waiter;

	flavor = (enum nbmap_flavor)(NBMAP_QSBR + _i);
	open_domains(0);
	atomic_store(&over, false);
	ck_assert_int_eq(pthread_create(&waiter, NULL, synchronize_on, domain), 0);
	crew_run(flavor, THREADS, come_and_go, NULL);
	atomic_store(&over, true);
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	ck_assert_uint_eq(nbmap_threads_awaited(flavor, NULL, 0), 0);
	close_domains();
}
END_TEST

/* ---- Threads of the domain ------------------------------------------------ */

static void stay_in_a_section(void *object, void *arg)
{
	(void)arg;
	nbmap_domain_enter(object);
	sem_post(&there);
	await(&enough);
	nbmap_domain_leave(object);
}

/* A callback that stays in a section of its own holds up grace periods, in the domain's
 * own thread. */
START_TEST(test_a_callback_that_stays_is_named)
{
	struct nbmap_thread named;
	pthread_t waiter;

	flavor = (enum nbmap_flavor)(NBMAP_QSBR + _i);
	open_domains(0);
	ck_assert_int_eq(sem_init(&there, 0, 0) | sem_init(&enough, 0, 0), 0);
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	nbmap_domain_enter(domain);
	ck_assert_int_eq(nbmap_domain_retire(domain, domain, stay_in_a_section, NULL), 0);
	nbmap_domain_leave(domain);
	ck_assert_int_eq(nbmap_thread_unregister(flavor), 0);
	await(&there);
	ck_assert_int_eq(pthread_create(&waiter, NULL, synchronize, domain), 0);
	while (!nbmap_threads_awaited(flavor, &named, 1))
		sched_yield();
	ck_assert_str_eq(named.name, "nbmap-reclaim");
	sem_post(&enough);
	ck_assert_int_eq(pthread_join(waiter, NULL), 0);
	close_domains();
}
END_TEST

/* ---- fork ---------------------------------------------------------------- */

static void in_the_child(void)
{
	struct nbmap_thread named;
	pthread_t waiter;

	/* A child that hangs ends otherwise. */
	alarm(60);
	crew_check(!nbmap_after_fork_child() && !nbmap_threads_awaited(flavor, NULL, 0));
	crew_check(!nbmap_thread_register(flavor));
	nbmap_domain_enter(domain);
	crew_check(!pthread_create(&waiter, NULL, synchronize, domain));
	while (!nbmap_threads_awaited(flavor, &named, 1))
		sched_yield();
	crew_check(named.tid == getpid() && nbmap_threads_awaited(flavor, NULL, 0) == 1);
	nbmap_domain_leave(domain);
	crew_check(!nbmap_thread_unregister(flavor) && !pthread_join(waiter, NULL));
	close_domains();
	/* Not by exit, which a leak checker has a status of its own for. */
	(void)raise(SIGKILL);
}

/* The child's threads are its own: the one that forked has another number there. */
START_TEST(test_in_a_child)
{
	int status;
	pid_t child;

	flavor = (enum nbmap_flavor)(NBMAP_QSBR + _i);
	open_domains(0);
	/* Listed on, as it left by liburcu's own call. */
	ck_assert_int_eq(nbmap_thread_register(flavor), 0);
	flavor_unregister(flavor);
	ck_assert_int_eq(nbmap_before_fork(), 0);
	child = fork();
	if (child == 0)
		in_the_child();
	nbmap_after_fork_parent();
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close_domains();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("awaited");
	TCase *tcase = tcase_create("awaited");
	int last = FLAVORS - NBMAP_QSBR;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_those_who_stay_are_named, 0, 2 * last);
	tcase_add_loop_test(tcase, test_more_than_have_room, 0, last);
	tcase_add_loop_test(tcase, test_nobody, 0, FLAVORS + 1);
	tcase_add_loop_test(tcase, test_a_report_names_them, 0, last);
	tcase_add_loop_test(tcase, test_threads_that_ended_are_not_looked_at, 0, last);
	tcase_add_loop_test(tcase, test_registered_again, 0, last);
	tcase_add_loop_test(tcase, test_beside_threads_that_come_and_go, 0, last);
	tcase_add_loop_test(tcase, test_a_callback_that_stays_is_named, 0, last);
#ifndef NBR_TSAN /* cannot start threads in the child of a threaded process */
	tcase_add_loop_test(tcase, test_in_a_child, 0, last);
#else
	(void)test_in_a_child;
#endif
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
