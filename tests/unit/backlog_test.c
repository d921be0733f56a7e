/*
 * backlog: the accounts of what waits, under several threads that put, overwrite,
 * remove, clear, grow and shrink at once, with keys and values that have sizes.
 *
 * Both kinds of key, all flavours, with the domain's threads and without.  While
 * they work nothing may be seen that could not be: an account that was ever below
 * zero would be near 2^64.  Afterwards, when a barrier has freed all garbage,
 *
 *   the account        is empty
 *   the map's own sums of the values and keys that it holds, from which clear and
 *                      promotion take what they put on the account, are what is
 *                      alive, to the byte
 *   a last clear       puts exactly these on the account, and the next barrier
 *                      takes all of it off
 */
#include <check.h>
#include <sched.h>

#include "alone.h"
#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "heir.h"
#include "map.h"
#include "nbmap.h"
#include "run.h"
#include "subject.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define THREADS 4
#define FEW 12
#define MANY 600
#define SURELY_TOO_MUCH (UINT64_C(1) << 40)

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static struct nb_map *core;

static struct nbmap_domain_stats stats(void)
{
	struct nbmap_domain_stats now;

	nbmap_domain_stats(domain, &now);
	return now;
}

/* It is asked for between the look at a slot and the step that changes it: a rival gets his chance. */
static size_t yielding_size(const void *value, void *arg)
{
	size_t size = count_value_size(value, arg);

	if (size % 16 == 0)
		sched_yield();
	return size;
}

static void begin(int turn, unsigned flags)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(turn / KINDS);
	const struct nbmap_type sizes = {.value_size = yielding_size, .key_size = count_key_size};
	struct nbmap_domain_config config = {.flavor = flavor, .flags = flags, .assist = 500};
	struct nbmap_config base = {.type = &sizes, .flavor = flavor};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	base.domain = domain;
	ck_assert_int_eq(subject_open(&subject, turn % KINDS, count, &base), 0);
	core = subject_core(&subject);
	flavor_register(flavor);
}

static void finish(void)
{
	ck_assert_int_eq(subject_close(&subject), 0);
	ck_assert_uint_eq(stats().pending_objects, 0);
	ck_assert_uint_eq(stats().pending_bytes, 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject.flavor);
	ck_assert(count_end(count));
}

/* ---- Work --------------------------------------------------------------- */

static void work(struct crew_member *member)
{
	uint64_t rounds = test_rounds(6000, 1500);

	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t r = test_random(&member->random);

		subject_enter(&subject);
		/* At times few keys, at times many, so that tables come and go.  No clear in the second half: it
		 * would take a mistake in the sums along. */
		if (i / 500 % 2)
			subject_random(&subject, &member->random, FEW, i < rounds / 2);
		else if (r % 3)
			crew_check(!subject_put(&subject, (r >> 32) % MANY, (uint32_t)r | 1));
		else
			(void)subject_del(&subject, (r >> 32) % MANY);
		subject_leave(&subject);
		if (i % 16 == 0) {
			crew_check(stats().pending_bytes < SURELY_TOO_MUCH);
			crew_check(stats().pending_objects < SURELY_TOO_MUCH);
		}
		/* The one who frees where there is no thread. */
		if (member->index == 0 && i % 512 == 0)
			crew_check(subject_reclaim(&subject) >= 0);
	}
}

/* ---- Sums --------------------------------------------------------------- */

static struct nb_table *top(void)
{
	return nb_load_acquire(&core->top);
}

/* With the heirs that are under way. */
static uint64_t bytes_of_tables(void)
{
	uint64_t bytes = 0;

	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		bytes += table->bytes + nb_heir_bytes(table);
	return bytes;
}

static uint64_t sum_of_keys(void)
{
	uint64_t bytes = 0;

	for (struct nb_table *table = top(); table; table = nb_load_acquire(&table->next))
		bytes += nb_table_key_bytes(table);
	return bytes;
}

/* With all garbage freed, what is alive is in the map. */
static void free_garbage(void)
{
	do
		ck_assert_int_eq(subject_barrier(&subject), 0);
	while (stats().pending_objects); /* migrations that are finished by it */
	ck_assert_uint_eq(stats().pending_bytes, 0);
}

START_TEST(test_sums_and_accounts_without_threads_of_the_domain)
{
	uint64_t bytes;

	begin(_i, NBMAP_NO_THREAD);
	crew_run(subject.flavor, THREADS, work, NULL);
	free_garbage();
	ck_assert(alone_valid(core));
	free_garbage();
	ck_assert_uint_eq(nb_count_sum(&top()->chain->value_bytes), count_sizes(count, COUNT_VALUES));
	ck_assert_uint_eq(sum_of_keys(), count_sizes(count, COUNT_KEYS));
	subject_enter(&subject);
	for (uint64_t id = 0; id < MANY; id++)
		crew_check(!subject_put(&subject, MANY + id, 1));
	for (uint64_t id = 0; id < MANY; id += 2)
		crew_check(!subject_del(&subject, MANY + id));
	subject_leave(&subject);
	free_garbage();
	subject_enter(&subject);
	bytes = bytes_of_tables();
	ck_assert_int_eq(subject_clear(&subject), 0);
	ck_assert_uint_eq(stats().pending_objects, 1);
	ck_assert_uint_eq(stats().pending_bytes,
			  bytes + count_sizes(count, COUNT_KEYS) + count_sizes(count, COUNT_VALUES));
	subject_leave(&subject);
	free_garbage();
	ck_assert_uint_eq(count_sizes(count, COUNT_KEYS) + count_sizes(count, COUNT_VALUES), 0);
	finish();
}
END_TEST

START_TEST(test_accounts_with_threads_of_the_domain)
{
	begin(_i, 0);
	crew_run(subject.flavor, THREADS, work, NULL);
	free_garbage();
	subject_enter(&subject);
	ck_assert_int_eq(subject_clear(&subject), 0);
	subject_leave(&subject);
	free_garbage();
	ck_assert_uint_eq(count_sizes(count, COUNT_KEYS) + count_sizes(count, COUNT_VALUES), 0);
	ck_assert_uint_gt(stats().freed_bytes, 0);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backlog");
	TCase *tcase = tcase_create("backlog");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_sums_and_accounts_without_threads_of_the_domain, 0, CASES);
	tcase_add_loop_test(tcase, test_accounts_with_threads_of_the_domain, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
