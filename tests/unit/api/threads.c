/*
 * threads: several, on every operation.
 */
#include "fixture.h"

#define THREADS 4
#define OPERATIONS 4000
#define HOT_KEYS 12

static void work_at_random(struct crew_member *member)
{
	const struct subject *subject = member->arg;

	for (unsigned i = 0; i < OPERATIONS; i++) {
		subject_enter(subject);
		subject_random(subject, &member->random, HOT_KEYS, true);
		/* An update is never lost: the keys from HOT_KEYS on are counters. */
		crew_check(!subject_update(subject, HOT_KEYS + i % 4));
		subject_leave(subject);
	}
}

static void work_without_clear(struct crew_member *member)
{
	const struct subject *subject = member->arg;

	for (unsigned i = 0; i < OPERATIONS; i++) {
		subject_enter(subject);
		subject_random(subject, &member->random, HOT_KEYS, false);
		crew_check(!subject_update(subject, HOT_KEYS + i % 4));
		subject_leave(subject);
	}
}

static void run_crew(void (*work)(struct crew_member *member), bool counters)
{
	struct nbmap_config base = {.domain = domain};
	struct subject subject;
	struct nbmap_iter iter;
	uint64_t id, entries = 0;
	uint32_t number;

	ck_assert_int_eq(subject_open(&subject, false, count, &base), 0);
	nbmap_leave(map);
	crew_run(NBMAP_BP, THREADS, work, &subject);
	nbmap_enter(map);
	for (id = 0; counters && id < 4; id++)
		ck_assert_uint_eq(subject_get(&subject, HOT_KEYS + id), THREADS * OPERATIONS / 4);
	ck_assert_int_eq(subject_walk(&subject, &iter), 0);
	while (subject_next(&subject, &iter, &id, &number)) {
		ck_assert_uint_eq(subject_get(&subject, id), number);
		entries++;
	}
	ck_assert_uint_eq(subject_size(&subject), entries);
	nbmap_leave(map);
	ck_assert_int_eq(subject_close(&subject), 0);
	nbmap_enter(map);
}

START_TEST(test_threads_on_every_operation)
{
	run_crew(work_without_clear, true);
}
END_TEST

START_TEST(test_threads_on_every_operation_and_clear)
{
	run_crew(work_at_random, false);
}
END_TEST

void add_threads(TCase *tcase)
{
	tcase_add_test(tcase, test_threads_on_every_operation);
	tcase_add_test(tcase, test_threads_on_every_operation_and_clear);
}
