/*
 * delays: a callback that takes long delays no grace period, and nobody else's
 * freeing.
 *
 *   BY_FREER    it runs in the domain's thread
 *   BY_CALLER   in a thread that called nbr_reclaim()
 */
#include "fixture.h"

#include "stripe.h"

#include <unistd.h>

enum { BY_FREER, BY_CALLER, WAYS };

struct slow {
	struct item item;
	struct nbr_domain *domain;
	struct gate gate;
	bool in_section;
};

static void free_slowly(void *object, void *arg)
{
	struct slow *slow = arg;

	/* For QSBR: whether it is online. */
	slow->in_section = nbr_in_section(slow->domain);
	gate_pass(&slow->gate);
	item_freed(object);
}

static bool free_node_slowly(struct nbr_node *node)
{
	free_slowly(node, node); /* which is the first of item, and that of slow */
	return true;
}

struct worker {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct item items[BATCH];
	bool ok;
};

static bool all_freed(const struct item *items, size_t n)
{
	size_t i;

	for (i = 0; i < n && items[i].freed == 1; i++)
		;
	return i == n;
}

/* Retires, lets grace periods pass, and goes on retiring. */
static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	int round;

	worker->ok = true;
	thread_in(worker->flavor);
	retire_in_section(worker->domain, worker->flavor, worker->items, BATCH);
	/* The clock may have cut the batch in two or three. */
	for (round = 0; round < 100 && !all_freed(worker->items, BATCH); round++) {
		worker->ok = worker->ok && nbr_synchronize(worker->domain) == 0;
		retire_fillers(worker->domain, worker->flavor, BATCH);
	}
	worker->ok = worker->ok && all_freed(worker->items, BATCH) && freed_here == BATCH;
	thread_out(worker->flavor);
	return NULL;
}

START_TEST(test_long_callback)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / (2 * WAYS));
	bool by_caller = _i / 2 % WAYS == BY_CALLER, as_node = _i % 2 != 0;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = by_caller ? NBR_NO_THREAD : 0});
	struct slow slow = {.item = {.payload = 7}, .domain = domain};
	struct worker worker = {.domain = domain, .flavor = flavor};
	pthread_t caller = {0};
	int i;

	gate_init(&slow.gate);
	items_init(worker.items, BATCH);
	thread_in(flavor);
	nbr_enter(domain);
	if (as_node)
		nbr_retire(domain, &slow.item.node, free_node_slowly, 0);
	else
		retire_with(domain, free_slowly, &slow.item, &slow, 0);
	section_out(domain, flavor);
	if (by_caller)
		caller = spawn(reclaim_main, domain);
	wait_sem(flavor, &slow.gate.entered);
	for (i = 0; i < 5; i++) {
		uint64_t before = stats_of(domain).grace_periods;

		synchronize_elsewhere(domain, flavor);
		ck_assert_int_eq(nbr_synchronize(domain), 0);
		ck_assert_uint_ge(stats_of(domain).grace_periods, before + 2);
	}
	join(flavor, spawn(worker_main, &worker));
	ck_assert(worker.ok);
	ck_assert_int_eq(slow.item.freed, 0);
	ck_assert(!slow.in_section);
	sem_post(&slow.gate.open);
	if (by_caller)
		join(flavor, caller);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(slow.item.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* It does not hold the stripe from which it came: its retirer goes on there, with
 * what is not in that hand. */
START_TEST(test_same_stripe)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / WAYS);
	bool by_caller = _i % WAYS == BY_CALLER;
	enum { BATCHES = 20 };
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = by_caller ? NBR_NO_THREAD : 0});
	static struct item items[BATCHES * BATCH];
	pthread_t caller = pthread_self();
	struct gate gate;
	struct pin pin;
	unsigned i;

	gate_init(&gate);
	items_init(items, BATCHES * BATCH);
	thread_in(flavor);
	pin_start(&pin, domain, flavor);
	retire_at_gate(domain, flavor, &items[0], &gate);
	retire_in_section(domain, flavor, items + 1, BATCHES * BATCH - 1);
	pin_end(&pin);
	if (by_caller)
		caller = spawn(reclaim_main, domain);
	wait_sem(flavor, &gate.entered);
	freed_here = 0;
	for (i = 0; i < BATCHES; i++) {
		begin_batch(domain, flavor);
		retire_fillers(domain, flavor, BATCH);
	}
	ck_assert_uint_ge(freed_here, BATCHES / 2 * BATCH);
	ck_assert_int_eq(items[0].freed, 0);
	sem_post(&gate.open);
	if (by_caller)
		join(flavor, caller);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	check_freed(items, BATCHES * BATCH, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* The clock goes on by itself, too: what is retired meanwhile becomes ripe. */
START_TEST(test_clock_goes_on)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct slow slow = {.item = {.payload = 7}, .domain = domain};
	int i;

	gate_init(&slow.gate);
	thread_in(flavor);
	nbr_enter(domain);
	retire_with(domain, free_slowly, &slow.item, &slow, 0);
	section_out(domain, flavor);
	wait_sem(flavor, &slow.gate.entered);
	for (i = 0; i < 5; i++) {
		uint64_t before = stats_of(domain).grace_periods;

		retire_fillers(domain, flavor, 1);
		await_grace_periods(domain, flavor, before + 1);
	}
	ck_assert_int_eq(slow.item.freed, 0);
	sem_post(&slow.gate.open);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

static bool anything_ripe(struct nbr_domain *domain)
{
	uint64_t ended = nbr_clock_ended(domain);
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++)
		if (nbr_stripe_is_ripe(&domain->stripes[i], ended))
			return true;
	return false;
}

/*
 * A reader that came later delays nothing that is ripe:
 *
 *   grace period     |---- first reader ----|   |-- second reader, for long
 *   second reader         |----------------------------------------------
 *   retired         x          y            x is ripe
 */
static void later_reader(enum nbr_flavor flavor)
{
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct item x = {.payload = 7}, y = {.payload = 7};
	struct pin first, second;
	int turn;

	thread_in(flavor);
	pin_start(&first, domain, flavor);
	retire_in_section(domain, flavor, &x, 1);
	while (domain->clock.begun == 0)
		usleep(100);
	watch_a_while(); /* so that it does not wait for the second reader as well; else there is nothing to see */
	pin_start(&second, domain, flavor);
	retire_in_section(domain, flavor, &y, 1);
	pin_end(&first);
	thread_out(flavor);
	for (turn = 0; x.freed == 0 && turn < 100; turn++)
		watch_a_while();
	ck_assert(!anything_ripe(domain));
	pin_end(&second);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(x.freed, 1);
	ck_assert_int_eq(y.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}

START_TEST(test_later_reader)
{
	int round;

	for (round = 0; round < 10; round++)
		later_reader((enum nbr_flavor)_i);
}
END_TEST

void add_delays(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_long_callback, 0, NBR_FLAVORS * 2 * WAYS);
	tcase_add_loop_test(tcase, test_same_stripe, 0, NBR_FLAVORS * WAYS);
	tcase_add_loop_test(tcase, test_clock_goes_on, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_later_reader, 0, NBR_FLAVORS);
}
