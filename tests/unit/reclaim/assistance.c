/*
 * assistance: writers that free where much waits.
 */
#include "fixture.h"

#include <stdlib.h>
#include <unistd.h>

static _Thread_local unsigned freed_here;
static _Atomic unsigned gate_calls;
static sem_t gate_entered, gate_open;

/* The first call of each thread in a list of `gates` waits at the gate. */
static void free_gated(void *object, void *arg)
{
	(void)arg;
	if (freed_here++ == 0) {
		gate_calls++;
		sem_post(&gate_entered);
		wait_plain(&gate_open);
	}
	item_freed(object);
}

static void *reclaim_main(void *arg)
{
	freed_here = 0;
	return (void *)(intptr_t)nbr_reclaim(arg);
}

static void retire_gated(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *items, size_t n)
{
	struct nbr_ticket ticket;
	size_t i;

	nbr_enter(domain);
	for (i = 0; i < n; i++) {
		items[i] = (struct item){.payload = 7};
		ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
		nbr_retire_object(domain, &ticket, free_gated, &items[i], NULL);
	}
	section_out(domain, flavor);
}

/* While a round is stopped in a callback, a writer frees one ripe batch. */
START_TEST(test_assist)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	static struct item items[4 * BATCH];
	struct nbr_ticket ticket;
	pthread_t thread;
	void *count;

	sem_init(&gate_entered, 0, 0);
	sem_init(&gate_open, 0, 0);
	thread_in(flavor);
	retire_gated(domain, flavor, items, 4 * BATCH);
	thread = spawn(reclaim_main, domain);
	wait_sem(domain, flavor, &gate_entered);
	freed_here = 1; /* this thread does not stop */
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_cancel(domain, &ticket);
	section_out(domain, flavor);
	ck_assert_uint_eq(freed_here, 1 + BATCH);
	sem_post(&gate_open);
	ck_assert_int_eq(pthread_join(thread, &count), 0);
	ck_assert_int_eq((intptr_t)count, 3 * BATCH);
	check_freed(items, 4 * BATCH, 1);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

struct helper {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
};

static void *assist_main(void *arg)
{
	struct helper *helper = arg;
	struct nbr_ticket ticket;

	freed_here = 0; /* stops at the gate */
	thread_in(helper->flavor);
	nbr_enter(helper->domain);
	if (nbr_reserve(helper->domain, &ticket) != 0)
		abort();
	nbr_cancel(helper->domain, &ticket);
	section_out(helper->domain, helper->flavor);
	thread_out(helper->domain, helper->flavor);
	return NULL;
}

/*
 * A barrier waits for what an assisting writer has in hand.  Main holds stripes
 * while the assistant starts, so that (on a machine of two CPUs, which has four
 * stripes) it has none to hold itself, by which the barrier would notice it.
 */
START_TEST(test_barrier_waits_for_assistant)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	static struct item items[8 * BATCH];
	struct helper helper = {domain, flavor};
	struct waiter waiter = {.domain = domain, .flavor = flavor, .items = items, .n = 8 * BATCH};
	struct nbr_ticket tickets[4];
	pthread_t round, assistant, barrier;
	int i;

	sem_init(&gate_entered, 0, 0);
	sem_init(&gate_open, 0, 0);
	sem_init(&waiter.about, 0, 0);
	thread_in(flavor);
	retire_gated(domain, flavor, items, 8 * BATCH);
	round = spawn(reclaim_main, domain);
	wait_sem(domain, flavor, &gate_entered);
	freed_here = 1; /* this thread does not stop */
	nbr_enter(domain);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(nbr_reserve(domain, &tickets[i]), 0);
	assistant = spawn(assist_main, &helper);
	wait_plain(&gate_entered);
	for (i = 0; i < 4; i++)
		nbr_cancel(domain, &tickets[i]);
	section_out(domain, flavor);
	/* One post lets one of the two go on, whichever; the barrier must wait for both. */
	sem_post(&gate_open);
	barrier = spawn(barrier_main, &waiter);
	wait_sem(domain, flavor, &waiter.about);
	usleep(20000); /* gives a barrier that does not wait the time to show it */
	sem_post(&gate_open);
	join(domain, flavor, round);
	join(domain, flavor, assistant);
	join(domain, flavor, barrier);
	ck_assert(waiter.ok);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NULL, flavor);
}
END_TEST

void add_assistance(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_assist, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_barrier_waits_for_assistant, 0, NBR_FLAVORS);
}
