/*
 * slices: of a node, taken by those who retire where very much waits.
 */
#include "sliced.h"

static void *one_slice_main(void *arg)
{
	struct nbr_domain *domain = arg;
	enum nbr_flavor flavor = nbr_domain_flavor(domain);

	thread_in(flavor);
	slices_here = 0;
	begin_batch(domain, flavor);
	thread_out(flavor);
	return (void *)(uintptr_t)slices_here;
}

/* Those who retire take a slice each if very much waits, eight times `assist`; and
 * who waits takes the rest. */
START_TEST(test_any_thread)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	struct sliced a = {.slices = 5, .letter = 'a'};
	unsigned i;

	ck_assert_int_eq(nbr_barrier(domain), 0); /* a barrier that is over is of no account */
	retire_sliced(domain, flavor, &a, 0);
	synchronize_elsewhere(domain, flavor);
	join(flavor, spawn(one_slice_main, domain));
	ck_assert_uint_eq(steps, 0); /* it alone is not much */
	retire_fillers(domain, flavor, BATCH);
	for (i = 1; i <= 3; i++) {
		/* Each in a stripe of its own, as none has a batch there. */
		join(flavor, spawn(one_slice_main, domain));
		ck_assert_uint_eq(steps, i);
	}
	ck_assert_uint_eq(slices_here, 0);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 1 + BATCH);
	ck_assert_int_eq(nbr_reclaim(domain), 1 + BATCH);
	ck_assert_uint_eq(slices_here, 2);
	ck_assert_int_eq(a.item.freed, 1);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	end(domain, flavor);
}
END_TEST

/* Who retires a node takes four, where much waits: `assist` is enough. */
START_TEST(test_for_a_node)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	bool much = _i % 2 != 0;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = much ? 2 : 0});
	struct sliced a = {.slices = 6, .letter = 'a'}, b[3];
	unsigned i;
	bool outer;

	retire_sliced(domain, flavor, &a, 0);
	synchronize_elsewhere(domain, flavor);
	for (i = 0; i < 3; i++)
		b[i] = (struct sliced){.slices = 1, .letter = 'b'};
	outer = nbr_callback_begin();
	retire_sliced(domain, flavor, &b[0], 0);
	nbr_callback_end(outer);
	ck_assert_uint_eq(steps, 0);
	retire_sliced(domain, flavor, &b[1], 0);
	ck_assert_uint_eq(steps, much ? 4 : 0);
	retire_sliced(domain, flavor, &b[2], 0);
	ck_assert_uint_eq(steps, much ? 6 : 0); /* the others are not ripe */
	ck_assert_int_eq(a.item.freed, much);
	end(domain, flavor);
	ck_assert_uint_eq(steps, 9);
}
END_TEST

/* If little waits those who retire leave nodes alone. */
START_TEST(test_not_where_little_waits)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct sliced a = {.slices = 2, .letter = 'a'};

	retire_sliced(domain, flavor, &a, 0);
	synchronize_elsewhere(domain, flavor);
	retire_fillers(domain, flavor, 3 * BATCH);
	ck_assert_uint_eq(steps, 0);
	end(domain, flavor);
	ck_assert_int_eq(a.item.freed, 1);
}
END_TEST

/* The freer, asleep meanwhile, is woken to go on with what a retirer puts back. */
START_TEST(test_put_back_wakes)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.assist = 1});
	struct item first = {.payload = 7};
	struct gate gate, slice_gate;
	sem_t told;
	struct sliced a = {.slices = 3, .letter = 'a', .item.tell = &told, .gate = &slice_gate};
	struct sliced b = {.slices = 1, .letter = 'b', .item.tell = &told};
	pthread_t retirer;
	void *slices;
	bool outer;

	gate_init(&gate);
	gate_init(&slice_gate);
	sem_init(&told, 0, 0);
	retire_at_gate(domain, flavor, &first, &gate);
	wait_sem(flavor, &gate.entered);
	/* As a callback does, so that this thread takes no slice: it opens the gates. */
	outer = nbr_callback_begin();
	retire_sliced(domain, flavor, &a, 0);
	retire_sliced(domain, flavor, &b, 0);
	retire_fillers(domain, flavor, BATCH);
	nbr_callback_end(outer);
	ck_assert_int_eq(nbr_synchronize(domain), 0);
	retirer = spawn(one_slice_main, domain);
	wait_sem(flavor, &slice_gate.entered);
	sem_post(&gate.open);
	wait_sem(flavor, &told); /* b: the freer has seen all that is ripe */
	ck_assert_str_eq(order, "ab");
	watch_a_while(); /* for it to fall asleep; else there is less to see */
	sem_post(&slice_gate.open);
	thread_out(flavor);
	ck_assert_int_eq(pthread_join(retirer, &slices), 0);
	ck_assert_uint_eq((uintptr_t)slices, 1);
	wait_plain(&told);
	ck_assert_str_eq(order, "abaa");
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* What a slice gives back no longer waits. */
START_TEST(test_bytes)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	struct sliced a = {.slices = 4, .letter = 'a', .each = 100};
	unsigned i;

	retire_sliced(domain, flavor, &a, 450);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 450);
	synchronize_elsewhere(domain, flavor);
	retire_fillers(domain, flavor, BATCH);
	for (i = 1; i < 4; i++) {
		join(flavor, spawn(one_slice_main, domain));
		ck_assert_uint_eq(stats_of(domain).pending_bytes, 450 - 100 * i);
		ck_assert_uint_eq(stats_of(domain).freed_bytes, 100 * i);
		ck_assert_uint_eq(stats_of(domain).freed_objects, 0);
	}
	join(flavor, spawn(one_slice_main, domain));
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 0);
	ck_assert_uint_eq(stats_of(domain).freed_bytes, 450);
	ck_assert_uint_eq(stats_of(domain).freed_objects, 1);
	end(domain, flavor);
}
END_TEST

void add_slices(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_any_thread, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_for_a_node, 0, 2 * NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_not_where_little_waits, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_put_back_wakes, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_bytes, 0, NBR_FLAVORS);
}
