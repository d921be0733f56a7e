/*
 * reader: a reader that never leaves its section.  No grace period ends, and
 * the garbage of writers piles up: to the limit, and not beyond.
 *
 * In every flavour, with both kinds of key, and with the reclaimer at work:
 *
 *   at the limit     what would overwrite a value answers -ENOBUFS and changes
 *                    nothing; on_limit is told; gets, inserts, removals and
 *                    clear go on
 *   meanwhile        what waits stays within the limit, a batch for each thread,
 *                    and what was removed
 *   when it is late  on_stall is told
 *   for the reader   the value that it found stays what it was
 *   when it leaves   all is freed, and writes succeed again
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "life.h"
#include "run.h"
#include "subject.h"
#include "map.h"
#include "nbmap.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define LIMIT 200
#define SLACK 256 /* limits are looked at once a batch: for each thread, they may be passed by this much */
#define WRITERS 3
#define ATTEMPTS 2000
#define KEYS 8u

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static sem_t stalled, inside, leave;
static _Atomic unsigned stall_age, limits_met, refused, removals;

/* A semaphore, by a thread that may be online. */
static void await(sem_t *semaphore)
{
	flavor_offline(subject.flavor);
	while (sem_wait(semaphore))
		crew_check(errno == EINTR);
	flavor_online(subject.flavor);
}

static void on_stall(unsigned age_ms, void *arg)
{
	(void)arg;
	atomic_store(&stall_age, age_ms);
	sem_post(&stalled);
}

static void on_limit(const struct nbmap_domain_stats *stats, void *arg)
{
	(void)arg;
	crew_check(stats->pending_objects >= LIMIT);
	atomic_fetch_add(&limits_met, 1);
}

static uint64_t pending(void)
{
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(domain, &stats);
	return stats.pending_objects;
}

/* ---- The reader and the writers ----------------------------------------- */

static void *value_at(uint64_t id)
{
	struct count_key key = count_key(id);

	return subject.integer ? nbmap_u64_get(subject.integers, id) : nbmap_get(subject.objects, &key);
}

static void *stay(void *arg)
{
	void *found;
	uint64_t number;

	(void)arg;
	flavor_register(subject.flavor);
	subject_enter(&subject);
	found = value_at(1);
	crew_check(found != NULL);
	number = count_number(found);
	sem_post(&inside);
	/* Not offline: this one holds on. */
	while (sem_wait(&leave))
		crew_check(errno == EINTR);
	/* Overwritten or removed long ago. */
	crew_check(count_number(found) == number);
	subject_leave(&subject);
	flavor_unregister(subject.flavor);
	return NULL;
}

static void write_on(struct crew_member *member)
{
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		uint64_t r = test_random(&member->random), id = (r >> 32) % KEYS;
		int error;

		subject_enter(&subject);
		if (r % 8 == 0) {
			atomic_fetch_add(&removals, 1);
			error = subject_del(&subject, id);
		} else if (r % 8 == 1)
			error = subject_update(&subject, id);
		else
			error = subject_put(&subject, id, (uint32_t)i + 1);
		crew_check(!error || error == (r % 8 ? -ENOBUFS : -ENOENT));
		if (error == -ENOBUFS)
			atomic_fetch_add(&refused, 1);
		subject_leave(&subject);
		crew_check(pending() <= LIMIT + SLACK * WRITERS + atomic_load(&removals));
	}
}

/* ---- The test ----------------------------------------------------------- */

static void begin(int turn)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(turn / KINDS);
	struct nbmap_domain_config config = {
		.flavor = flavor,
		.limit_objects = LIMIT,
		.assist = LIMIT / 4,
		.on_limit = on_limit,
		.on_stall = on_stall,
		.stall_ms = 5,
	};
	struct nbmap_config base = {.flavor = flavor};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(sem_init(&stalled, 0, 0) | sem_init(&inside, 0, 0) | sem_init(&leave, 0, 0), 0);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	base.domain = domain;
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	flavor_register(flavor);
	subject_enter(&subject);
	for (uint64_t id = 0; id <= KEYS; id++)
		crew_check(!subject_put(&subject, id, 1));
	subject_leave(&subject);
}

static void finish(void)
{
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
	sem_destroy(&stalled);
	sem_destroy(&inside);
	sem_destroy(&leave);
}

/* At the limit, and nobody frees: each call that stores is refused, each other one is not. */
static void check_refusals(void)
{
	uint64_t fresh = KEYS /* which nobody removed */, entries, waiting;
	uint32_t before;

	subject_enter(&subject);
	while (!subject_put(&subject, fresh, 8))
		continue; /* a batch has some room left */
	before = subject_get(&subject, fresh);
	entries = subject_size(&subject);
	ck_assert_int_eq(subject_put(&subject, fresh, 9), -ENOBUFS);
	ck_assert_int_eq(subject_update(&subject, fresh), -ENOBUFS);
	ck_assert_uint_eq(subject_get(&subject, fresh), before);
	ck_assert_uint_eq(subject_size(&subject), entries);
	ck_assert_int_eq(subject_del(&subject, fresh + 1), -ENOENT);
	ck_assert_int_eq(subject_put(&subject, fresh + 1, 1), -ENOBUFS);
	waiting = pending();
	ck_assert_int_eq(subject_del(&subject, fresh), 0);
	ck_assert_uint_eq(subject_get(&subject, fresh), 0);
	ck_assert_uint_eq(pending(), waiting + 1);
	subject_leave(&subject);
}

START_TEST(test_a_reader_that_never_leaves)
{
	pthread_t reader;
	size_t entries;

	atomic_store(&limits_met, 0);
	atomic_store(&refused, 0);
	atomic_store(&removals, 0);
	begin(_i);
	ck_assert_int_eq(pthread_create(&reader, NULL, stay, NULL), 0);
	await(&inside);
	crew_run(subject.flavor, WRITERS, write_on, NULL);
	ck_assert_uint_gt(atomic_load(&refused), 0);
	ck_assert_uint_gt(atomic_load(&limits_met), 0);
	check_refusals();
	ck_assert_uint_ge(pending(), LIMIT);
	ck_assert_uint_le(pending(), LIMIT + SLACK * (WRITERS + 1) + atomic_load(&removals));
	/* Nothing is alive that is neither in the map nor waiting. */
	ck_assert_uint_le(count_alive(count, COUNT_VALUES), pending() + KEYS + 2);
	await(&stalled);
	ck_assert_uint_ge(atomic_load(&stall_age), 5);
	sem_post(&leave);
	flavor_offline(subject.flavor);
	ck_assert_int_eq(pthread_join(reader, NULL), 0);
	flavor_online(subject.flavor);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	ck_assert_uint_eq(pending(), 0);
	subject_enter(&subject);
	entries = subject_size(&subject);
	ck_assert_uint_eq(count_alive(count, COUNT_VALUES), entries);
	ck_assert_int_eq(subject_put(&subject, KEYS, 9), 0);
	ck_assert_int_eq(subject_clear(&subject), 0);
	ck_assert(nb_map_valid(subject_core(&subject)));
	subject_leave(&subject);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reader");
	TCase *tcase = tcase_create("reader");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_a_reader_that_never_leaves, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
