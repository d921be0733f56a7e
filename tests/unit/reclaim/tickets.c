/*
 * tickets: places in batches, used or given back.
 */
#include "fixture.h"

#include "stripe.h"

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

		items_init(now, 101);
		retire_in_section(domain, flavor, now, 101);
		ck_assert_int_eq(nbr_barrier(domain), 0);
		check_freed(now, 101, 1);
		ck_assert_uint_eq(stats_of(domain).freed_objects, 101 * (unsigned)(round + 1));
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items[0], 101, 1);
	thread_out(flavor);
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
		ck_assert_int_eq(nbr_reserve(domain, i % 2 ? NBR_REMOVES : NBR_REPLACES, &ticket), 0);
		nbr_cancel(domain, &ticket);
		ck_assert_ptr_null(ticket.batch);
	}
	ck_assert_int_eq(blocks, 2); /* the domain, and one batch used again each time */
	retire(domain, &items[0]);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
	nbr_cancel(domain, &ticket); /* of a batch with an entry: that one stays */
	retire(domain, &items[1]);
	/* Several tickets at a time. */
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &other[i]), 0);
	nbr_retire_object(domain, &other[7], free_object, &items[2], NULL, 0);
	for (i = 0; i < 8; i++)
		nbr_cancel(domain, &other[i]);
	nbr_leave(domain);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 3);
	ck_assert_int_eq(nbr_reclaim(domain), 3);
	check_freed(items, 3, 1);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_le(blocks, 1 + 8); /* none that was not there before */
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* As many as there are stripes, and then some: those have a batch to themselves,
 * and what is retired with them is freed as well. */
START_TEST(test_more_tickets_than_stripes)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	enum { MORE = 10 };
	static struct nbr_ticket tickets[NBR_MAX_STRIPES + MORE];
	static struct item items[NBR_MAX_STRIPES + MORE];
	size_t stripes = domain->stripe_mask + 1, n = stripes + MORE, i;

	items_init(items, n);
	thread_in(flavor);
	nbr_enter(domain);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &tickets[i]), 0);
		ck_assert_int_eq(tickets[i].stripe < stripes, i < stripes);
	}
	nbr_cancel(domain, &tickets[n - 1]);
	for (i = 0; i < n - 1; i++)
		nbr_retire_object(domain, &tickets[i], free_object, &items[i], NULL, 8);
	section_out(domain, flavor);
	ck_assert_uint_eq(stats_of(domain).pending_objects, n - 1);
	check_freed(items, n, 0);
	ck_assert_int_eq(nbr_reclaim(domain), (long)(n - 1));
	check_freed(items, n - 1, 1);
	ck_assert_uint_eq(stats_of(domain).freed_bytes, 8 * (n - 1));
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* A batch that is far from full is freed by the domain's threads, in their own time. */
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
		wait_sem(flavor, &told);
		ck_assert_int_eq(item.freed, 1);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* ... and if somebody holds it when the clock passes by, the clock comes again. */
START_TEST(test_held_as_clock_passes)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct nbr_ticket ticket;
	uint64_t begun;
	sem_t told;
	struct item item = {.payload = 7, .tell = &told};
	int turn;

	sem_init(&told, 0, 0);
	thread_in(flavor);
	nbr_enter(domain);
	retire(domain, &item);
	begun = domain->clock.begun;
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
	/* Unless the clock was before us, until it has passed. */
	for (turn = 0; ticket.batch->node.objects != 0 && domain->clock.begun == begun && turn < 10000; turn++)
		usleep(100);
	nbr_cancel(domain, &ticket);
	section_out(domain, flavor);
	wait_sem(flavor, &told);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_tickets(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_objects, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_cancel);
	tcase_add_loop_test(tcase, test_more_tickets_than_stripes, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_partial_without_barrier, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_held_as_clock_passes, 0, NBR_FLAVORS);
}
