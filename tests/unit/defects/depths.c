/*
 * depths: a chain of ten thousand tables, and a stack that would not bear one
 * frame for each.
 */
#include <pthread.h>
#include <unistd.h>

#include "fixture.h"

#define DEEP 10000

static void build_deep_chain(int integer)
{
	struct nb_table *last;

	begin(integer);
	subject_put_range(&subject, 0, 3);
	last = fresh_table();
	for (unsigned i = 0; i < DEEP; i++) {
		ck_assert_int_eq(nb_migrate_start(core, last), 0);
		last = nb_load_acquire(&last->next);
	}
}

/* All that is in the chain goes to its last table; but no table is unlinked. */
static void sweep_deep_chain(void)
{
	for (struct nb_table *table = top_table(); nb_load_acquire(&table->next); table = nb_load_acquire(&table->next))
		sweep_all(table);
}

static void *use_deep_chain(void *arg)
{
	struct nbmap_iter iter;
	uint32_t number;
	uint64_t id;

	(void)arg;
	subject_enter(&subject);
	crew_check(stats().tables == DEEP + 1);
	/* From the first table to the last. */
	crew_check(subject_get(&subject, 1) == 2 && subject_get(&subject, 7) == 0);
	crew_check(subject_del(&subject, 7) == -ENOENT);
	put(1, 5);
	put(8, 9);
	crew_check(!subject_update(&subject, 2) && !subject_del(&subject, 0));
	crew_check(subject_get(&subject, 1) == 5 && subject_get(&subject, 2) == 4 && subject_size(&subject) == 3);
	/* And completes ten thousand migrations. */
	crew_check(!subject_walk(&subject, &iter));
	for (unsigned i = 0; i < 3; i++)
		crew_check(subject_next(&subject, &iter, &id, &number));
	crew_check(!subject_next(&subject, &iter, &id, &number));
	crew_check(stats().tables == 1);
	subject_leave(&subject);
	return NULL;
}

static void *clear_deep_chain(void *arg)
{
	(void)arg;
	subject_enter(&subject);
	crew_check(!subject_clear(&subject) && subject_size(&subject) == 0);
	subject_leave(&subject);
	crew_check(!subject_barrier(&subject));
	return NULL;
}

static void *destroy_deep_chain(void *arg)
{
	(void)arg;
	crew_check(!subject_close(&subject));
	return NULL;
}

static void on_a_small_stack(void *(*work)(void *))
{
	size_t size = 64 * 1024;
	pthread_attr_t attr;
	pthread_t thread;
	long least = sysconf(_SC_THREAD_STACK_MIN);

	if (least > (long)size)
		size = (size_t)least;
	subject_leave(&subject);
	ck_assert_int_eq(pthread_attr_init(&attr), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, size), 0);
	ck_assert_int_eq(pthread_create(&thread, &attr, work, NULL), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
}

START_TEST(test_wrong_recursion_as_deep_as_the_chain)
{
	build_deep_chain(_i);
	sweep_deep_chain();
	on_a_small_stack(use_deep_chain);
	subject_enter(&subject);
	finish();
}
END_TEST

START_TEST(test_wrong_recursion_as_deep_as_a_chain_that_is_cleared)
{
	build_deep_chain(_i);
	on_a_small_stack(clear_deep_chain);
	subject_enter(&subject);
	finish();
}
END_TEST

START_TEST(test_wrong_recursion_as_deep_as_a_chain_that_is_destroyed)
{
	build_deep_chain(_i);
	on_a_small_stack(destroy_deep_chain);
}
END_TEST

void add_depths(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_wrong_recursion_as_deep_as_the_chain, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_recursion_as_deep_as_a_chain_that_is_cleared, 0, KINDS);
	tcase_add_loop_test(tcase, test_wrong_recursion_as_deep_as_a_chain_that_is_destroyed, 0, KINDS);
}
