/*
 * turnover: threads that exit, register again or go offline while others work
 * on the same map, in every flavour and with both kinds of key.
 *
 * Two threads of a crew only work; the other two come and go between sections
 * in the manner that the test is about.  All do the same operations, and each
 * adds 1 to a counter in the map: no addition may be lost, whoever made it.
 * What a thread that is gone has retired must be freed as well.
 *
 * Where a flavour knows no registration (bp) or no offline state (all but
 * QSBR), coming and going is just being outside of a section.
 */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "alone.h"
#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "run.h"
#include "subject.h"
#include "map.h"
#include "nbmap.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define THREADS 4
#define TURNS 60  /* how often the two come and go */
#define ROUNDS 40 /* operations in between */
#define KEYS 24
#define COUNTER KEYS /* a key that the random operations leave alone */

static struct count *count;
static struct subject subject;
static _Atomic unsigned additions;

static void work(uint64_t *random)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		subject_enter(&subject);
		subject_random(&subject, random, KEYS, false);
		crew_check(!subject_update(&subject, COUNTER));
		subject_leave(&subject);
		atomic_fetch_add(&additions, 1);
	}
}

/* ---- Ways to come and go ------------------------------------------------ */

static void *visit(void *arg)
{
	struct crew_member *member = arg;

	flavor_register(member->flavor);
	work(&member->random);
	flavor_unregister(member->flavor);
	return NULL;
}

/* Each turn is the whole life of a thread. */
static void exit_and_be_followed(struct crew_member *member)
{
	pthread_t visitor;

	crew_check(!pthread_create(&visitor, NULL, visit, member));
	flavor_offline(member->flavor);
	crew_check(!pthread_join(visitor, NULL));
	flavor_online(member->flavor);
}

static void register_again(struct crew_member *member)
{
	flavor_unregister(member->flavor);
	sched_yield();
	flavor_register(member->flavor);
	work(&member->random);
}

static void go_offline(struct crew_member *member)
{
	flavor_offline(member->flavor);
	sched_yield();
	flavor_online(member->flavor);
	work(&member->random);
}

/* ---- Among threads that stay -------------------------------------------- */

static void (*turn)(struct crew_member *member);

static void come_and_go(struct crew_member *member)
{
	for (unsigned i = 0; i < TURNS; i++)
		if (member->index % 2)
			turn(member);
		else
			work(&member->random);
}

static void begin(int number)
{
	struct nbmap_config base = {.flavor = (enum nbmap_flavor)(number / KINDS)};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(subject_open(&subject, number % KINDS, count, &base), 0);
	flavor_register(subject.flavor);
}

static void finish(void)
{
	ck_assert_int_eq(subject_close(&subject), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

static void run(int number, void (*how)(struct crew_member *member))
{
	size_t entries;

	begin(number);
	turn = how;
	atomic_store(&additions, 0);
	crew_run(subject.flavor, THREADS, come_and_go, NULL);
	subject_enter(&subject);
	ck_assert_uint_eq(atomic_load(&additions), THREADS * TURNS * ROUNDS);
	ck_assert_uint_eq(subject_get(&subject, COUNTER), THREADS * TURNS * ROUNDS);
	entries = subject_size(&subject);
	subject_leave(&subject);
	ck_assert(alone_valid(subject_core(&subject)));
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), entries);
	finish();
}

START_TEST(test_threads_that_exit_mid_run)
{
	run(_i, exit_and_be_followed);
}
END_TEST

START_TEST(test_threads_that_register_again_mid_run)
{
	run(_i, register_again);
}
END_TEST

START_TEST(test_threads_that_go_offline_mid_run)
{
	run(_i, go_offline);
}
END_TEST

/* ---- Who is away holds up nobody ---------------------------------------- */

static pthread_barrier_t away, back;

static void *be_away(void *arg)
{
	const bool unregistered = arg != NULL;

	flavor_register(subject.flavor);
	subject_enter(&subject);
	crew_check(!subject_put(&subject, 1, 1));
	crew_check(!subject_put(&subject, 1, 2));
	subject_leave(&subject);
	if (unregistered)
		flavor_unregister(subject.flavor);
	else
		flavor_offline(subject.flavor);
	pthread_barrier_wait(&away);
	/* Here the other thread waits for a grace period, and need not wait for us. */
	pthread_barrier_wait(&back);
	if (unregistered)
		flavor_register(subject.flavor);
	else
		flavor_online(subject.flavor);
	subject_enter(&subject);
	crew_check(subject_get(&subject, 1) == 3);
	subject_leave(&subject);
	flavor_unregister(subject.flavor);
	return NULL;
}

/* _i: offline or unregistered; flavour and kind. */
START_TEST(test_a_thread_that_is_away_delays_no_grace_period)
{
	pthread_t thread;

	begin(_i / 2);
	ck_assert_int_eq(pthread_barrier_init(&away, NULL, 2), 0);
	ck_assert_int_eq(pthread_barrier_init(&back, NULL, 2), 0);
	flavor_offline(subject.flavor);
	ck_assert_int_eq(pthread_create(&thread, NULL, be_away, _i % 2 ? &subject : NULL), 0);
	pthread_barrier_wait(&away);
	flavor_online(subject.flavor);
	subject_enter(&subject);
	crew_check(!subject_put(&subject, 1, 3));
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), 1);
	flavor_offline(subject.flavor);
	pthread_barrier_wait(&back);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	flavor_online(subject.flavor);
	pthread_barrier_destroy(&away);
	pthread_barrier_destroy(&back);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("turnover");
	TCase *tcase = tcase_create("turnover");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_threads_that_exit_mid_run, 0, CASES);
	tcase_add_loop_test(tcase, test_threads_that_register_again_mid_run, 0, CASES);
	tcase_add_loop_test(tcase, test_threads_that_go_offline_mid_run, 0, CASES);
	tcase_add_loop_test(tcase, test_a_thread_that_is_away_delays_no_grace_period, 0, 2 * CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
