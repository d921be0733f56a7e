/*
 * within: waiting for a time at most.  Whether it is up never depends on the time: a
 * reader stays, or goes.
 */
#include "fixture.h"

#include "clock.h"
#include "free.h"
#include "sliced.h"

#define MS UINT64_C(1000000)
#define FOR_EVER UINT64_MAX

/* What a guest has in hand at a time. */
#define HAND (8 * (size_t)BATCH)

/* A limit that is up, by a thread that the flavour knows or not; and a reader that goes. */
START_TEST(test_reader_stays)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	bool known = _i % 2 != 0;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct item item = {.payload = 7};
	struct pin pin;

	if (known)
		thread_in(flavor);
	pin_start(&pin, domain, flavor);
	if (known)
		retire_in_section(domain, flavor, &item, 1);
	ck_assert_int_eq(nbr_reclaim_within(domain, 0), -ETIMEDOUT);
	ck_assert_int_eq(nbr_reclaim_within(domain, 1), -ETIMEDOUT);
	ck_assert_int_eq(nbr_reclaim_within(domain, MS), -ETIMEDOUT);
	ck_assert_int_eq(item.freed, 0);
	ck_assert_int_eq(nbr_in_section(domain), known && flavor == NBR_QSBR);
	ck_assert_int_eq(nbr_registered(flavor), known || flavor == NBR_BP);
	sem_post(&pin.gate.open);
	ck_assert_int_ge(nbr_reclaim_within(domain, FOR_EVER), 0);
	ck_assert_int_eq(nbr_in_section(domain), known && flavor == NBR_QSBR);
	ck_assert_int_eq(nbr_registered(flavor), known || flavor == NBR_BP);
	join(flavor, pin.thread);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, known);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	if (known)
		thread_out(flavor);
}
END_TEST

/* It frees, sooner or later not the domain's thread but the caller, what it has retired. */
START_TEST(test_frees)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	static struct item items[2 * BATCH + 1];
	long freed = 0;

	thread_in(flavor);
	while (freed == 0) {
		unsigned before;

		items_init(items, 2 * BATCH + 1);
		nbr_enter(domain);
		nbr_retire(domain, &items[2 * BATCH].node, free_node, 0);
		section_out(domain, flavor);
		retire_in_section(domain, flavor, items, BATCH / 2);
		before = freed_here;
		freed = nbr_reclaim_within(domain, FOR_EVER);
		ck_assert_int_eq(freed, (long)(freed_here - before));
		ck_assert_int_eq(nbr_barrier(domain), 0);
		check_freed(items, BATCH / 2, 1);
		ck_assert_int_eq(items[2 * BATCH].freed, 1);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* ---- Whom it does not wait for -------------------------------------------- */

/* One who frees, and stands at a gate. */
START_TEST(test_beside_the_freer)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct item first = {.payload = 7}, second = {.payload = 7};
	struct gate gate;

	thread_in(flavor);
	gate_init(&gate);
	retire_at_gate(domain, flavor, &first, &gate);
	wait_sem(flavor, &gate.entered);
	retire_in_section(domain, flavor, &second, 1);
	ck_assert_int_eq(nbr_reclaim_within(domain, FOR_EVER), 0);
	ck_assert_int_eq(second.freed, 0);
	sem_post(&gate.open);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(second.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* Holds a stripe until told. */
static void *holder_main(void *arg)
{
	struct pin *holder = arg;
	struct nbr_ticket ticket = NBR_TICKET_NONE;

	thread_in(holder->flavor);
	nbr_enter(holder->domain);
	if (nbr_reserve(holder->domain, NBR_REPLACES, &ticket) != 0)
		return holder;
	gate_pass(&holder->gate);
	nbr_cancel(holder->domain, &ticket);
	section_out(holder->domain, holder->flavor);
	thread_out(holder->flavor);
	return NULL;
}

/* One who holds a stripe, and one who waits for that patiently. */
START_TEST(test_beside_the_sealer)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	struct pin holder = {.domain = domain, .flavor = flavor};
	pthread_t patient;
	void *failed;

	gate_init(&holder.gate);
	holder.thread = spawn(holder_main, &holder);
	wait_plain(&holder.gate.entered);
	ck_assert_int_eq(nbr_reclaim_within(domain, MS), -ETIMEDOUT);
	patient = spawn(reclaim_main, domain);
	watch_a_while(); /* so that it waits by now; if not, the test sees less */
	ck_assert_int_eq(nbr_reclaim_within(domain, MS), -ETIMEDOUT);
	sem_post(&holder.gate.open);
	ck_assert_int_ge(nbr_reclaim_within(domain, FOR_EVER), 0);
	ck_assert_int_eq(pthread_join(patient, NULL), 0);
	ck_assert_int_eq(pthread_join(holder.thread, &failed), 0);
	ck_assert_ptr_null(failed);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* ---- How much it frees when time is up ------------------------------------ */

START_TEST(test_some_in_any_case)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct sliced node = {.slices = 3, .letter = 'a'};
	static struct item items[3 * HAND];
	struct nbr_visit visit;
	uint64_t ended;
	size_t i;

	items_init(items, 3 * HAND);
	nbr_enter(domain);
	for (i = 0; i < 3 * HAND; i++)
		retire(domain, &items[i]);
	section_out(domain, flavor);
	retire_sliced(domain, flavor, &node, 0);
	ck_assert_int_eq(nbr_synchronize(domain), 0);
	ended = nbr_clock_ended(domain);
	ck_assert_int_eq(nbr_visit_begin(domain, &visit), 0);
	ck_assert_uint_eq(nbr_free_until(domain, ended - 1, FOR_EVER), 0);
	ck_assert_uint_eq(nbr_free_until(domain, ended, 0), HAND);
	ck_assert_uint_eq(nbr_free_until(domain, ended, 0), HAND);
	ck_assert_uint_eq(slices_here, 0);
	ck_assert_uint_eq(nbr_free_until(domain, ended, 0), HAND);
	check_freed(items, 3 * HAND, 1);
	/* Of a node it is a slice. */
	ck_assert_uint_eq(nbr_free_until(domain, ended, 0), 0);
	ck_assert_uint_eq(slices_here, 1);
	ck_assert_uint_eq(nbr_free_until(domain, ended, FOR_EVER), 1);
	ck_assert_uint_eq(slices_here, 3);
	ck_assert_uint_eq(nbr_free_until(domain, ended, FOR_EVER), 0);
	nbr_visit_end(domain, &visit);
	end(domain, flavor);
}
END_TEST

/* ---- Where it must not wait ----------------------------------------------- */

START_TEST(test_refused)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	bool threaded = _i % 2 != 0;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = threaded ? 0 : NBR_NO_THREAD});
	bool outer;

	thread_in(flavor);
	outer = nbr_callback_begin();
	ck_assert_int_eq(nbr_reclaim_within(domain, FOR_EVER), -EDEADLK);
	nbr_callback_end(outer);
	nbr_enter(domain);
	if (flavor != NBR_QSBR)
		ck_assert_int_eq(nbr_reclaim_within(domain, FOR_EVER), -EDEADLK);
	section_out(domain, flavor);
	if (!threaded) {
		ck_assert_int_eq(nbr_reclaim_within(domain, 0), -EINVAL);
		ck_assert_int_eq(nbr_reclaim_within(domain, FOR_EVER), -EINVAL);
		ck_assert_uint_eq(stats_of(domain).grace_periods, 0);
		ck_assert_int_eq(nbr_in_section(domain), flavor == NBR_QSBR);
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_within(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_reader_stays, 0, 2 * NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_frees, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_beside_the_freer, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_beside_the_sealer, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_some_in_any_case, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_refused, 0, 2 * NBR_FLAVORS);
}
