/*
 * waiting: calls that wait: for a whole grace period, whether or not there is a
 * clock; and where nobody may wait.
 */
#include "fixture.h"

#include <urcu/urcu-qsbr.h>

enum call { BARRIER, RECLAIM, SYNCHRONIZE, CALLS };

static long call(struct nbr_domain *domain, enum call which)
{
	if (which == BARRIER)
		return nbr_barrier(domain);
	return which == RECLAIM ? nbr_reclaim(domain) : nbr_synchronize(domain);
}

START_TEST(test_manual)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	static struct item items[100];

	items_init(items, 100);
	thread_in(flavor);
	ck_assert_int_eq(nbr_reclaim(domain), 0);
	ck_assert_uint_eq(stats_of(domain).grace_periods, 1); /* though nothing waits */
	retire_in_section(domain, flavor, items, 99);
	nbr_enter(domain);
	nbr_retire(domain, &items[99].node, free_node, 0);
	section_out(domain, flavor);
	check_freed(items, 100, 0);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 100);
	ck_assert_int_eq(nbr_reclaim(domain), 100);
	check_freed(items, 100, 1);
	ck_assert_uint_eq(stats_of(domain).grace_periods, 2);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_int_eq(nbr_reclaim(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

struct caller {
	struct nbr_domain *domain;
	enum call which;
	sem_t about;
	long answer;
	_Atomic bool returned;
};

static void *caller_main(void *arg)
{
	struct caller *caller = arg;

	sem_post(&caller->about);
	caller->answer = call(caller->domain, caller->which);
	caller->returned = true;
	return NULL;
}

/* Each waits for a reader that is there, even if nothing was retired. */
START_TEST(test_whole_grace_period)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / (2 * CALLS));
	struct nbr_config config = {.flags = _i / CALLS % 2 != 0 ? NBR_NO_THREAD : 0};
	struct caller caller = {.domain = make(flavor, config), .which = (enum call)(_i % CALLS)};
	uint64_t before;
	pthread_t thread;
	struct pin pin;

	sem_init(&caller.about, 0, 0);
	pin_start(&pin, caller.domain, flavor);
	before = stats_of(caller.domain).grace_periods;
	thread = spawn(caller_main, &caller);
	wait_plain(&caller.about);
	watch_a_while(); /* gives a call that does not wait the time to show it */
	ck_assert(!caller.returned);
	pin_end(&pin);
	join(flavor, thread);
	ck_assert_int_eq(caller.answer, 0);
	ck_assert_uint_gt(stats_of(caller.domain).grace_periods, before);
	ck_assert_int_eq(nbr_domain_unref(caller.domain), 0);
}
END_TEST

START_TEST(test_deadlock_refused)
{
	static const enum nbr_flavor flavors[] = {NBR_BP, NBR_MEMB, NBR_MB};
	enum nbr_flavor flavor = flavors[_i / 2];
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0});
	struct item item = {.payload = 7};
	enum call which;

	thread_in(flavor);
	ck_assert(!nbr_in_section(domain));
	ck_assert_int_eq(nbr_check_outside(domain), 0);
	nbr_enter(domain);
	ck_assert(nbr_in_section(domain));
	/* With nothing retired as well as with something. */
	for (which = BARRIER; which < CALLS; which++)
		ck_assert_int_eq(call(domain, which), -EDEADLK);
	ck_assert_int_eq(nbr_domain_unref(domain), -EDEADLK);
	retire(domain, &item);
	for (which = BARRIER; which < CALLS; which++)
		ck_assert_int_eq(call(domain, which), -EDEADLK);
	ck_assert_int_eq(nbr_check_outside(domain), -EDEADLK);
	ck_assert_int_eq(nbr_before_fork(), -EDEADLK);
	ck_assert_int_eq(nbr_domain_unref(domain), -EDEADLK);
	ck_assert_uint_eq(nbr_domain_users(domain), 1);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_check_outside(domain), 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

#define ANSWERS (CALLS + 3)

static _Atomic long callback_answers[ANSWERS];

static void wait_in_callback(void *object, void *arg)
{
	struct nbr_domain *domain = arg;
	enum call which;

	for (which = BARRIER; which < CALLS; which++)
		callback_answers[which] = call(domain, which);
	callback_answers[CALLS] = nbr_check_outside(domain);
	callback_answers[CALLS + 1] = nbr_domain_unref(domain);
	callback_answers[CALLS + 2] = nbr_before_fork();
	item_freed(object);
}

START_TEST(test_callback_may_not_wait)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0});
	struct item item = {.payload = 7};
	bool outer;
	int i;

	for (i = 0; i < ANSWERS; i++)
		callback_answers[i] = 0;
	thread_in(flavor);
	nbr_enter(domain);
	retire_with(domain, wait_in_callback, &item, domain, 0);
	section_out(domain, flavor);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	for (i = 0; i < ANSWERS; i++)
		ck_assert_int_eq(callback_answers[i], -EDEADLK);
	/* What the caller says is a callback is one. */
	outer = nbr_callback_begin();
	ck_assert(nbr_in_callback());
	ck_assert_int_eq(nbr_barrier(domain), -EDEADLK);
	nbr_callback_end(nbr_callback_begin());
	ck_assert(nbr_in_callback());
	nbr_callback_end(outer);
	ck_assert(!nbr_in_callback());
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* What a waiting call begins and ends with, for others: no section, and no point of
 * cancellation, but a callback in between may enter sections. */
START_TEST(test_visit)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	bool registered = _i % 2 != 0;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct nbr_visit visit;
	int state = -1;
	bool outer;

	if (registered)
		thread_in(flavor);
	ck_assert_int_eq(nbr_visit_begin(domain, &visit), 0);
	ck_assert(nbr_registered(flavor));
	ck_assert(!nbr_in_section(domain));
	ck_assert_int_eq(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state), 0);
	ck_assert_int_eq(state, PTHREAD_CANCEL_DISABLE);
	outer = nbr_callback_begin();
	nbr_enter(domain);
	ck_assert(nbr_in_section(domain));
	nbr_leave(domain);
	nbr_callback_end(outer);
	ck_assert(!nbr_in_section(domain));
	nbr_visit_end(domain, &visit);
	ck_assert_int_eq(nbr_registered(flavor), registered || flavor == NBR_BP);
	ck_assert_int_eq(nbr_in_section(domain), registered && flavor == NBR_QSBR);
	ck_assert_int_eq(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state), 0);
	ck_assert_int_eq(state, PTHREAD_CANCEL_ENABLE);
	outer = nbr_callback_begin();
	ck_assert_int_eq(nbr_visit_begin(domain, &visit), -EDEADLK);
	nbr_callback_end(outer);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	if (registered)
		thread_out(flavor);
}
END_TEST

/* An online QSBR thread would be the reader it waits for. */
START_TEST(test_qsbr_online)
{
	struct nbr_domain *domain = make(NBR_QSBR, (struct nbr_config){.flags = _i != 0 ? NBR_NO_THREAD : 0});
	struct item items[3] = {{.payload = 7}, {.payload = 7}, {.payload = 7}};

	thread_in(NBR_QSBR);
	ck_assert(nbr_in_section(domain));
	ck_assert_int_eq(nbr_before_fork(), -EDEADLK);
	retire(domain, &items[0]);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(items[0].freed, 1);
	ck_assert(nbr_in_section(domain));
	retire(domain, &items[1]);
	ck_assert_int_ge(nbr_reclaim(domain), 0);
	ck_assert(nbr_in_section(domain));
	ck_assert_int_eq(nbr_synchronize(domain), 0);
	ck_assert(nbr_in_section(domain));
	retire(domain, &items[2]);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, 3, 1);
	ck_assert(urcu_qsbr_read_ongoing());
	/* An offline thread stays offline. */
	nbr_annotate_quiescent(NBR_QSBR);
	urcu_qsbr_thread_offline();
	domain = make(NBR_QSBR, (struct nbr_config){0});
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert(!urcu_qsbr_read_ongoing());
	thread_out(NBR_QSBR);
}
END_TEST

void add_waiting(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_manual, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_whole_grace_period, 0, NBR_FLAVORS * 2 * CALLS);
	tcase_add_loop_test(tcase, test_deadlock_refused, 0, 3 * 2);
	tcase_add_loop_test(tcase, test_callback_may_not_wait, 0, NBR_FLAVORS * 2);
	tcase_add_loop_test(tcase, test_visit, 0, NBR_FLAVORS * 2);
	tcase_add_loop_test(tcase, test_qsbr_online, 0, 2);
}
