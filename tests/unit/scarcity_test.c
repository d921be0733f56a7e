/*
 * scarcity: no memory to be had, from the map's allocator or the domain's.
 *
 * Both kinds of key, all flavours; a domain without threads, so that a test knows
 * which places are taken.  A displaced value needs a place to wait in:
 *
 *   of emptied places    a thread that writes steadily finds enough
 *   of new ones          there are a thousand, for removals alone
 *
 * So a program can give up what it has, and go on when there is memory again.
 * Whatever is refused leaves the map as it was.
 */
#include <check.h>
#include <errno.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "life.h"
#include "map.h"
#include "migrate.h"
#include "nbmap.h"
#include "run.h"
#include "subject.h"

#define KINDS 2
#define CASES (FLAVORS * KINDS)
#define THOUSAND 1000u
#define ENTRIES (3 * THOUSAND)

static struct count *count;
static struct nbmap_domain *domain;
static struct subject subject;
static struct nb_map *core;

static void begin(int turn, unsigned flags)
{
	struct nbmap_domain_config config = {.flags = flags};
	struct nbmap_config base = {.flavor = (enum nbmap_flavor)(turn / KINDS), .capacity = 2 * ENTRIES};

	subject_begin(&subject, turn % KINDS, &config, &base);
	count = subject.count;
	domain = subject_domain(&subject);
	core = subject_core(&subject);
	subject_put_range(&subject, 0, ENTRIES);
	subject_leave(&subject);
	ck_assert_int_eq(subject_barrier(&subject), 0);
	subject_enter(&subject);
}

static void finish(void)
{
	subject_end(&subject);
}

static void no_memory(void)
{
	count_fail_from(count, COUNT_MEMORY, 1);
}

/* The keys from `from` on have their first values, and there are no others. */
static void check_entries(uint64_t from)
{
	for (uint64_t id = 0; id < ENTRIES; id++)
		crew_check(subject_get(&subject, id) == (id < from ? 0 : (uint32_t)id + 1));
	ck_assert_uint_eq(subject_size(&subject), ENTRIES - from);
}

static uint64_t pending(void)
{
	struct nbmap_domain_stats stats;

	nbmap_domain_stats(domain, &stats);
	return stats.pending_objects;
}

/* ---- A thousand --------------------------------------------------------- */

START_TEST(test_a_thousand_removals_without_memory)
{
	uint64_t gone = 0;

	begin(_i, NBMAP_NO_THREAD);
	no_memory();
	/* Again and again: what was freed makes room for the next ones. */
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < THOUSAND; i++)
			crew_check(!subject_del(&subject, gone++));
		ck_assert_uint_eq(pending(), THOUSAND);
		check_entries(gone);
		subject_settle(&subject);
		ck_assert_uint_eq(pending(), 0);
		ck_assert_uint_eq(count_alive(count, COUNT_VALUES), ENTRIES - gone);
	}
	ck_assert_uint_gt(count_fail_stop(count), 0);
	finish();
}
END_TEST

/* All of them wait for one grace period: the next removal is refused, and nothing has changed. */
START_TEST(test_when_all_places_are_taken)
{
	uint64_t gone = 0;
	int error;

	begin(_i, NBMAP_NO_THREAD);
	no_memory();
	while (!(error = subject_del(&subject, gone)))
		crew_check(gone++ < ENTRIES - 1);
	ck_assert_int_eq(error, -ENOMEM);
	ck_assert_uint_ge(gone, THOUSAND);
	check_entries(gone);
	count_fail_stop(count);
	ck_assert_int_eq(subject_del(&subject, gone++), 0);
	check_entries(gone);
	finish();
}
END_TEST

/* They are for removals alone: whatever comes in between, there are a thousand. */
START_TEST(test_the_places_are_for_removals_alone)
{
	begin(_i, NBMAP_NO_THREAD);
	no_memory();
	for (uint64_t id = 0; id < THOUSAND; id++) {
		crew_check(!subject_del(&subject, id));
		for (uint64_t other = ENTRIES - 5; other < ENTRIES; other++) {
			int error = subject_put(&subject, other, (uint32_t)other + 1);

			crew_check(!error || error == -ENOMEM);
		}
	}
	check_entries(THOUSAND);
	count_fail_stop(count);
	finish();
}
END_TEST

#define THREADS 4

static void remove_own_share(struct crew_member *member)
{
	for (uint64_t id = member->index; id < THOUSAND / 2; id += THREADS) {
		subject_enter(&subject);
		crew_check(!subject_del(&subject, id));
		subject_leave(&subject);
	}
}

/* By several threads: each has a batch of its own, so that not every place is used. */
START_TEST(test_removals_by_several_threads_without_memory)
{
	begin(_i % CASES, _i / CASES ? NBMAP_NO_THREAD : 0);
	subject_leave(&subject);
	no_memory();
	crew_run(subject.flavor, THREADS, remove_own_share, NULL);
	count_fail_stop(count);
	subject_enter(&subject);
	check_entries(THOUSAND / 2);
	finish();
}
END_TEST

/* ---- What else is refused, and what is not ------------------------------ */

START_TEST(test_overwriting_and_clearing_without_memory)
{
	begin(_i, NBMAP_NO_THREAD);
	no_memory();
	for (uint64_t id = 0; id < 100; id++) {
		crew_check(subject_put(&subject, id, 7) == -ENOMEM);
		crew_check(subject_update(&subject, id) == -ENOMEM);
	}
	ck_assert_int_eq(subject_clear(&subject), -ENOMEM);
	ck_assert_int_eq(subject_retire(&subject, &subject, count_value_free, count), -ENOMEM);
	check_entries(0);
	count_fail_stop(count);
	ck_assert_int_eq(subject_put(&subject, 0, 1), 0);
	check_entries(0);
	ck_assert_int_eq(subject_clear(&subject), 0);
	check_entries(ENTRIES);
	finish();
}
END_TEST

/* Emptied places are used again, of which a few stay also when all is freed: none is asked for any more. */
START_TEST(test_writing_steadily_asks_for_no_memory)
{
	begin(_i, NBMAP_NO_THREAD);
	for (unsigned round = 0; round < 20; round++) {
		if (round == 2)
			no_memory();
		for (uint64_t id = 0; id < 50; id++)
			crew_check(!subject_put(&subject, id, (uint32_t)id + 1));
		subject_settle(&subject);
	}
	ck_assert_uint_eq(count_attempts(count), 0);
	count_fail_stop(count);
	check_entries(0);
	finish();
}
END_TEST

/* ---- Tables that are left ----------------------------------------------- */

/* The successor is there, and has room for all that is removed from the old one. */
START_TEST(test_removals_in_midst_of_a_migration_without_memory)
{
	struct nb_table *top;

	begin(_i, NBMAP_NO_THREAD);
	top = nb_load_acquire(&core->top);
	ck_assert_int_eq(nb_migrate_start(core, top), 0);
	no_memory();
	for (uint64_t id = 0; id < THOUSAND; id++)
		crew_check(!subject_del(&subject, id));
	check_entries(THOUSAND);
	count_fail_stop(count);
	for (uint64_t id = 0; id < THOUSAND; id++)
		crew_check(!subject_put(&subject, id, (uint32_t)id + 1));
	check_entries(0);
	ck_assert(nb_map_valid(core));
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scarcity");
	TCase *tcase = tcase_create("scarcity");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_a_thousand_removals_without_memory, 0, CASES);
	tcase_add_loop_test(tcase, test_when_all_places_are_taken, 0, CASES);
	tcase_add_loop_test(tcase, test_the_places_are_for_removals_alone, 0, CASES);
	tcase_add_loop_test(tcase, test_removals_by_several_threads_without_memory, 0, 2 * CASES);
	tcase_add_loop_test(tcase, test_overwriting_and_clearing_without_memory, 0, CASES);
	tcase_add_loop_test(tcase, test_writing_steadily_asks_for_no_memory, 0, CASES);
	tcase_add_loop_test(tcase, test_removals_in_midst_of_a_migration_without_memory, 0, CASES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
