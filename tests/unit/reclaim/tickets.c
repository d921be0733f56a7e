/*
 * tickets: places in batches, used or given back, and the batches' end.
 */
#include "fixture.h"

#include "batch.h"

#include <unistd.h>

START_TEST(test_objects)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	static struct item items[4][101];
	int round;

	thread_in(flavor);
	for (round = 0; round < 4; round++) {
		struct item *now = items[round];
		size_t i;

		for (i = 0; i < 101; i++)
			now[i] = (struct item){.payload = 7};
		retire_in_section(domain, flavor, now, 101);
		ck_assert_int_eq(nbr_barrier(domain), 0);
		check_freed(now, 101, 1);
		ck_assert_uint_eq(stats_of(domain).freed_objects, 101 * (unsigned)(round + 1));
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items[0], 101, 1);
	thread_out(NULL, flavor);
}
END_TEST

START_TEST(test_cancel)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct item items[3] = {{.payload = 7}, {.payload = 7}, {.payload = 7}};
	struct nbr_ticket ticket = NBR_TICKET_NONE, other[8];
	int i;

	nbr_cancel(domain, &ticket); /* empty: allowed */
	nbr_enter(domain);
	for (i = 0; i < 1000; i++) {
		ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
		nbr_cancel(domain, &ticket);
		ck_assert_ptr_null(ticket.batch);
	}
	ck_assert_int_eq(blocks, 2); /* the domain, and one batch used again each time */
	retire(domain, &items[0]);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_cancel(domain, &ticket); /* of a batch with an entry: that one stays */
	retire(domain, &items[1]);
	/* More tickets at a time than a thread tries stripes. */
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(nbr_reserve(domain, &other[i]), 0);
	nbr_retire_object(domain, &other[7], free_object, &items[2], NULL);
	for (i = 0; i < 8; i++)
		nbr_cancel(domain, &other[i]);
	nbr_leave(domain);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 3);
	ck_assert_int_eq(nbr_reclaim(domain), 3);
	check_freed(items, 3, 1);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(blocks, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

#define MANY 300 /* batches, more than are kept */

/* Emptied batches are used again, some of them, until a barrier gives all back. */
START_TEST(test_batches_go_round)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item items[MANY * NBR_BATCH_ENTRIES];
	size_t i;
	int round;

	for (i = 0; i < MANY * NBR_BATCH_ENTRIES; i++)
		items[i] = (struct item){.payload = 7};
	for (round = 1; round <= 3; round++) {
		retire_in_section(domain, NBR_BP, items, 10 * NBR_BATCH_ENTRIES);
		ck_assert_int_eq(blocks, 1 + 10); /* the domain, and these */
		ck_assert_int_eq(nbr_reclaim(domain), 10 * NBR_BATCH_ENTRIES);
		check_freed(items, 10 * NBR_BATCH_ENTRIES, round);
		ck_assert_int_eq(blocks, 1 + 10);
	}
	retire_in_section(domain, NBR_BP, items, MANY * NBR_BATCH_ENTRIES);
	ck_assert_int_eq(blocks, 1 + MANY);
	ck_assert_int_eq(nbr_reclaim(domain), MANY * NBR_BATCH_ENTRIES);
	ck_assert_int_lt(blocks, 1 + MANY);
	ck_assert_int_gt(blocks, 1 + MANY / 2);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(blocks, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* A batch that is far from full is freed by the reclaimer, in its own time. */
START_TEST(test_partial_without_barrier)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	int round;
	sem_t told;

	sem_init(&told, 0, 0);
	thread_in(flavor);
	for (round = 0; round < 10; round++) {
		struct item item = {.payload = 7, .tell = &told};

		retire_in_section(domain, flavor, &item, 1);
		wait_sem(domain, flavor, &told);
		ck_assert_int_eq(item.freed, 1);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

START_TEST(test_barrier_held_batch)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct item item = {.payload = 7};
	struct waiter waiter = {.domain = domain, .flavor = flavor, .items = &item, .n = 1};
	struct nbr_ticket ticket = NBR_TICKET_NONE;
	pthread_t thread;

	sem_init(&waiter.about, 0, 0);
	thread_in(flavor);
	retire_in_section(domain, flavor, &item, 1);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	thread = spawn(barrier_main, &waiter);
	wait_plain(&waiter.about);
	usleep(20000); /* gives a barrier that does not wait the time to show it */
	ck_assert_int_eq(item.freed, 0);
	nbr_cancel(domain, &ticket);
	section_out(domain, flavor);
	join(domain, flavor, thread);
	ck_assert(waiter.ok);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

/* ... and however often it changes hands meanwhile. */
START_TEST(test_barrier_hot_batch)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	int round;

	thread_in(flavor);
	for (round = 0; round < 10; round++) {
		struct item item = {.payload = 7};
		struct waiter waiter = {.domain = domain, .flavor = flavor, .items = &item, .n = 1};
		pthread_t thread;
		int turn;

		sem_init(&waiter.about, 0, 0);
		retire_in_section(domain, flavor, &item, 1);
		thread = spawn(barrier_main, &waiter);
		for (turn = 0; item.freed == 0 && turn < 2000; turn++) {
			struct nbr_ticket ticket = NBR_TICKET_NONE;

			nbr_enter(domain);
			ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
			usleep(100);
			nbr_cancel(domain, &ticket);
			section_out(domain, flavor);
		}
		join(domain, flavor, thread);
		ck_assert(waiter.ok);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

void add_tickets(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_objects, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_cancel);
	tcase_add_test(tcase, test_batches_go_round);
	tcase_add_loop_test(tcase, test_partial_without_barrier, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_barrier_held_batch, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_barrier_hot_batch, 0, NBR_FLAVORS);
}
