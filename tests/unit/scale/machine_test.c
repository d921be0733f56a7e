/*
 * machine_test: bench/scale/machine.h: workloads with a known answer.
 */
#include "machine.h"

#include <check.h>
#include <stdlib.h>

#include "run.h"
#include "system.h"

#define THREADS 32
#define STEPS 200

static const struct machine_costs costs = {.step = 1000, .rmw = 4000, .window = 50000, .buffer = 100000};

static struct directory *directory;
static _Alignas(64) struct {
	_Alignas(64) volatile uint64_t word;
} lines[THREADS];
static _Alignas(64) volatile uint32_t flag;
static _Thread_local unsigned own; /* each thread's */
static unsigned wrong;

static void begin(void)
{
	const struct directory_shape shape = {
		.cores = THREADS,
		.socket_cores = THREADS,
		.cache_lines = 256,
		.llc_lines = 1u << 20,
		.load = {0, 50000, 100000, 50000, 0},
		.own = {0, 50000, 100000, 50000, 50000},
		.far = 100,
	};

	directory = directory_new(&shape);
	ck_assert_ptr_nonnull(directory);
	ck_assert(machine_begin(THREADS, &costs, directory));
	system_begin(THREADS, THREADS);
	wrong = 0;
}

static void end(void)
{
	machine_end();
	directory_free(directory);
}

/* How long it takes until `threads` have done `run`, in picoseconds. */
static uint64_t time_of(unsigned threads, void (*run)(void *))
{
	struct machine_thread *made[THREADS];
	uint64_t before = machine_now(), last = 0;

	for (unsigned i = 0; i < threads; i++)
		made[i] = machine_spawn(i, run, (void *)(uintptr_t)i);
	for (unsigned i = 0; i < threads; i++)
		machine_join(made[i]);
	last = machine_now();
	return last - before;
}

static void add(unsigned line)
{
	machine_access(&lines[line].word, 8, MACHINE_RMW, NULL);
	lines[line].word++;
}

static void write_own(void *arg)
{
	for (unsigned i = 0; i < STEPS; i++)
		add((unsigned)(uintptr_t)arg);
}

static void write_one(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < STEPS; i++)
		add(0);
}

static void read_one(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < STEPS; i++)
		machine_access(&lines[0].word, 8, MACHINE_LOAD, NULL);
}

/* As long with many threads as with one: throughput is as many times as large. */
START_TEST(own_lines_scale)
{
	uint64_t one = time_of(1, write_own), many;

	machine_settle();
	many = time_of(THREADS, write_own);
	ck_assert_uint_gt(one, STEPS * 4000u);
	ck_assert_uint_lt(many, one + one / 5);
	ck_assert_uint_eq(machine_totals().taken, 0);
	ck_assert(directory_valid(directory));
}
END_TEST

/* As many times as long as there are threads, or longer. */
START_TEST(one_line_does_not)
{
	uint64_t one = time_of(1, write_one), many;

	machine_settle();
	many = time_of(THREADS, write_one);
	ck_assert_uint_gt(many, one * THREADS);
	ck_assert_uint_eq(lines[0].word % (THREADS + 1), STEPS * (THREADS + 1) % (THREADS + 1));
	ck_assert_uint_gt(machine_totals().taken, (THREADS - 1) * STEPS / 2);
	ck_assert(directory_valid(directory));
}
END_TEST

START_TEST(reading_scales)
{
	uint64_t one = time_of(1, read_one), many = time_of(THREADS, read_one);

	ck_assert_uint_lt(many, one + one / 2);
	ck_assert_uint_eq(machine_totals().taken, 0);
}
END_TEST

/* The thread-local variable is each thread's own, also after others have run. */
static void keep(void *arg)
{
	wrong += own != 0;
	own = 1 + (unsigned)(uintptr_t)arg;
	for (unsigned i = 0; i < STEPS; i++) {
		add(0);
		wrong += own != 1 + (unsigned)(uintptr_t)arg;
	}
}

START_TEST(threads_have_their_own)
{
	own = 77;
	(void)time_of(THREADS, keep);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(own, 77);
}
END_TEST

/* Accesses to the stack and to thread-local variables are nobody else's. */
static void write_private(void *arg)
{
	volatile uint64_t local = 0;

	(void)arg;
	machine_access(&local, 8, MACHINE_STORE, NULL);
	machine_access(&own, 4, MACHINE_STORE, NULL);
}

START_TEST(private_is_free)
{
	(void)time_of(THREADS, write_private);
	ck_assert_uint_eq(machine_totals().accesses, 0);
	(void)time_of(1, write_own);
	ck_assert_uint_eq(machine_totals().accesses, STEPS);
	ck_assert_uint_eq(machine_totals().rmws, STEPS);
}
END_TEST

/* Loads overlap, up to the window; what is read-modified-written too. */
static void load_all(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 8; i++)
		machine_access(&lines[i].word, 8, MACHINE_LOAD, NULL);
	machine_fence();
}

START_TEST(loads_overlap)
{
	ck_assert_uint_lt(time_of(1, load_all), 2 * 50000u);
}
END_TEST

static void await_flag(void *arg)
{
	(void)arg;
	for (;;) {
		machine_access(&flag, 4, MACHINE_LOAD, NULL);
		if (flag)
			break;
		machine_await(&flag, 0);
	}
	wrong += machine_now() < 1000000;
}

static void raise_flag(void *arg)
{
	if ((uintptr_t)arg) {
		await_flag(NULL);
		return;
	}
	machine_spend(1000000);
	machine_access(&flag, 4, MACHINE_STORE, NULL);
	flag = 1;
}

/* Who awaits a word goes on when it was written, not earlier, and once for each. */
START_TEST(waiting_for_a_word)
{
	flag = 0;
	ck_assert_uint_gt(time_of(THREADS, raise_flag), 1000000);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_lt(machine_totals().accesses, 3 * THREADS);
}
END_TEST

static struct machine_thread *sleeper;

static void sleep_then_wake(void *arg)
{
	if (!(uintptr_t)arg) {
		sleeper = machine_self();
		wrong += machine_sleep(500000); /* nobody wakes it */
		wrong += machine_now() < 500000;
		wrong += !machine_sleep(0);
		wrong += machine_now() < 2000000;
		return;
	}
	machine_spend(2000000);
	machine_access(&flag, 4, MACHINE_STORE, NULL); /* its turn comes */
	machine_wake(sleeper);
}

START_TEST(sleeping)
{
	(void)time_of(2, sleep_then_wake);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned inside;

static void lock_and_look(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < STEPS; i++) {
		system_mutex_lock(&mutex);
		wrong += inside++ != 0;
		add(0);
		add(1);
		inside--;
		system_mutex_unlock(&mutex);
	}
}

START_TEST(mutexes_exclude)
{
	(void)time_of(THREADS, lock_and_look);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

static unsigned number_of[THREADS];

static void take_number(void *arg)
{
	number_of[(uintptr_t)arg] = machine_number();
	add(0);
	wrong += machine_number() != number_of[(uintptr_t)arg] || machine_number() >= machine_numbers();
}

START_TEST(numbers_differ)
{
	(void)time_of(THREADS, take_number);
	ck_assert_uint_eq(wrong, 0);
	for (unsigned i = 0; i < THREADS; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_uint_ne(number_of[i], number_of[j]);
}
END_TEST

static sem_t sem;

/* One waits, then does not wait in vain, then does; the other posts twice, late. */
static void wait_or_post(void *arg)
{
	struct timespec end = {.tv_nsec = 1000}, later = {.tv_sec = 1};

	if ((uintptr_t)arg) {
		machine_spend(5000000);
		add(0);
		system_sem_post(&sem);
		system_sem_post(&sem);
		return;
	}
	wrong += system_sem_timedwait(&sem, CLOCK_MONOTONIC, &end) == 0;
	wrong += machine_now() < 1000000 || machine_now() > 4000000;
	wrong += system_sem_wait(&sem) != 0;
	wrong += machine_now() < 5000000;
	wrong += system_sem_timedwait(&sem, CLOCK_MONOTONIC, &later) != 0;
	wrong += machine_now() > 900000000000;
}

START_TEST(semaphores)
{
	system_sem_init(&sem, 0, 0);
	(void)time_of(2, wait_or_post);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static bool told;

static void wait_or_tell(void *arg)
{
	system_mutex_lock(&mutex);
	if ((uintptr_t)arg) {
		while (!told)
			system_cond_wait(&cond, &mutex);
	} else {
		system_mutex_unlock(&mutex);
		machine_spend(3000000);
		add(0);
		system_mutex_lock(&mutex);
		told = true;
		system_cond_broadcast(&cond);
	}
	wrong += machine_now() < 3000000;
	system_mutex_unlock(&mutex);
}

START_TEST(conditions)
{
	told = false;
	(void)time_of(THREADS, wait_or_tell);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Branches: a loop is guessed, a coin is not. */
static void blocks(void *arg)
{
	uint64_t random = 88172645463325252u;

	for (unsigned i = 0; i < 1000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		machine_block((void *)1);
		machine_block((void *)(uintptr_t)((uintptr_t)arg && random >> 63 ? 2 : 3));
	}
}

static void blocks_of_chance(void *arg)
{
	(void)arg;
	blocks((void *)1);
}

START_TEST(guesses)
{
	(void)time_of(1, blocks);
	ck_assert_uint_lt(machine_totals().wrong, 50);
	machine_settle();
	(void)time_of(1, blocks_of_chance);
	ck_assert_uint_gt(machine_totals().wrong, 300);
	ck_assert_uint_lt(machine_totals().wrong, 700);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("machine");
	TCase *tcase = tcase_create("machine");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, own_lines_scale);
	tcase_add_test(tcase, one_line_does_not);
	tcase_add_test(tcase, reading_scales);
	tcase_add_test(tcase, threads_have_their_own);
	tcase_add_test(tcase, private_is_free);
	tcase_add_test(tcase, loads_overlap);
	tcase_add_test(tcase, waiting_for_a_word);
	tcase_add_test(tcase, sleeping);
	tcase_add_test(tcase, mutexes_exclude);
	tcase_add_test(tcase, numbers_differ);
	tcase_add_test(tcase, semaphores);
	tcase_add_test(tcase, conditions);
	tcase_add_test(tcase, guesses);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
