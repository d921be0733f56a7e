/*
 * nested: callbacks that retire in their turn, and that enter sections.
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

struct reentrant {
	struct nbr_domain *domain, *other;
	struct item item;
	bool inside, nested, after;
};

/* Sections of the callback's own domain and of another one, within each other. */
static void enter_in_callback(void *object, void *arg)
{
	struct reentrant *reentrant = arg;
	bool before = nbr_in_section(reentrant->other);

	nbr_enter(reentrant->domain);
	nbr_enter(reentrant->other);
	nbr_enter(reentrant->other);
	nbr_leave(reentrant->other);
	reentrant->nested = nbr_in_section(reentrant->other) && nbr_registered(nbr_domain_flavor(reentrant->other));
	nbr_leave(reentrant->other);
	reentrant->inside = nbr_in_section(reentrant->domain);
	nbr_leave(reentrant->domain);
	reentrant->after = nbr_in_section(reentrant->domain) || nbr_in_section(reentrant->other) != before;
	item_freed(object);
}

/* A callback may enter sections, of whatever flavour, and is in none before and
 * after; the thread is known to the flavours as before. */
START_TEST(test_sections)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2 % NBR_FLAVORS);
	enum nbr_flavor others = (enum nbr_flavor)(_i / 2 / NBR_FLAVORS);
	struct nbr_config config = {.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0};
	struct reentrant reentrant = {.domain = make(flavor, config), .other = make(others, config)};
	sem_t told;

	sem_init(&told, 0, 0);
	reentrant.item = (struct item){.payload = 7, .tell = &told};
	thread_in(flavor);
	nbr_enter(reentrant.domain);
	retire_with(reentrant.domain, enter_in_callback, &reentrant.item, &reentrant, 0);
	section_out(reentrant.domain, flavor);
	if (_i % 2 != 0)
		ck_assert_int_eq(nbr_reclaim(reentrant.domain), 1);
	wait_sem(flavor, &told);
	ck_assert(reentrant.inside);
	ck_assert(reentrant.nested);
	ck_assert(!reentrant.after);
	ck_assert(nbr_registered(flavor));
	ck_assert_int_eq(nbr_registered(others), others == flavor || others == NBR_BP);
	thread_out(flavor);
	ck_assert_int_eq(nbr_domain_unref(reentrant.domain), 0);
	ck_assert_int_eq(nbr_domain_unref(reentrant.other), 0);
}
END_TEST

void add_nested(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_nested, 0, 2 * NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_sections, 0, 2 * NBR_FLAVORS * NBR_FLAVORS);
}
