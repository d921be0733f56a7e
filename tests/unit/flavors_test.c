/*
 * flavors: maps under each of liburcu's flavours, and the reclamation domains
 * behind them: sections that protect, barriers that free, limits, the manual
 * mode, the threads that all small maps share, fork.
 *
 * Each test is run for all four flavours by threads that keep to the rules of
 * theirs.  Where a test must know that something has not happened yet, it
 * holds the section that prevents it; where it waits for another thread, it
 * waits for as long as it takes.  No clock decides.
 *
 * Linked with the library as it is installed and with the tiny one.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count_alloc.h"
#include "facade.h"
#include "map.h"
#include "crew.h"
#include "flavor_thread.h"
#include "run.h"
#include "subject.h"
#include "tasks.h"
#include "nbmap.h"
#include "reclaim.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)

/* ---- The fixture: the test's thread is registered with the turn's flavour - */

static struct count *count;
static enum nbmap_flavor flavor;
static struct nbmap_domain *domain;
static struct subject subject;

static void setup(void)
{
	count = count_new();
	ck_assert_ptr_nonnull(count);
}

static void teardown(void)
{
	flavor_unregister(flavor);
	ck_assert(count_end(count));
}

static void enlist(int turn)
{
	flavor = (enum nbmap_flavor)(turn / KINDS);
	flavor_register(flavor);
}

static void open_in(int turn, struct nbmap_domain *in, unsigned flags)
{
	struct nbmap_config base = {.flavor = flavor, .domain = in, .flags = flags};

	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
}

static void close_subject(void)
{
	ck_assert_int_eq(subject_close(&subject), 0);
}

static void put(uint64_t id, uint32_t number)
{
	subject_enter(&subject);
	crew_check(!subject_put(&subject, id, number));
	subject_leave(&subject);
}

static uint64_t values_alive(void)
{
	return count_alive(count, COUNT_VALUES);
}

/* ---- Sections and barriers ---------------------------------------------- */

#define THREADS 4
#define ROUNDS 2000
#define KEYS 8

/* A value found stays what it is until the section ends, whoever overwrites or
 * removes it: subject_get() and subject_random() look. */
static void read_and_write(struct crew_member *member)
{
	struct nbmap_iter iter;
	uint64_t id;
	uint32_t number;

	for (unsigned i = 0; i < ROUNDS; i++) {
		subject_enter(&subject);
		for (unsigned n = 0; n < 4; n++)
			subject_random(&subject, &member->random, KEYS, true);
		if (i % 64 == 0) {
			crew_check(!subject_walk(&subject, &iter));
			while (subject_next(&subject, &iter, &id, &number))
				crew_check(id < KEYS);
		}
		subject_leave(&subject);
	}
}

START_TEST(test_sections_protect_values)
{
	size_t entries;

	enlist(_i);
	open_in(_i, NULL, 0);
	crew_run(flavor, THREADS, read_and_write, NULL);
	subject_enter(&subject);
	entries = subject_size(&subject);
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(values_alive(), entries);
	close_subject();
}
END_TEST

START_TEST(test_a_section_holds_values_and_a_barrier_frees_them)
{
	struct nbmap_stats stats;

	enlist(_i);
	open_in(_i, NULL, 0);
	subject_enter(&subject);
	for (uint32_t i = 1; i <= 50; i++)
		crew_check(!subject_put(&subject, 1, i));
	crew_check(!subject_del(&subject, 1));
	/* Our section (for QSBR: our being online) has held them all. */
	ck_assert_uint_eq(values_alive(), 50);
	subject_stats(&subject, &stats);
	ck_assert_uint_eq(stats.pending_objects, 50);
	if (flavor != NBMAP_QSBR)
		ck_assert_int_eq(subject_barrier(&subject), -EDEADLK);
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(values_alive(), 0);
	close_subject();
}
END_TEST

/* Barrier and destroy of an online QSBR thread would wait for themselves, if
 * they did not go offline; afterwards the thread is online as before. */
START_TEST(test_waiting_leaves_a_thread_as_it_was)
{
	struct nbmap_domain_config config = {.flags = 0};

	enlist(_i);
	config.flavor = flavor;
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	open_in(_i, domain, 0);
	put(1, 1);
	put(1, 2);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(values_alive(), 1);
	put(1, 3);
	close_subject();
	ck_assert_uint_eq(values_alive(), 0);
	ck_assert(nbr_in_section(nb_domain_in(domain)) == (flavor == NBMAP_QSBR));
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
}
END_TEST

/* ---- Domains ------------------------------------------------------------ */

/* Limits are looked at once a batch, so they may be passed by this much. */
#define SLACK 256

static unsigned limit_calls;
static uint64_t limit_pending;

static void on_limit(const struct nbmap_domain_stats *stats, void *arg)
{
	ck_assert_ptr_eq(arg, &limit_calls);
	limit_calls++;
	limit_pending = stats->pending_objects;
}

static void open_limited(int turn, struct nbmap_domain_config config)
{
	enlist(turn);
	limit_calls = 0;
	config.flavor = flavor;
	config.flags |= NBMAP_NO_THREAD;
	config.on_limit = on_limit;
	config.arg = &limit_calls;
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	open_in(turn, domain, 0);
}

static void close_limited(void)
{
	close_subject();
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
}

static uint64_t pending(void)
{
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(domain, &stats);
	return stats.pending_objects;
}

static uint64_t pending_bytes(void)
{
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(domain, &stats);
	return stats.pending_bytes;
}

/* At the limit of objects an overwriting write answers -ENOBUFS and changes nothing; removals go on. */
START_TEST(test_a_limit_of_objects_refuses_writes)
{
	uint32_t stored = 0;
	int error = 0;

	open_limited(_i, (struct nbmap_domain_config){.limit_objects = 100});
	subject_enter(&subject);
	while (!error && stored < 100 + SLACK) {
		error = subject_put(&subject, 1, stored + 1);
		stored += !error;
	}
	ck_assert_int_eq(error, -ENOBUFS);
	ck_assert_uint_ge(stored, 100);
	ck_assert_uint_eq(limit_calls, 1);
	ck_assert_uint_ge(limit_pending, 100);
	ck_assert_uint_eq(subject_get(&subject, 1), stored);
	ck_assert_int_eq(subject_update(&subject, 1), -ENOBUFS);
	ck_assert_uint_eq(subject_get(&subject, 1), stored);
	ck_assert_uint_eq(subject_size(&subject), 1);
	/* So is what displaces nothing, for it may be removed. */
	ck_assert_int_eq(subject_put(&subject, 2, 1), -ENOBUFS);
	/* What makes room goes on. */
	ck_assert_int_eq(subject_del(&subject, 1), 0);
	ck_assert_uint_eq(subject_size(&subject), 0);
	ck_assert_int_eq(subject_clear(&subject), 0);
	ck_assert_uint_eq(subject_size(&subject), 0);
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	put(1, 1);
	put(1, 2);
	ck_assert_uint_eq(pending(), 1);
	close_limited();
}
END_TEST

START_TEST(test_a_limit_that_only_reports)
{
	open_limited(_i, (struct nbmap_domain_config){.limit_objects = 100, .flags = NBMAP_LIMIT_REPORTS_ONLY});
	subject_enter(&subject);
	for (uint32_t i = 0; i < 1000; i++)
		crew_check(!subject_put(&subject, 1, i + 1));
	crew_check(!subject_clear(&subject));
	subject_leave(&subject);
	ck_assert_uint_gt(limit_calls, 1);
	ck_assert_uint_ge(pending(), 1000);
	close_limited();
}
END_TEST

/* Tables have a size: where a limit of bytes is met, no more of them are made garbage by growing. */
START_TEST(test_a_limit_of_bytes_refuses_tables)
{
	uint64_t entries = 0, clears = 0;
	int error;

	open_limited(_i, (struct nbmap_domain_config){.limit_bytes = 64 * 1024});
	subject_enter(&subject);
	/* What a clear leaves is counted.  The last one would not fit. */
	do {
		crew_check(!subject_put(&subject, 1, 1) && !subject_clear(&subject));
		clears++;
	} while (pending_bytes() * (clears + 1) / clears < 64 * 1024);
	ck_assert_uint_gt(clears, 10);
	ck_assert_uint_eq(limit_calls, 0);
	/* Tables take entries until they are full. */
	while (!(error = subject_put(&subject, entries, 1)))
		entries++;
	ck_assert_int_eq(error, -ENOBUFS);
	ck_assert_uint_gt(entries, 0);
	ck_assert_uint_gt(limit_calls, 0);
	ck_assert_uint_eq(subject_size(&subject), entries);
	ck_assert_uint_eq(subject_get(&subject, entries), 0);
	/* A clear is never refused; after it nothing is stored in what is past the limit. */
	ck_assert_int_eq(subject_clear(&subject), 0);
	while (pending_bytes() < 64 * 1024)
		crew_check(!subject_clear(&subject));
	ck_assert_int_eq(subject_put(&subject, 1, 1), -ENOBUFS);
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	subject_enter(&subject);
	for (uint64_t id = 0; id < 100; id++)
		crew_check(!subject_put(&subject, id, 1));
	ck_assert_int_eq(subject_clear(&subject), 0);
	ck_assert_uint_eq(subject_size(&subject), 0);
	subject_leave(&subject);
	close_limited();
}
END_TEST

START_TEST(test_domain_stats)
{
	struct nbmap_domain_stats stats;

	open_limited(_i, (struct nbmap_domain_config){.limit_objects = 1000});
	put(1, 1);
	put(1, 2);
	put(1, 3);
	nbmap_domain_stats(domain, &stats);
	ck_assert_uint_eq(stats.pending_objects, 2);
	ck_assert_uint_eq(stats.freed_objects, 0);
	ck_assert_uint_eq(stats.grace_periods, 0);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	nbmap_domain_stats(domain, &stats);
	ck_assert_uint_eq(stats.pending_objects, 0);
	ck_assert_uint_eq(stats.freed_objects, 2);
	ck_assert_uint_ge(stats.grace_periods, 1);
	close_limited();
}
END_TEST

/* ---- Threads ------------------------------------------------------------ */

/* Without a thread nothing is freed before someone asks. */
START_TEST(test_manual_mode)
{
	unsigned before;
	long freed;

	enlist(_i);
	before = tasks_now();
	open_in(_i, NULL, NBMAP_NO_THREAD);
	ck_assert_uint_eq(tasks_now(), before);
	for (uint32_t i = 0; i < 100; i++)
		put(1, i + 1);
	ck_assert_uint_eq(values_alive(), 100);
	flavor_quiescent(flavor);
	freed = subject.integer ? nbmap_u64_reclaim(subject.integers) : nbmap_reclaim(subject.objects);
	ck_assert_int_eq(freed, 99);
	ck_assert_uint_eq(values_alive(), 1);
	close_subject();
}
END_TEST

#define MANY 2000

/* One that waits and one that frees. */
#define DOMAIN_THREADS 2

START_TEST(test_thousands_of_maps_share_the_threads)
{
	struct subject *many = malloc(MANY * sizeof(*many));
	unsigned before;

	ck_assert_ptr_nonnull(many);
	enlist(_i);
	/* Whatever a first thread brings with it is there now. */
	open_in(_i, NULL, 0);
	close_subject();
	before = tasks_now();
	for (unsigned i = 0; i < MANY; i++) {
		struct nbmap_config base = {.flavor = flavor};

		crew_check(!subject_open(&many[i], _i % KINDS, count, &base));
		subject_enter(&many[i]);
		crew_check(!subject_put(&many[i], i, 1) && !subject_put(&many[i], i, 2));
		subject_leave(&many[i]);
	}
	/* Less, if those of the first map were still listed. */
	ck_assert_uint_le(tasks_now(), before + DOMAIN_THREADS);
	for (unsigned i = 0; i < MANY; i++)
		crew_check(!subject_close(&many[i]));
	/* The last one gone, so are they. */
	tasks_await(before);
	free(many);
}
END_TEST

/* ---- A grace period that takes too long --------------------------------- */

static sem_t stalled;
static _Atomic unsigned stall_age;

static void on_stall(unsigned age_ms, void *arg)
{
	atomic_store(&stall_age, age_ms);
	sem_post(arg);
}

START_TEST(test_a_stalled_grace_period_is_reported)
{
	struct nbmap_domain_config config = {.stall_ms = 5, .on_stall = on_stall, .arg = &stalled};

	enlist(_i);
	ck_assert_int_eq(sem_init(&stalled, 0, 0), 0);
	config.flavor = flavor;
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	open_in(_i, domain, 0);
	subject_enter(&subject);
	crew_check(!subject_put(&subject, 1, 1) && !subject_put(&subject, 1, 2));
	/* We are the reader that it waits for. */
	while (sem_wait(&stalled))
		ck_assert_int_eq(errno, EINTR);
	ck_assert_uint_ge(atomic_load(&stall_age), 5);
	ck_assert_uint_eq(values_alive(), 2);
	subject_leave(&subject);
	close_subject();
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	sem_destroy(&stalled);
}
END_TEST

/* ---- fork --------------------------------------------------------------- */

/* ThreadSanitizer does not allow the child new threads. */
#ifndef NBR_TSAN

/* In the child: the map is as it was, goes on, and comes to an end.  That all
 * of it went well is said by a byte: the exit status may be a leak checker's,
 * who counts what the child inherited from the test's other business. */
static _Noreturn void be_the_child(int report)
{
	/* One, and an emulator's own. */
	unsigned survivors = tasks_now();

	crew_check(!nbmap_after_fork_child());
	/* We alone came through the fork; the library has started new threads. */
	crew_check(tasks_now() == survivors + DOMAIN_THREADS);
	flavor_register(flavor);
	subject_enter(&subject);
	for (uint64_t id = 0; id < 100; id++)
		crew_check(subject_get(&subject, id) == 2);
	for (uint64_t id = 0; id < 200; id++)
		crew_check(!subject_put(&subject, id, 3));
	subject_leave(&subject);
	/* Garbage from before the fork is freed here, too. */
	crew_check(!subject_barrier(&subject));
	crew_check(values_alive() == 200);
	crew_check(!subject_close(&subject));
	flavor_unregister(flavor);
	crew_check(count_balanced(count));
	crew_check(write(report, "", 1) == 1);
	_exit(0);
}

/* Fork, and see that the child says that all went well. */
static void fork_and_await_child(void)
{
	int pipes[2];
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(nbmap_before_fork(), 0);
	child = fork();
	if (!child)
		be_the_child(pipes[1]);
	nbmap_after_fork_parent();
	ck_assert_int_gt(child, 0);
	close(pipes[1]);
	ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
	close(pipes[0]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

START_TEST(test_fork_with_a_map_in_use)
{
	enlist(_i);
	open_in(_i, NULL, 0);
	for (uint64_t id = 0; id < 100; id++) {
		put(id, 1);
		put(id, 2);
	}
	/* As liburcu asks: a process that forks has no registered thread, but for bp. */
	flavor_unregister(flavor);
	fork_and_await_child();
	flavor_register(flavor);
	/* The parent's map is its own. */
	subject_enter(&subject);
	for (uint64_t id = 0; id < 100; id++)
		ck_assert_uint_eq(subject_get(&subject, id), 2);
	subject_leave(&subject);
	put(1, 5);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(values_alive(), 100);
	close_subject();
}
END_TEST

/* A thread that works on keys of its own, and pauses between two calls for the fork. */
static pthread_barrier_t paused, resumed;

static void *work_around_a_fork(void *arg)
{
	uint64_t random = test_random_stream(1);

	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		const uint64_t id = 1000 + test_random(&random) % 50;

		if (i == ROUNDS / 2) {
			pthread_barrier_wait(&paused);
			pthread_barrier_wait(&resumed);
		}
		subject_enter(&subject);
		crew_check(!subject_put(&subject, id, 1) && !subject_put(&subject, id, 2));
		crew_check(!subject_del(&subject, id));
		subject_leave(&subject);
	}
	return NULL;
}

/* bp alone allows it: other threads may be registered, and go on in the parent. */
START_TEST(test_fork_beside_a_thread_at_work)
{
	pthread_t worker;

	enlist(NBMAP_BP * KINDS + _i);
	open_in(_i, NULL, 0);
	for (uint64_t id = 0; id < 100; id++) {
		put(id, 1);
		put(id, 2);
	}
	ck_assert_int_eq(pthread_barrier_init(&paused, NULL, 2), 0);
	ck_assert_int_eq(pthread_barrier_init(&resumed, NULL, 2), 0);
	ck_assert_int_eq(pthread_create(&worker, NULL, work_around_a_fork, NULL), 0);
	pthread_barrier_wait(&paused);
	fork_and_await_child();
	pthread_barrier_wait(&resumed);
	put(1, 5);
	ck_assert_int_eq(pthread_join(worker, NULL), 0);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(values_alive(), 100);
	pthread_barrier_destroy(&paused);
	pthread_barrier_destroy(&resumed);
	close_subject();
}
END_TEST

#endif

START_TEST(test_fork_is_refused_inside_a_section)
{
	enlist(_i);
	open_in(_i, NULL, 0);
	subject_enter(&subject);
	/* For QSBR: while online. */
	ck_assert_int_eq(nbmap_before_fork(), -EDEADLK);
	crew_check(!subject_put(&subject, 1, 1));
	subject_leave(&subject);
	close_subject();
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

static void add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_sections_protect_values, 0, CASES);
	tcase_add_loop_test(tcase, test_a_section_holds_values_and_a_barrier_frees_them, 0, CASES);
	tcase_add_loop_test(tcase, test_waiting_leaves_a_thread_as_it_was, 0, CASES);
	tcase_add_loop_test(tcase, test_a_limit_of_objects_refuses_writes, 0, CASES);
	tcase_add_loop_test(tcase, test_a_limit_that_only_reports, 0, CASES);
	tcase_add_loop_test(tcase, test_a_limit_of_bytes_refuses_tables, 0, CASES);
	tcase_add_loop_test(tcase, test_domain_stats, 0, CASES);
	tcase_add_loop_test(tcase, test_manual_mode, 0, CASES);
	tcase_add_loop_test(tcase, test_thousands_of_maps_share_the_threads, 0, CASES);
	tcase_add_loop_test(tcase, test_a_stalled_grace_period_is_reported, 0, CASES);
#ifndef NBR_TSAN
	tcase_add_loop_test(tcase, test_fork_with_a_map_in_use, 0, CASES);
	tcase_add_loop_test(tcase, test_fork_beside_a_thread_at_work, 0, KINDS);
#endif
	tcase_add_loop_test(tcase, test_fork_is_refused_inside_a_section, 0, CASES);
}

int main(void)
{
	Suite *suite = suite_create("flavors");
	TCase *tcase = tcase_create("flavors");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
