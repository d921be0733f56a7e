/*
 * crowd: many threads that retire at once.
 */
#include "fixture.h"

#define CROWD 4
#define EACH 10000

static _Atomic unsigned crowd_done;

struct crowd {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	_Atomic(struct item *) *slot; /* what readers look at */
	struct item *items;
	bool bad;
};

/* Publish an item in the place of the last one, retire that, and look at what is
 * published: whatever it is, it must be alive. */
static void *crowd_main(void *arg)
{
	struct crowd *crowd = arg;
	struct nbr_domain *domain = crowd->domain;
	size_t i;

	thread_in(crowd->flavor);
	for (i = 0; i < EACH; i++) {
		struct nbr_ticket ticket = NBR_TICKET_NONE;
		struct item *old, *seen;

		nbr_enter(domain);
		seen = *crowd->slot;
		if (seen != NULL && seen->payload != 7)
			crowd->bad = true;
		if (i % 7 != 0 && nbr_reserve(domain, i % 2 != 0 ? NBR_REPLACES : NBR_REMOVES, &ticket) != 0)
			crowd->bad = true;
		old = atomic_exchange(crowd->slot, &crowd->items[i]);
		if (old == NULL)
			nbr_cancel(domain, &ticket);
		else if (ticket.batch != NULL)
			nbr_retire_object(domain, &ticket, free_object, old, NULL, 8);
		else
			nbr_retire(domain, &old->node, free_node, 16);
		if (seen != NULL && seen->payload != 7)
			crowd->bad = true;
		section_out(domain, crowd->flavor);
		if (i % 1000 == 999 && nbr_barrier(domain) != 0)
			crowd->bad = true;
	}
	thread_out(crowd->flavor);
	crowd_done++;
	return NULL;
}

START_TEST(test_crowd)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 3);
	struct nbr_config config = {.flags = _i % 3 != 0 ? NBR_NO_THREAD : 0, .assist = 1};
	struct nbr_domain *domain = make(flavor, config);
	static struct item items[CROWD][EACH];
	_Atomic(struct item *) slot = NULL;
	struct crowd crowd[CROWD];
	pthread_t threads[CROWD];
	struct item *last;
	size_t i;

	crowd_done = 0;
	for (i = 0; i < CROWD; i++) {
		items_init(items[i], EACH);
		crowd[i] = (struct crowd){domain, flavor, &slot, items[i], false};
	}
	for (i = 0; i < CROWD; i++)
		threads[i] = spawn(crowd_main, &crowd[i]);
	/* Rounds without a pause, to meet retirers on every stripe. */
	while (_i % 3 == 2 && crowd_done < CROWD)
		ck_assert_int_ge(nbr_reclaim(domain), 0);
	for (i = 0; i < CROWD; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert(!crowd[i].bad);
	}
	last = slot;
	ck_assert_int_eq(last->freed, 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	item_freed(last);
	for (i = 0; i < CROWD; i++)
		check_freed(items[i], EACH, 1);
	ck_assert_uint_eq(stats_of(domain).freed_objects, CROWD * EACH - 1);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

void add_crowd(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_crowd, 0, 3 * NBR_FLAVORS);
}
