/*
 * family: a map whose values are maps.
 *
 * The recipe of struct nbmap_type: value_free cannot destroy the inner map, so it
 * puts it on a list, which a thread that may wait empties.  Here readers and writers
 * find inner maps through the outer one and use them, in one section, while others
 * are taken out and put in; nobody may ever meet a map that is being destroyed, and
 * in the end every one must have been, once.
 */
#include <check.h>
#include <sched.h>
#include <stdatomic.h>

#include "count_alloc.h"
#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"

#define SLOTS 8
#define THREADS 4 /* one takes out and puts in, one destroys, two use */

static struct count *count;
static struct nbmap_domain *domain; /* of all maps, or NULL for the shared one */
static enum nbmap_flavor flavor;
static struct nbmap_u64 *outer;
static _Atomic bool going_on;

struct child {
	struct nbmap_u64 *map;
	struct child *next; /* in the list of the orphans */
};

static _Atomic(struct child *) orphans;

static void orphan(void *value, void *arg)
{
	struct child *child = value;

	(void)arg;
	child->next = atomic_load(&orphans);
	while (!atomic_compare_exchange_weak(&orphans, &child->next, child))
		;
}

static struct nbmap_u64 *make_map(void (*value_free)(void *value, void *arg))
{
	struct nbmap_allocator allocator = count_allocator(count);
	struct nbmap_type type = {.value_free = value_free};
	struct nbmap_config config = {
		.type = &type, .arg = count, .flavor = flavor, .domain = domain, .allocator = &allocator};
	struct nbmap_u64 *map;

	crew_check(!nbmap_u64_new(&map, &config));
	return map;
}

static struct child *give_birth(void)
{
	struct child *child = count_allocator(count).alloc(sizeof(*child), 16, count);

	crew_check(child != NULL);
	child->map = make_map(count_value_free);
	return child;
}

/* By a thread that is in no section. */
static unsigned bury_orphans(void)
{
	struct child *list = atomic_exchange(&orphans, NULL);
	unsigned n = 0;

	for (; list; n++) {
		struct child *child = list;

		list = child->next;
		crew_check(!nbmap_u64_destroy(child->map));
		count_allocator(count).free(child, sizeof(*child), count);
	}
	return n;
}

/* ---- The threads -------------------------------------------------------- */

static void replace_children(struct crew_member *member)
{
	uint64_t rounds = test_rounds(6000, 600);

	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t id = test_random(&member->random) % SLOTS;
		struct child *child = give_birth();

		nbmap_u64_enter(outer);
		/* Nobody else puts any. */
		crew_check(!nbmap_u64_put(outer, id, child, NULL));
		if (i % 5 == 4)
			crew_check(!nbmap_u64_del(outer, id, NULL));
		if (i % 100 == 99)
			crew_check(!nbmap_u64_clear(outer));
		nbmap_u64_leave(outer);
		flavor_quiescent(flavor);
	}
	nbmap_u64_enter(outer);
	crew_check(!nbmap_u64_put(outer, SLOTS, give_birth(), NULL));
	nbmap_u64_leave(outer);
	atomic_store(&going_on, false);
}

static void destroy_orphans(struct crew_member *member)
{
	(void)member;
	while (atomic_load(&going_on))
		if (!bury_orphans()) {
			flavor_quiescent(flavor);
			sched_yield();
		}
}

static void use_children(struct crew_member *member)
{
	while (atomic_load(&going_on)) {
		uint64_t r = test_random(&member->random), id = r % SLOTS, key = (r >> 32) % 20;
		struct child *child;
		void *value, *seen;

		nbmap_u64_enter(outer);
		child = nbmap_u64_get(outer, id);
		if (child) {
			value = count_value(count, key);
			/* Time enough for another to take the map out. */
			if (r >> 62 == 0)
				sched_yield();
			/* The inner map's section is the outer one's. */
			crew_check(!nbmap_u64_put(child->map, key, value, &seen));
			crew_check(!seen || count_number(seen) == key);
			value = nbmap_u64_get(child->map, (key + 7) % 20);
			crew_check(!value || count_number(value) == (key + 7) % 20);
		}
		nbmap_u64_leave(outer);
		flavor_quiescent(flavor);
	}
}

static void live(struct crew_member *member)
{
	if (member->index == 0)
		replace_children(member);
	else if (member->index == 1)
		destroy_orphans(member);
	else
		use_children(member);
}

/* _i: flavour; the shared domain and one of its own. */
START_TEST(test_every_inner_map_is_destroyed_once)
{
	struct nbmap_domain_config config = {.flags = 0};

	count = count_new();
	ck_assert_ptr_nonnull(count);
	flavor = (enum nbmap_flavor)(_i % FLAVORS);
	config.flavor = flavor;
	domain = NULL;
	if (_i / FLAVORS)
		ck_assert_int_eq(nbmap_domain_new(&domain, &config), 0);
	outer = make_map(orphan);
	atomic_store(&going_on, true);
	crew_run(flavor, THREADS, live, NULL);
	/* What is left in the outer map is orphaned by its end; its domain is still there. */
	ck_assert_int_eq(nbmap_u64_destroy(outer), 0);
	ck_assert_uint_gt(bury_orphans(), 0);
	ck_assert_uint_eq(bury_orphans(), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	ck_assert(count_end(count));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("family");
	TCase *tcase = tcase_create("family");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_every_inner_map_is_destroyed_once, 0, 2 * FLAVORS);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
