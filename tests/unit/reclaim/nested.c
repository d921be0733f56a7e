/*
 * nested: callbacks that retire in their turn.
 */
#include "fixture.h"

struct nest {
	struct nbr_domain *domain;
	struct item item;
	int depth;
};

static _Thread_local unsigned depth_here;
static _Atomic unsigned depth_most;

static void free_nest(void *object, void *arg)
{
	struct nest *nest = object;

	if (++depth_here > depth_most)
		depth_most = depth_here;
	if (nest->depth-- > 0) {
		nbr_enter(nest->domain);
		retire_with(nest->domain, free_nest, nest, arg, 0);
		nbr_leave(nest->domain);
	} else {
		item_freed(&nest->item);
	}
	depth_here--;
}

START_TEST(test_nested)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_config config = {.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0, .assist = 1};
	struct nbr_domain *domain = make(flavor, config);
	static struct nest nests[500];
	int i;

	depth_most = 0;
	thread_in(flavor);
	nbr_enter(domain);
	for (i = 0; i < 500; i++) {
		nests[i] = (struct nest){.domain = domain, .depth = i % 5};
		retire_with(domain, free_nest, &nests[i], NULL, 0);
	}
	section_out(domain, flavor);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	for (i = 0; i < 500; i += 5)
		ck_assert_int_eq(nests[i].item.freed, 1); /* those that do not nest */
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	for (i = 0; i < 500; i++)
		ck_assert_int_eq(nests[i].item.freed, 1);
	ck_assert_uint_eq(depth_most, 1); /* a callback that reserves does not assist */
	thread_out(flavor);
}
END_TEST

void add_nested(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_nested, 0, 2 * NBR_FLAVORS);
}
