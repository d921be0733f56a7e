/*
 * barriers: everything retired before the call is freed when it returns, and no
 * more than that is waited for.
 */
#include "fixture.h"

#include "stripe.h"

#include <unistd.h>

static pthread_t barrier_start(struct waiter *waiter)
{
	pthread_t thread;

	sem_init(&waiter->about, 0, 0);
	thread = spawn(barrier_main, waiter);
	wait_plain(&waiter->about);
	return thread;
}

/* An entry in a batch that somebody holds for his next retire is waited for. */
START_TEST(test_held_batch)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct item item = {.payload = 7};
	struct waiter waiter = {.domain = domain, .items = &item, .n = 1};
	struct nbr_ticket ticket = NBR_TICKET_NONE;
	pthread_t thread;

	thread_in(flavor);
	retire_in_section(domain, flavor, &item, 1);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
	thread = barrier_start(&waiter);
	watch_a_while(); /* gives a barrier that does not wait the time to show it */
	ck_assert_int_eq(item.freed, 0);
	nbr_cancel(domain, &ticket);
	section_out(domain, flavor);
	join(flavor, thread);
	ck_assert(waiter.ok);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* ... and however often it changes hands meanwhile. */
START_TEST(test_hot_batch)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	int round;

	thread_in(flavor);
	for (round = 0; round < 10; round++) {
		struct item item = {.payload = 7};
		struct waiter waiter = {.domain = domain, .items = &item, .n = 1};
		pthread_t thread;
		int turn;

		retire_in_section(domain, flavor, &item, 1);
		thread = barrier_start(&waiter);
		for (turn = 0; item.freed == 0 && turn < 2000; turn++) {
			struct nbr_ticket ticket = NBR_TICKET_NONE;

			nbr_enter(domain);
			ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
			usleep(100);
			nbr_cancel(domain, &ticket);
			section_out(domain, flavor);
		}
		join(flavor, thread);
		ck_assert(waiter.ok);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* What is retired after its grace period began is not waited for, and not lost. */
START_TEST(test_retired_meanwhile)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item before[2], after[BATCH + 1];
	struct waiter waiter = {.domain = domain, .items = before, .n = 2};
	struct pin pin;
	pthread_t thread;

	items_init(before, 2);
	items_init(after, BATCH + 1);
	thread_in(flavor);
	nbr_enter(domain);
	retire(domain, &before[0]);
	nbr_retire(domain, &before[1].node, free_node, 8);
	section_out(domain, flavor);
	pin_start(&pin, domain, flavor);
	thread = barrier_start(&waiter);
	while (domain->clock.begun == 0)
		usleep(100);
	retire_in_section(domain, flavor, after, BATCH);
	nbr_enter(domain);
	nbr_retire(domain, &after[BATCH].node, free_node, 8);
	section_out(domain, flavor);
	pin_end(&pin);
	join(flavor, thread);
	ck_assert(waiter.ok);
	check_freed(after, BATCH + 1, 0);
	ck_assert_uint_eq(stats_of(domain).pending_objects, BATCH + 1);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	check_freed(after, BATCH + 1, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

#define TOGETHER 4
#define EACH 70

static struct item crowd_items[TOGETHER][EACH];

/* Each retires, and waits for what it retired; it may free the others', too. */
static void *together_main(void *arg)
{
	struct waiter *waiter = arg;
	struct nbr_domain *domain = waiter->domain;
	enum nbr_flavor flavor = nbr_domain_flavor(domain);
	bool ok = true;
	int round;

	thread_in(flavor);
	for (round = 0; round < 20 && ok; round++) {
		items_init(waiter->items, waiter->n);
		retire_in_section(domain, flavor, waiter->items, waiter->n - 1);
		nbr_enter(domain);
		nbr_retire(domain, &waiter->items[waiter->n - 1].node, free_node, 8);
		section_out(domain, flavor);
		(void)barrier_main(waiter);
		ok = waiter->ok;
	}
	thread_out(flavor);
	return NULL;
}

START_TEST(test_together)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0});
	struct waiter waiters[TOGETHER];
	pthread_t threads[TOGETHER];
	int i;

	for (i = 0; i < TOGETHER; i++) {
		waiters[i] = (struct waiter){.domain = domain, .items = crowd_items[i], .n = EACH};
		sem_init(&waiters[i].about, 0, 0);
		threads[i] = spawn(together_main, &waiters[i]);
	}
	for (i = 0; i < TOGETHER; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert(waiters[i].ok);
	}
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* Who waits for a stripe. */
struct wanting {
	struct nbr_stripe *stripe;
	sem_t held, enough;
};

static void *hold_patiently_main(void *arg)
{
	struct wanting *wanting = arg;
	struct nbr_batch *open = nbr_stripe_hold_patiently(wanting->stripe);

	sem_post(&wanting->held);
	wait_plain(&wanting->enough);
	nbr_stripe_leave(wanting->stripe, open);
	return NULL;
}

/* A stripe that somebody waits for is his next, however often others try.  Several
 * rounds: he may wake up at once. */
START_TEST(test_wanted_stripe)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct wanting wanting = {.stripe = nbr_stripe_at(domain, nbr_stripe_home(domain))};
	struct nbr_batch *open, *others;
	uint64_t retired;
	pthread_t thread;

	sem_init(&wanting.held, 0, 0);
	sem_init(&wanting.enough, 0, 0);
	ck_assert(nbr_stripe_hold(wanting.stripe, &open));
	thread = spawn(hold_patiently_main, &wanting);
	while (wanting.stripe->wanted == 0)
		watch_a_while();
	nbr_stripe_leave(wanting.stripe, open);
	retired = wanting.stripe->retired;
	retire_fillers(domain, NBR_BP, 2 * BATCH);
	ck_assert_uint_eq(wanting.stripe->retired, retired);
	while (sem_trywait(&wanting.held) != 0)
		ck_assert(!nbr_stripe_hold(wanting.stripe, &others));
	sem_post(&wanting.enough);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(wanting.stripe->wanted, 0);
	retire_fillers(domain, NBR_BP, 2 * BATCH);
	ck_assert_uint_eq(wanting.stripe->retired, retired + 2 * BATCH);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* A waiter that is stopped before it has had the stripe keeps no garbage there. */
START_TEST(test_stopped_waiter)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct nbr_stripe *stripe;
	struct nbr_ticket ticket;
	sem_t told;
	struct item item = {.payload = 7, .tell = &told};

	sem_init(&told, 0, 0);
	thread_in(flavor);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
	stripe = nbr_stripe_at(domain, ticket.stripe);
	stripe->wanted++;
	nbr_retire_object(domain, &ticket, free_object, &item, NULL, 0);
	section_out(domain, flavor);
	thread_out(flavor);
	wait_plain(&told);
	ck_assert_int_eq(item.freed, 1);
	stripe->wanted--;
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

static _Atomic bool enough;

static void *retire_for_ever(void *arg)
{
	struct nbr_domain *domain = arg;
	enum nbr_flavor flavor = nbr_domain_flavor(domain);

	thread_in(flavor);
	while (!enough)
		retire_fillers(domain, flavor, 1);
	thread_out(flavor);
	return NULL;
}

/* It comes back though others never stop. */
START_TEST(test_beside_retirers)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	/* In the end those who retire wait for whoever frees. */
	struct nbr_config config = {.flags = (_i % 2 != 0 ? NBR_NO_THREAD : 0) | NBR_LIMIT_REPORTS_ONLY, .assist = 1};
	struct nbr_domain *domain = make(flavor, config);
	struct item items[20];
	pthread_t threads[2];
	int i;

	items_init(items, 20);
	enough = false;
	for (i = 0; i < 2; i++)
		threads[i] = spawn(retire_for_ever, domain);
	thread_in(flavor);
	for (i = 0; i < 20; i++) {
		retire_in_section(domain, flavor, &items[i], 1);
		ck_assert_int_eq(nbr_barrier(domain), 0);
		ck_assert_int_eq(items[i].freed, 1);
	}
	enough = true;
	for (i = 0; i < 2; i++)
		join(flavor, threads[i]);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_barriers(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_held_batch, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_hot_batch, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_retired_meanwhile, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_together, 0, NBR_FLAVORS * 2);
	tcase_add_loop_test(tcase, test_wanted_stripe, 0, 20);
	tcase_add_loop_test(tcase, test_stopped_waiter, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_beside_retirers, 0, NBR_FLAVORS * 2);
}
