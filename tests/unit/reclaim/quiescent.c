/*
 * quiescent: the end of a QSBR thread's turn, where it pays what it owes: outside of its
 * section, without nbr_enter() and nbr_leave().
 *
 * The domains have no thread, so that nobody else frees.
 */
#include "fixture.h"

#include <urcu/urcu-qsbr.h>

static struct nbr_domain *domain;
static struct item ripe[2 * BATCH], others[2 * BATCH];
static unsigned calls, in_section, in_callback;

static void look_around(void *object, void *arg)
{
	(void)arg;
	calls++;
	in_section += nbr_in_section(domain);
	item_freed(object);
}

/* A registered thread; two batches that are ripe, and of which it owes nothing. */
static void begin(enum nbr_flavor flavor)
{
	domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	calls = in_section = in_callback = 0;
	items_init(ripe, 2 * BATCH);
	items_init(others, 2 * BATCH);
	thread_in(flavor);
	nbr_enter(domain);
	for (size_t i = 0; i < 2 * BATCH; i++)
		retire_with(domain, look_around, &ripe[i], NULL, 0);
	section_out(domain, flavor);
	synchronize_elsewhere(domain, flavor);
	ck_assert_uint_eq(calls, 0);
}

/* ... and owes a batch. */
static void begin_in_debt(void)
{
	begin(NBR_QSBR);
	for (size_t i = 0; i < BATCH; i++)
		retire(domain, &others[i]);
	ck_assert_uint_eq(calls, 0);
}

static void finish(enum nbr_flavor flavor)
{
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(ripe, 2 * BATCH, 1);
	thread_out(flavor);
}

/* The two calls, and whether the thread is online after. */
static int (*const pay[])(enum nbr_flavor) = {nbr_thread_offline, nbr_thread_quiescent};

/* A batch for a batch, once. */
START_TEST(test_paid)
{
	begin_in_debt();
	ck_assert_int_eq(pay[_i](NBR_QSBR), 0);
	ck_assert_uint_eq(calls, BATCH);
	ck_assert_uint_eq(in_section, 0);
	ck_assert_int_eq(urcu_qsbr_read_ongoing() != 0, _i);
	ck_assert_int_eq(pay[_i](NBR_QSBR), 0);
	ck_assert_uint_eq(calls, BATCH);
	ck_assert_int_eq(urcu_qsbr_read_ongoing() != 0, _i);
	/* What was freed at the end of a section is not freed for once more. */
	urcu_qsbr_thread_online();
	retire(domain, &others[BATCH]);
	nbr_leave(domain);
	ck_assert_uint_eq(calls, 2 * BATCH);
	ck_assert_int_eq(pay[_i](NBR_QSBR), 0);
	ck_assert_uint_eq(calls, 2 * BATCH);
	finish(NBR_QSBR);
}
END_TEST

/* The same, of nodes. */
START_TEST(test_slices_are_paid)
{
	struct item node = {.payload = 7}, own = {.payload = 7};

	domain = make(NBR_QSBR, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	thread_in(NBR_QSBR);
	nbr_enter(domain);
	nbr_retire(domain, &node.node, free_node, 0);
	section_out(domain, NBR_QSBR);
	synchronize_elsewhere(domain, NBR_QSBR);
	nbr_retire(domain, &own.node, free_node, 0);
	ck_assert_int_eq(node.freed, 0);
	ck_assert_int_eq(pay[_i](NBR_QSBR), 0);
	ck_assert_int_eq(node.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(NBR_QSBR);
}
END_TEST

/* Other flavours have no such states, and one flavour's are not another's. */
START_TEST(test_not_by_other_flavors)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;

	begin(flavor);
	if (flavor != NBR_QSBR)
		thread_in(NBR_QSBR);
	nbr_enter(domain);
	for (size_t i = 0; i < BATCH; i++)
		retire(domain, &others[i]);
	for (size_t i = 0; i < sizeof(pay) / sizeof(*pay); i++) {
		for (enum nbr_flavor other = NBR_BP; other < NBR_FLAVORS; other++) {
			if (other != NBR_QSBR || flavor != NBR_QSBR)
				(void)pay[i](other);
		}
	}
	ck_assert_uint_eq(calls, 0);
	nbr_leave(domain);
	ck_assert_uint_eq(calls, BATCH);
	if (flavor != NBR_QSBR)
		thread_out(NBR_QSBR);
	finish(flavor);
}
END_TEST

static void be_quiescent(void *object, void *arg)
{
	in_callback += nbr_thread_quiescent(NBR_QSBR) == 0 && nbr_thread_offline(NBR_QSBR) == 0;
	look_around(object, arg);
}

/* A callback does not call the next. */
START_TEST(test_not_in_a_callback)
{
	begin_in_debt();
	for (size_t i = BATCH; i < 2 * BATCH; i++)
		retire_with(domain, be_quiescent, &others[i], NULL, 0);
	ck_assert_uint_eq(calls, BATCH); /* a second batch is begun when the first is paid */
	ck_assert_int_eq(nbr_thread_quiescent(NBR_QSBR), 0);
	ck_assert_uint_eq(calls, 2 * BATCH);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_uint_eq(calls, 3 * BATCH);
	ck_assert_uint_eq(in_callback, BATCH);
	ck_assert_uint_eq(in_section, BATCH);
	finish(NBR_QSBR);
}
END_TEST

/* ---- A domain that ends ---------------------------------------------------- */

/* The debt of one that has ended is nobody's. */
START_TEST(test_creditor_gone)
{
	struct nbr_domain *other;

	begin_in_debt();
	other = make(NBR_QSBR, (struct nbr_config){.flags = NBR_NO_THREAD});
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(ripe, 2 * BATCH, 1);
	ck_assert_uint_eq(calls, 2 * BATCH);
	ck_assert_int_eq(pay[_i](NBR_QSBR), 0); /* would follow NULL */
	ck_assert_int_eq(urcu_qsbr_read_ongoing() != 0, _i);
	ck_assert_int_eq(nbr_domain_unref(other), 0);
	thread_out(NBR_QSBR);
}
END_TEST

struct payer {
	struct gate gate;
	struct item item;
	int (*pay)(enum nbr_flavor);
};

/* Pays with the item at the gate. */
static void *payer_main(void *arg)
{
	struct payer *payer = arg;

	thread_in(NBR_QSBR);
	nbr_enter(domain);
	retire_with(domain, free_at_gate, &payer->item, &payer->gate, 0);
	retire_fillers_inside(domain, BATCH - 1);
	section_out(domain, NBR_QSBR);
	synchronize_elsewhere(domain, NBR_QSBR);
	retire_fillers_inside(domain, 1);
	(void)payer->pay(NBR_QSBR);
	thread_out(NBR_QSBR);
	return NULL;
}

static _Atomic bool back;

static void *ender_main(void *arg)
{
	int err = nbr_barrier(domain);

	back = true;
	return err == 0 && nbr_domain_unref(domain) == 0 ? arg : NULL;
}

/* While one pays grace periods go on; but a barrier waits for what it frees, and so does
 * the end of the domain. */
START_TEST(test_beside_one_that_pays)
{
	struct payer payer = {.item = {.payload = 7}, .pay = pay[_i]};
	pthread_t thread, ender;
	void *result;

	back = false;
	gate_init(&payer.gate);
	domain = make(NBR_QSBR, (struct nbr_config){.flags = NBR_NO_THREAD});
	thread = spawn(payer_main, &payer);
	wait_plain(&payer.gate.entered);
	ck_assert_int_eq(nbr_synchronize(domain), 0);
	ender = spawn(ender_main, &payer);
	watch_a_while(); /* gives a barrier that does not wait the time to show it */
	ck_assert(!back);
	sem_post(&payer.gate.open);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(pthread_join(ender, &result), 0);
	ck_assert_ptr_eq(result, &payer);
	check_freed(&payer.item, 1, 1);
}
END_TEST

void add_quiescent(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_paid, 0, 2);
	tcase_add_loop_test(tcase, test_slices_are_paid, 0, 2);
	tcase_add_loop_test(tcase, test_not_by_other_flavors, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_not_in_a_callback);
	tcase_add_loop_test(tcase, test_creditor_gone, 0, 2);
	tcase_add_loop_test(tcase, test_beside_one_that_pays, 0, 2);
}
