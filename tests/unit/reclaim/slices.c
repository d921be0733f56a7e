/*
 * slices: a node is freed a slice at a time, and others come in between.
 *
 * Each slice writes down its letter; `#` is the object that came ripe meanwhile.
 */
#include "fixture.h"

#include <string.h>

struct sliced {
	struct item item; /* first, and the node is its first */
	unsigned slices;
	char letter;
	struct gate *gate; /* at its first slice */
	size_t each;	   /* bytes that a slice takes off */
};

static char order[1000];
static _Atomic unsigned steps;
static _Thread_local unsigned slices_here;

static void step(char letter)
{
	order[steps++] = letter;
}

static bool free_slice(struct nbr_node *node)
{
	struct sliced *sliced = (struct sliced *)node;
	struct gate *gate = sliced->gate;

	slices_here++;
	step(sliced->letter);
	if (gate != NULL) {
		sliced->gate = NULL;
		gate_pass(gate);
	}
	node->bytes -= sliced->each;
	if (--sliced->slices > 0)
		return false;
	item_freed(&sliced->item);
	return true;
}

static void retire_sliced(struct nbr_domain *domain, enum nbr_flavor flavor, struct sliced *sliced, size_t bytes)
{
	sliced->item.payload = 7;
	nbr_enter(domain);
	nbr_retire(domain, &sliced->item.node, free_slice, bytes);
	section_out(domain, flavor);
}

static struct nbr_domain *start(enum nbr_flavor flavor, struct nbr_config config)
{
	memset(order, 0, sizeof(order));
	steps = 0;
	slices_here = 0;
	thread_in(flavor);
	return make(flavor, config);
}

static void end(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}

/* The freer: what is not done after its slice comes behind the others. */
START_TEST(test_in_turn)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){0});
	struct item first = {.payload = 7};
	struct gate gate;
	sem_t told;
	struct sliced a = {.slices = 3, .letter = 'a', .item.tell = &told};
	struct sliced b = {.slices = 1, .letter = 'b', .item.tell = &told};
	struct sliced c = {.slices = 2, .letter = 'c', .item.tell = &told};
	int i;

	gate_init(&gate);
	sem_init(&told, 0, 0);
	retire_at_gate(domain, flavor, &first, &gate);
	wait_sem(flavor, &gate.entered);
	/* While the freer stands at the gate all three become ripe. */
	retire_sliced(domain, flavor, &a, 0);
	retire_sliced(domain, flavor, &b, 0);
	retire_sliced(domain, flavor, &c, 0);
	ck_assert_int_eq(nbr_synchronize(domain), 0);
	sem_post(&gate.open);
	for (i = 0; i < 3; i++)
		wait_sem(flavor, &told);
	ck_assert_str_eq(order, "abcaca");
	end(domain, flavor);
}
END_TEST

static void note_object(void *object, void *arg)
{
	(void)arg;
	step('#');
	item_freed(object);
}

/* What becomes ripe while a node is being freed need not wait for its end. */
START_TEST(test_others_meanwhile)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	enum { MANY = 500 };
	struct nbr_domain *domain = start(flavor, (struct nbr_config){0});
	struct gate gate;
	sem_t told;
	struct sliced a = {.slices = MANY, .letter = 'a', .item.tell = &told, .gate = &gate};
	struct sliced b = {.slices = 1, .letter = 'b', .item.tell = &told};
	struct item object = {.payload = 7, .tell = &told};
	int i;

	gate_init(&gate);
	sem_init(&told, 0, 0);
	retire_sliced(domain, flavor, &a, 0);
	wait_sem(flavor, &gate.entered);
	retire_sliced(domain, flavor, &b, 0);
	nbr_enter(domain);
	retire_with(domain, note_object, &object, NULL, (size_t)64 << 10); /* its batch is sealed at once */
	section_out(domain, flavor);
	ck_assert_int_eq(nbr_synchronize(domain), 0);
	sem_post(&gate.open);
	for (i = 0; i < 3; i++)
		wait_sem(flavor, &told);
	ck_assert_uint_eq(steps, MANY + 2);
	ck_assert_ptr_nonnull(strchr(strchr(order, 'b'), 'a'));
	ck_assert_ptr_nonnull(strchr(strchr(order, '#'), 'a'));
	end(domain, flavor);
}
END_TEST

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

	gate_init(&gate);
	gate_init(&slice_gate);
	sem_init(&told, 0, 0);
	retire_at_gate(domain, flavor, &first, &gate);
	wait_sem(flavor, &gate.entered);
	retire_sliced(domain, flavor, &a, 0);
	retire_sliced(domain, flavor, &b, 0);
	retire_fillers(domain, flavor, BATCH);
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

START_TEST(test_barrier_waits_for_all)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0});
	struct sliced a = {.slices = 100, .letter = 'a'}, b = {.slices = 50, .letter = 'b'};

	retire_sliced(domain, flavor, &a, 0);
	retire_sliced(domain, flavor, &b, 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(a.item.freed, 1);
	ck_assert_int_eq(b.item.freed, 1);
	ck_assert_uint_eq(steps, 150);
	end(domain, flavor);
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
	tcase_add_loop_test(tcase, test_in_turn, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_others_meanwhile, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_any_thread, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_not_where_little_waits, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_put_back_wakes, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_barrier_waits_for_all, 0, 2 * NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_bytes, 0, NBR_FLAVORS);
}
