/*
 * tally: the bytes of a large key, while a writer that brings it has stopped.
 *
 *   its size is asked   it stops here
 *   it stands in the map, as one of the table's
 *
 * Others find the key, and take it along to the next table and the one after.
 * Each takes its bytes off the account of the table that is left: they must be on it
 * by then, whoever wrote them, or an account falls below nothing, which reads as
 * more than any limit.  So whatever has stopped, nobody is refused.
 *
 * Both who puts a key and who copies it may stop like that.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "run.h"
#include "subject.h"

#define BIG 7777
#define BIG_SIZE ((size_t)4 << 20)
#define LIMIT ((size_t)64 << 20)

static _Thread_local bool stops; /* when it next asks how large that key is */
static sem_t stopped, resume;

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore))
		crew_check(errno == EINTR);
}

static size_t size_of_key(const void *key, void *arg)
{
	bool big = ((const struct count_key *)key)->id == BIG;

	(void)arg;
	if (big && stops) {
		stops = false;
		sem_post(&stopped);
		await(&resume);
	}
	return big ? BIG_SIZE : 16;
}

/* ---- The fixture -------------------------------------------------------- */

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;

static void begin(enum nbmap_flavor flavor)
{
	const struct nbmap_type sizes = {.key_size = size_of_key};
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD, .limit_bytes = LIMIT};
	struct nbmap_config base = {.type = &sizes, .flavor = flavor};

	subject_begin(&subject, false, &config, &base);
	count = subject.count;
	domain = subject_domain(&subject);
}

static void finish(void)
{
	subject_end(&subject);
}

static uint64_t pending_bytes(void)
{
	struct nbmap_domain_stats now;

	nbmap_domain_stats(domain, &now);
	return now.pending_bytes;
}

/* ---- A writer that stops ------------------------------------------------ */

static void *put_big(void *arg)
{
	(void)arg;
	flavor_register(subject.flavor);
	stops = true;
	subject_enter(&subject);
	crew_check(!subject_put(&subject, BIG, 2));
	subject_leave(&subject);
	flavor_unregister(subject.flavor);
	return NULL;
}

/* _i: flavour; and whether it stops as it copies the key to the next table. */
START_TEST(test_a_key_that_is_not_counted_yet)
{
	pthread_t writer;

	ck_assert_int_eq(sem_init(&stopped, 0, 0), 0);
	ck_assert_int_eq(sem_init(&resume, 0, 0), 0);
	begin((enum nbmap_flavor)(_i / 2));
	if (_i % 2) {
		struct nb_map *core = subject_core(&subject);

		ck_assert_int_eq(subject_put(&subject, BIG, 1), 0);
		ck_assert_int_eq(nb_migrate_start(core, nb_load_acquire(&core->top)), 0);
	}
	ck_assert_int_eq(pthread_create(&writer, NULL, put_big, NULL), 0);
	await(&stopped);
	/* The key moves on, through many tables. */
	ck_assert_int_eq(subject_put(&subject, BIG, 1), 0);
	for (uint64_t id = 0; id < 1000; id++) {
		ck_assert_int_eq(subject_put(&subject, id, 1), 0);
		ck_assert_int_eq(subject_put(&subject, id, 2), 0);
		ck_assert_uint_lt(pending_bytes(), LIMIT);
	}
	sem_post(&resume);
	ck_assert_int_eq(pthread_join(writer, NULL), 0);
	ck_assert_uint_eq(subject_get(&subject, BIG), 2);
	subject_settle(&subject);
	ck_assert_uint_eq(pending_bytes(), 0);
	finish();
	sem_destroy(&stopped);
	sem_destroy(&resume);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tally");
	TCase *tcase = tcase_create("tally");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_a_key_that_is_not_counted_yet, 0, 2 * FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
