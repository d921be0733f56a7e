/*
 * flavors: maps under each of liburcu's flavours, and the reclamation domains
 * behind them: sections that protect, barriers that free, limits, the manual
 * mode, the one thread that all small maps share, fork.
 *
 * Each test is run for all four flavours by threads that keep to the rules of
 * theirs.  Where a test must know that something has not happened yet, it
 * holds the section that prevents it; where it waits for another thread, it
 * waits for as long as it takes.  No clock decides.
 *
 * Linked with the library as it is installed and with the tiny one, whose
 * debug assertions are on: only there an operation outside a section can be
 * seen to be reported.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count_alloc.h"
#include "domain.h"
#include "flavor_thread.h"
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
	ck_assert(nbr_in_section(nb_domain_reclaim(domain)) == (flavor == NBMAP_QSBR));
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

/* At the limit of objects a displacing write answers -ENOBUFS and changes nothing. */
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
	ck_assert_int_eq(subject_del(&subject, 1), -ENOBUFS);
	ck_assert_int_eq(subject_update(&subject, 1), -ENOBUFS);
	ck_assert_int_eq(subject_clear(&subject), -ENOBUFS);
	ck_assert_uint_eq(subject_get(&subject, 1), stored);
	ck_assert_uint_eq(subject_size(&subject), 1);
	/* What displaces nothing goes on. */
	ck_assert_int_eq(subject_put(&subject, 2, 1), 0);
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	put(1, 1);
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

/* Tables have a size: a limit of bytes refuses to make more of them garbage. */
START_TEST(test_a_limit_of_bytes_refuses_tables)
{
	unsigned clears = 0;
	int error;

	open_limited(_i, (struct nbmap_domain_config){.limit_bytes = 64 * 1024});
	subject_enter(&subject);
	do {
		crew_check(!subject_put(&subject, 1, 1));
		error = subject_clear(&subject);
	} while (!error && clears++ < 1000);
	ck_assert_int_eq(error, -ENOBUFS);
	ck_assert_uint_gt(clears, 10);
	ck_assert_uint_eq(subject_get(&subject, 1), 1);
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	subject_enter(&subject);
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

/* The threads of this process. */
static unsigned threads_now(void)
{
	unsigned threads = 0;
	DIR *tasks = opendir("/proc/self/task");

	crew_check(tasks != NULL);
	for (struct dirent *entry; (entry = readdir(tasks));)
		threads += entry->d_name[0] != '.';
	closedir(tasks);
	return threads;
}

/* A thread that was joined may be listed for a moment longer. */
static void await_threads(unsigned expected)
{
	while (threads_now() > expected)
		sched_yield();
	ck_assert_uint_eq(threads_now(), expected);
}

/* Without a thread nothing is freed before someone asks. */
START_TEST(test_manual_mode)
{
	unsigned before;
	long freed;

	enlist(_i);
	before = threads_now();
	open_in(_i, NULL, NBMAP_NO_THREAD);
	ck_assert_uint_eq(threads_now(), before);
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

START_TEST(test_thousands_of_maps_share_one_thread)
{
	struct subject *many = malloc(MANY * sizeof(*many));
	unsigned before;

	ck_assert_ptr_nonnull(many);
	enlist(_i);
	/* Whatever a first thread brings with it is there now. */
	open_in(_i, NULL, 0);
	close_subject();
	before = threads_now();
	for (unsigned i = 0; i < MANY; i++) {
		struct nbmap_config base = {.flavor = flavor};

		crew_check(!subject_open(&many[i], _i % KINDS, count, &base));
		subject_enter(&many[i]);
		crew_check(!subject_put(&many[i], i, 1) && !subject_put(&many[i], i, 2));
		subject_leave(&many[i]);
	}
	ck_assert_uint_eq(threads_now(), before + 1);
	for (unsigned i = 0; i < MANY; i++)
		crew_check(!subject_close(&many[i]));
	/* The last one gone, so is the thread. */
	await_threads(before);
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
	crew_check(!nbmap_after_fork_child());
	/* We alone came through the fork; the library has started a new reclaimer. */
	crew_check(threads_now() == 2);
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

START_TEST(test_fork_with_a_map_in_use)
{
	int pipes[2];
	pid_t child;
	char byte;

	enlist(_i);
	open_in(_i, NULL, 0);
	for (uint64_t id = 0; id < 100; id++) {
		put(id, 1);
		put(id, 2);
	}
	/* As liburcu asks: a process that forks has no registered thread, but for bp. */
	flavor_unregister(flavor);
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(nbmap_before_fork(), 0);
	child = fork();
	if (!child)
		be_the_child(pipes[1]);
	nbmap_after_fork_parent();
	flavor_register(flavor);
	ck_assert_int_gt(child, 0);
	close(pipes[1]);
	ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
	close(pipes[0]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
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

/* ---- Operations outside a section --------------------------------------- */

/* Only the tiny library is known to have its assertions on. */
#ifdef NB_MIN_LINES

static void call_get(void)
{
	(void)subject_get(&subject, 1);
}

static void call_get_batch(void)
{
	if (subject.integer)
		nbmap_u64_get_batch(subject.integers, NULL, NULL, 0);
	else
		nbmap_get_batch(subject.objects, NULL, NULL, 0);
}

static void call_put(void)
{
	(void)subject_put(&subject, 1, 1);
}

static void call_del(void)
{
	(void)subject_del(&subject, 1);
}

static void call_update(void)
{
	(void)subject_update(&subject, 1);
}

static void call_iter_init(void)
{
	struct nbmap_iter iter;

	(void)subject_walk(&subject, &iter);
}

static void call_count(void)
{
	(void)subject_size(&subject);
}

static void call_clear(void)
{
	(void)subject_clear(&subject);
}

static void call_stats(void)
{
	struct nbmap_stats stats;

	subject_stats(&subject, &stats);
}

static void call_dump(void)
{
	(void)(subject.integer ? nbmap_u64_dump(subject.integers, stdout) : nbmap_dump(subject.objects, stdout));
}

static const struct {
	const char *name;
	void (*call)(void);
} sectioned[] = {
	{"get", call_get},
	{"get_batch", call_get_batch},
	{"put", call_put},
	{"del", call_del},
	{"update", call_update},
	{"iter_init", call_iter_init},
	{"count", call_count},
	{"clear", call_clear},
	{"stats", call_stats},
	{"dump", call_dump},
};

/* What a child that makes the call outside a section says before it dies. */
static void last_words(void (*call)(void), char *words, size_t size)
{
	int pipes[2], status;
	size_t got = 0;
	ssize_t n;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		dup2(pipes[1], STDERR_FILENO);
		call();
		_exit(0);
	}
	close(pipes[1]);
	while (got < size - 1 && (n = read(pipes[0], words + got, size - 1 - got)) > 0)
		got += (size_t)n;
	words[got] = 0;
	close(pipes[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}

START_TEST(test_a_call_outside_a_section_is_named)
{
	char words[512], name[64];

	enlist(_i);
	/* Without threads: the child is forked without asking the library. */
	open_in(_i, NULL, NBMAP_NO_THREAD);
	flavor_offline(flavor);
	for (size_t i = 0; i < sizeof(sectioned) / sizeof(*sectioned); i++) {
		snprintf(name, sizeof(name), "nbmap_%s%s:", subject.integer ? "u64_" : "", sectioned[i].name);
		last_words(sectioned[i].call, words, sizeof(words));
		ck_assert_msg(strstr(words, name) != NULL, "\"%s\" does not name %s", words, name);
	}
	flavor_online(flavor);
	close_subject();
}
END_TEST

#endif

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
	tcase_add_loop_test(tcase, test_thousands_of_maps_share_one_thread, 0, CASES);
	tcase_add_loop_test(tcase, test_a_stalled_grace_period_is_reported, 0, CASES);
#ifndef NBR_TSAN
	tcase_add_loop_test(tcase, test_fork_with_a_map_in_use, 0, CASES);
#endif
	tcase_add_loop_test(tcase, test_fork_is_refused_inside_a_section, 0, CASES);
#ifdef NB_MIN_LINES
	tcase_add_loop_test(tcase, test_a_call_outside_a_section_is_named, 0, CASES);
#endif
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
