/*
 * hands: what a thread that retires has in hand while somebody is in a barrier.
 *
 * The hard moment is after the barrier's grace period and before it looks for
 * what is ripe.  It is reached thus, in a domain without threads:
 *
 *   blocker   in nbr_reclaim(), stopped in a callback: has the freer's seat
 *   barrier   its grace period ends; it waits for the seat
 *   helper    retired before the barrier; now begins a batch, and so frees
 */
#include "sliced.h"

#include "hands.h"

#include <stdlib.h>

struct helper {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct item *items;
	size_t n;
	struct nbr_node *node; /* to be retired instead, if not NULL */
	sem_t retired, go_on, stepped;
};

static _Thread_local bool is_helper, stopped;
static struct gate hand_gate;

/* In the helper's hand the first takes long. */
static void free_in_hand(void *object, void *arg)
{
	struct helper *helper = arg;

	if (is_helper && !stopped) {
		stopped = true;
		sem_post(&helper->stepped);
		wait_plain(&hand_gate.open);
	}
	item_freed(object);
}

/* A node of two slices; `payload` counts them. */
static struct item left_node;
static struct helper *slicer;
static _Atomic unsigned slices_by_helper;

static bool free_two_slices(struct nbr_node *node)
{
	struct item *item = (struct item *)node;

	if (is_helper) {
		slices_by_helper++;
		sem_post(&slicer->stepped);
		wait_plain(&hand_gate.open);
	}
	if (--item->payload > 0)
		return false;
	item_freed(item);
	return true;
}

static void *helper_main(void *arg)
{
	struct helper *helper = arg;
	struct nbr_domain *domain = helper->domain;
	struct nbr_ticket ticket;
	size_t i;

	is_helper = true;
	thread_in(helper->flavor);
	nbr_enter(domain);
	for (i = 0; i < helper->n; i++)
		retire_with(domain, free_in_hand, &helper->items[i], helper, 0);
	if (helper->node != NULL)
		nbr_retire(domain, helper->node, free_two_slices, 0);
	section_out(domain, helper->flavor);
	sem_post(&helper->retired);
	wait_sem(helper->flavor, &helper->go_on);
	nbr_enter(domain);
	if (nbr_reserve(domain, NBR_REPLACES, &ticket) != 0)
		abort();
	nbr_cancel(domain, &ticket);
	section_out(domain, helper->flavor);
	sem_post(&helper->stepped); /* if it did not stop */
	thread_out(helper->flavor);
	return NULL;
}

/* Bring about the hard moment, let the helper take what it takes, and then the
 * barrier go on. */
static void meet(struct helper *helper, struct waiter *waiter)
{
	struct nbr_domain *domain = helper->domain;
	enum nbr_flavor flavor = helper->flavor;
	struct item first = {.payload = 7};
	pthread_t blocker, barrier, thread;
	struct gate gate;

	gate_init(&gate);
	gate_init(&hand_gate);
	sem_init(&helper->retired, 0, 0);
	sem_init(&helper->go_on, 0, 0);
	sem_init(&helper->stepped, 0, 0);
	sem_init(&waiter->about, 0, 0);
	thread_in(flavor);
	retire_at_gate(domain, flavor, &first, &gate);
	blocker = spawn(reclaim_main, domain);
	wait_sem(flavor, &gate.entered);
	thread = spawn(helper_main, helper);
	wait_sem(flavor, &helper->retired);
	barrier = spawn(barrier_main, waiter);
	await_grace_periods(domain, flavor, 2);
	if (helper->node != NULL)
		retire_fillers(domain, flavor, BATCH); /* so that much waits */
	sem_post(&helper->go_on);
	wait_sem(flavor, &helper->stepped);
	sem_post(&gate.open);
	join(flavor, blocker);
	watch_a_while(); /* gives a barrier that does not wait the time to show it */
	sem_post(&hand_gate.open);
	join(flavor, thread);
	join(flavor, barrier);
	thread_out(flavor);
}

/* A batch in hand is not done when the barrier has freed all that it found. */
START_TEST(test_batch_in_hand)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item items[BATCH];
	struct helper helper = {.domain = domain, .flavor = flavor, .items = items, .n = BATCH};
	struct waiter waiter = {.domain = domain, .items = items, .n = BATCH};

	items_init(items, BATCH);
	meet(&helper, &waiter);
	ck_assert(waiter.ok);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* A slice of a node is not taken in hand at all: the node would come back behind
 * the barrier. */
START_TEST(test_node_is_left_to_barrier)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	struct helper helper = {.domain = domain, .flavor = flavor, .node = &left_node.node};
	struct waiter waiter = {.domain = domain, .items = &left_node, .n = 1};

	left_node = (struct item){.payload = 2};
	slicer = &helper;
	slices_by_helper = 0;
	meet(&helper, &waiter);
	ck_assert(waiter.ok);
	ck_assert_uint_eq(slices_by_helper, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

static void *begin_batch_main(void *domain)
{
	enum nbr_flavor flavor = nbr_domain_flavor(domain);

	thread_in(flavor);
	begin_batch(domain, flavor);
	thread_out(flavor);
	return NULL;
}

/* One that was taken in hand before the barrier came is put back; only then does
 * the barrier look for what is left to free. */
START_TEST(test_node_in_hand)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	struct gate gate;
	struct sliced node = {.slices = 2, .letter = 'a', .gate = &gate};
	struct waiter waiter = {.domain = domain, .items = &node.item, .n = 1};
	pthread_t thread, barrier;

	gate_init(&gate);
	sem_init(&waiter.about, 0, 0);
	retire_sliced(domain, flavor, &node, 0);
	synchronize_elsewhere(domain, flavor);
	retire_fillers(domain, flavor, BATCH); /* so that much waits */
	thread = spawn(begin_batch_main, domain);
	wait_sem(flavor, &gate.entered);
	barrier = spawn(barrier_main, &waiter);
	wait_sem(flavor, &waiter.about);
	watch_a_while(); /* gives a barrier that does not wait the time to find nothing */
	sem_post(&gate.open);
	join(flavor, thread);
	join(flavor, barrier);
	ck_assert(waiter.ok);
	end(domain, flavor);
	ck_assert_uint_eq(steps, 2);
}
END_TEST

static _Atomic bool awaited;

static void *await_main(void *domain)
{
	nbr_hands_await(domain);
	awaited = true;
	return NULL;
}

/* A hand is waited for in either half, whichever is in use: it may have read
 * `half` long before it was counted. */
START_TEST(test_either_half)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD});
	nbr_hand hand = &domain->stripes[domain->stripe_mask].hands[_i % 2];
	pthread_t thread;

	awaited = false;
	domain->half = (unsigned)_i / 2;
	atomic_fetch_add(hand, 1);
	thread = spawn(await_main, domain);
	watch_a_while(); /* gives one that does not wait the time to show it */
	ck_assert(!awaited);
	nbr_hand_end(hand);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(awaited);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* A guest's hand: the freer's, or that of another who waits. */
START_TEST(test_guest)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	bool by_freer = _i % 2 == 0;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = by_freer ? 0 : NBR_NO_THREAD});
	struct item item = {.payload = 7};
	struct waiter waiter = {.domain = domain, .items = &item, .n = 1};
	pthread_t caller, barrier;
	struct gate gate;

	gate_init(&gate);
	sem_init(&waiter.about, 0, 0);
	thread_in(flavor);
	retire_at_gate(domain, flavor, &item, &gate);
	if (!by_freer)
		caller = spawn(reclaim_main, domain);
	wait_sem(flavor, &gate.entered);
	barrier = spawn(barrier_main, &waiter);
	wait_sem(flavor, &waiter.about);
	watch_a_while(); /* gives a barrier that does not wait the time to show it */
	sem_post(&gate.open);
	join(flavor, barrier);
	if (!by_freer)
		join(flavor, caller);
	ck_assert(waiter.ok);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_hands(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_batch_in_hand, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_node_is_left_to_barrier, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_node_in_hand, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_either_half, 0, 4);
	tcase_add_loop_test(tcase, test_guest, 0, 2 * NBR_FLAVORS);
}
