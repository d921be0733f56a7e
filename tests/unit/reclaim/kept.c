/*
 * kept: places for removals where there is no memory.
 *
 *   NBR_REPLACES   a spare batch, or the allocator's, or -ENOMEM
 *   NBR_REMOVES    the same, and then one of NBR_KEPT batches; they come back
 *                  when they have been emptied, by whomever
 */
#include "fixture.h"

#include "stripe.h"

#define PLACES ((size_t)NBR_KEPT * NBR_BATCH_ENTRIES)

/* No stripe is lost where there is no batch for it. */
START_TEST(test_no_memory)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct nbr_ticket ticket;
	struct item item = {.payload = 7};
	int i;

	nbr_enter(domain);
	failing = true;
	for (i = 0; i < 200; i++) {
		ticket.batch = (struct nbr_batch *)(void *)&item;
		ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), -ENOMEM);
		ck_assert_ptr_null(ticket.batch);
	}
	failing = false;
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
	ck_assert_uint_eq(ticket.stripe, nbr_stripe_home(domain));
	nbr_retire_object(domain, &ticket, free_object, &item, NULL, 0);
	/* A place in a batch that exists needs no memory. */
	failing = true;
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
	nbr_cancel(domain, &ticket);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_barrier(domain), 0); /* nor does waiting */
	ck_assert_int_eq(item.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* Remove until there is no place: how many there were. */
static size_t remove_all(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *items, size_t most)
{
	struct nbr_ticket ticket;
	size_t n = 0;

	nbr_enter(domain);
	while (n < most && nbr_reserve(domain, NBR_REMOVES, &ticket) == 0)
		nbr_retire_object(domain, &ticket, free_object, &items[n++], NULL, 0);
	section_out(domain, flavor);
	return n;
}

static void refused(struct nbr_domain *domain, enum nbr_flavor flavor, enum nbr_purpose purpose)
{
	struct nbr_ticket ticket;

	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, purpose, &ticket), -ENOMEM);
	ck_assert_ptr_null(ticket.batch);
	section_out(domain, flavor);
}

START_TEST(test_removals_without_memory)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item items[2 * PLACES];
	int round;

	thread_in(flavor);
	failing = true;
	for (round = 0; round < 4; round++) {
		items_init(items, 2 * PLACES);
		refused(domain, flavor, NBR_REPLACES);
		ck_assert_uint_eq(remove_all(domain, flavor, items, 10), 10);
		refused(domain, flavor, NBR_REPLACES); /* the rest of that batch is for removals, too */
		ck_assert_uint_eq(remove_all(domain, flavor, items + 10, 2 * PLACES - 10), PLACES - 10);
		refused(domain, flavor, NBR_REMOVES);
		refused(domain, flavor, NBR_REPLACES);
		if (round % 2 == 0)
			ck_assert_int_eq(nbr_barrier(domain), 0);
		else
			ck_assert_int_eq(nbr_reclaim(domain), (long)PLACES);
		check_freed(items, PLACES, 1);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

static void *retire_one_main(void *arg)
{
	struct nbr_domain *domain = arg;
	enum nbr_flavor flavor = nbr_domain_flavor(domain);

	thread_in(flavor);
	retire_fillers(domain, flavor, 1);
	thread_out(flavor);
	return NULL;
}

/* Before a kept batch is begun, one that has room is looked for everywhere. */
START_TEST(test_removals_find_room)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item items[2 * BATCH];
	const uint64_t all = domain->kept_free;

	items_init(items, 2 * BATCH);
	/* Two fresh threads, for two stripes, of which this one's may be one. */
	ck_assert_int_eq(pthread_join(spawn(retire_one_main, domain), NULL), 0);
	ck_assert_int_eq(pthread_join(spawn(retire_one_main, domain), NULL), 0);
	thread_in(flavor);
	failing = true;
	ck_assert_uint_eq(remove_all(domain, flavor, items, 2 * (BATCH - 1)), 2 * (BATCH - 1));
	ck_assert(domain->kept_free == all);
	ck_assert_uint_eq(remove_all(domain, flavor, items + 2 * (BATCH - 1), 1), 1);
	ck_assert(domain->kept_free != all);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert(domain->kept_free == all);
	check_freed(items, 2 * BATCH - 1, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* ... and go on for ever where grace periods end: who removes empties them. */
START_TEST(test_removals_go_on)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item items[2][10 * BATCH];
	int round;

	items_init(items[0], 20 * BATCH);
	thread_in(flavor);
	failing = true;
	for (round = 0; round < 20; round++) {
		struct item *now = items[round % 2], *before = items[(round + 1) % 2];

		items_init(now, 10 * BATCH);
		ck_assert_uint_eq(remove_all(domain, flavor, now, 10 * BATCH), 10 * BATCH);
		check_freed(before, 10 * BATCH, round != 0);
		synchronize_elsewhere(domain, flavor);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* Where every stripe is held a batch goes its way by itself, a kept one too. */
START_TEST(test_removals_without_a_stripe)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct nbr_ticket held[NBR_MAX_STRIPES];
	struct nbr_ticket tickets[NBR_KEPT], ticket;
	struct item items[NBR_KEPT];
	size_t stripes = domain->stripe_mask + 1, i;
	int round;

	thread_in(flavor);
	for (round = 0; round < 3; round++) {
		items_init(items, NBR_KEPT);
		failing = false;
		nbr_enter(domain);
		for (i = 0; i < stripes; i++)
			ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &held[i]), 0);
		failing = true;
		for (i = 0; i < NBR_KEPT; i++)
			ck_assert_int_eq(nbr_reserve(domain, NBR_REMOVES, &tickets[i]), 0);
		ck_assert_int_eq(nbr_reserve(domain, NBR_REMOVES, &ticket), -ENOMEM);
		for (i = 0; i < NBR_KEPT; i++)
			if (i % 2 == 0)
				nbr_cancel(domain, &tickets[i]);
			else
				nbr_retire_object(domain, &tickets[i], free_object, &items[i], NULL, 0);
		for (i = 0; i < stripes; i++)
			nbr_cancel(domain, &held[i]);
		section_out(domain, flavor);
		ck_assert_int_eq(nbr_reclaim(domain), NBR_KEPT / 2);
		for (i = 0; i < NBR_KEPT; i++)
			ck_assert_int_eq(items[i].freed, i % 2);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_kept(TCase *tcase)
{
	tcase_add_test(tcase, test_no_memory);
	tcase_add_loop_test(tcase, test_removals_without_memory, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_removals_find_room, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_removals_go_on, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_removals_without_a_stripe, 0, NBR_FLAVORS);
}
