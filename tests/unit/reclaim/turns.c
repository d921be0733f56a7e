/*
 * turns: a node is freed a slice at a time, and others come in between.
 */
#include "sliced.h"

#include <unistd.h>

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

/* Who waits does the same. */
START_TEST(test_in_turn_by_caller)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_domain *domain = start(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct sliced a = {.slices = 3, .letter = 'a'}, b = {.slices = 1, .letter = 'b'};

	retire_sliced(domain, flavor, &a, 0);
	retire_sliced(domain, flavor, &b, 0);
	if (_i % 2 != 0)
		ck_assert_int_eq(nbr_reclaim(domain), 2);
	else
		ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_str_eq(order, "abaa");
	ck_assert_uint_eq(slices_here, 4);
	end(domain, flavor);
}
END_TEST

static _Atomic unsigned others_freed;
static struct gate patient_gate;

static void free_other(void *object, void *arg)
{
	(void)arg;
	others_freed++;
	item_freed(object);
}

static bool free_other_node(struct nbr_node *node)
{
	free_other(node, NULL);
	return true;
}

/* Is not done before the others are; but it does not wait for ever. */
static bool free_patiently(struct nbr_node *node)
{
	struct sliced *sliced = (struct sliced *)node;

	if (sliced->gate != NULL)
		gate_pass(sliced->gate);
	sliced->gate = NULL;
	if (others_freed < 2 && --sliced->slices > 0) {
		usleep(1000);
		return false;
	}
	item_freed(&sliced->item);
	return true;
}

/* What becomes ripe while a node is being freed need not wait for its end. */
START_TEST(test_others_meanwhile)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = start(flavor, (struct nbr_config){0});
	sem_t told;
	struct sliced large = {.slices = 10000, .item = {.payload = 7, .tell = &told}, .gate = &patient_gate};
	struct item node = {.payload = 7}, object = {.payload = 7};

	others_freed = 0;
	gate_init(&patient_gate);
	sem_init(&told, 0, 0);
	nbr_enter(domain);
	nbr_retire(domain, &large.item.node, free_patiently, 0);
	section_out(domain, flavor);
	wait_sem(flavor, &patient_gate.entered);
	nbr_enter(domain);
	nbr_retire(domain, &node.node, free_other_node, 0);
	retire_with(domain, free_other, &object, NULL, 0);
	section_out(domain, flavor);
	sem_post(&patient_gate.open);
	wait_sem(flavor, &told);
	ck_assert_int_eq(node.freed, 1);
	ck_assert_int_eq(object.freed, 1);
	ck_assert_uint_gt(large.slices, 0);
	end(domain, flavor);
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

void add_turns(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_in_turn, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_in_turn_by_caller, 0, 2 * NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_others_meanwhile, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_barrier_waits_for_all, 0, 2 * NBR_FLAVORS);
}
