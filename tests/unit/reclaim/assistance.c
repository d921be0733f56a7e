/*
 * assistance: who retires frees, when he begins a batch:
 *
 *   little waits   one batch of his own that is ripe
 *   much           two of his own, or, if there is none, two of somebody else's
 *
 * In these domains nobody else does.  `much` is a backlog of one object.
 */
#include "fixture.h"

#include "stripe.h"

static struct nbr_domain *make_for(enum nbr_flavor flavor, bool much)
{
	return make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = much});
}

START_TEST(test_own)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	const unsigned batches = _i % 2 != 0 ? 2 : 1;
	struct nbr_domain *domain = make_for(flavor, _i % 2 != 0);
	static struct item items[4 * BATCH];
	unsigned freed;

	items_init(items, 4 * BATCH);
	thread_in(flavor);
	retire_in_section(domain, flavor, items, 4 * BATCH);
	begin_batch(domain, flavor);
	check_freed(items, 4 * BATCH, 0); /* none is ripe */
	retire_fillers(domain, flavor, BATCH);
	synchronize_elsewhere(domain, flavor);
	check_freed(items, 4 * BATCH, 0); /* that frees nothing */
	for (freed = 0; freed < 4 * BATCH; freed += batches * BATCH) {
		ck_assert_uint_eq(freed_here, freed);
		begin_batch(domain, flavor);
		ck_assert_uint_eq(freed_here, freed + batches * BATCH);
		check_freed(items, freed_here, 1); /* the oldest first */
		retire_fillers(domain, flavor, BATCH);
		ck_assert_uint_eq(freed_here, freed + batches * BATCH);
	}
	/* The fillers before the grace period, and then nothing more is ripe. */
	begin_batch(domain, flavor);
	ck_assert_uint_eq(stats_of(domain).freed_objects, 5 * BATCH);
	retire_fillers(domain, flavor, 5 * BATCH);
	ck_assert_uint_eq(stats_of(domain).freed_objects, 5 * BATCH);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* A thread that retires its items, or one that has none and begins batches until
 * it must have looked everywhere. */
struct other {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct item *items;
	size_t n;
	unsigned freed;
	bool bad;
};

static void *other_main(void *arg)
{
	struct other *other = arg;
	unsigned before, i;

	thread_in(other->flavor);
	retire_in_section(other->domain, other->flavor, other->items, other->n);
	for (i = 0; other->n == 0 && i <= NBR_MAX_STRIPES / 4; i++) {
		before = freed_here;
		retire_fillers(other->domain, other->flavor, BATCH);
		if (freed_here > before + 2 * BATCH)
			other->bad = true;
	}
	other->freed = freed_here;
	thread_out(other->flavor);
	return NULL;
}

START_TEST(test_others)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	bool much = _i % 2 != 0;
	struct nbr_domain *domain = make_for(flavor, much);
	static struct item items[4 * BATCH];
	/* Fresh threads both, so that they begin with different stripes. */
	struct other retirer = {domain, flavor, items, 4 * BATCH, 0, false};
	struct other helper = {domain, flavor, NULL, 0, 0, false};

	items_init(items, 4 * BATCH);
	ck_assert_int_eq(pthread_join(spawn(other_main, &retirer), NULL), 0);
	ck_assert_int_eq(nbr_synchronize(domain), 0);
	ck_assert_int_eq(pthread_join(spawn(other_main, &helper), NULL), 0);
	ck_assert_uint_eq(retirer.freed, 0);
	ck_assert_uint_eq(helper.freed, much ? 4 * BATCH : 0);
	ck_assert(!helper.bad);
	check_freed(items, 4 * BATCH, much);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* From which backlog on it is much follows the limits, if nothing is said. */
static unsigned freed_with(struct nbr_config config, struct item *items, size_t n, size_t bytes)
{
	struct nbr_domain *domain;
	unsigned freed;
	size_t i;

	config.flags = NBR_NO_THREAD;
	domain = make(NBR_BP, config);
	items_init(items, n);
	nbr_enter(domain);
	for (i = 0; i < n; i++)
		retire_with(domain, free_object, &items[i], NULL, i == 0 ? bytes : 0);
	nbr_leave(domain);
	synchronize_elsewhere(domain, NBR_BP);
	freed_here = 0;
	begin_batch(domain, NBR_BP);
	freed = freed_here;
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, n, 1);
	return freed;
}

START_TEST(test_follows_limits)
{
	static struct item items[20 * BATCH];
	const struct nbr_config objects = {.limit_objects = 4 * 10 * BATCH}, bytes = {.limit_bytes = 4000};

	ck_assert_uint_eq(freed_with((struct nbr_config){0}, items, 20 * BATCH, 4000), BATCH);
	ck_assert_uint_eq(freed_with(objects, items, 9 * BATCH, 0), BATCH);
	ck_assert_uint_eq(freed_with(objects, items, 10 * BATCH, 0), 2 * BATCH);
	ck_assert_uint_eq(freed_with(bytes, items, 9 * BATCH, 999), BATCH);
	ck_assert_uint_eq(freed_with(bytes, items, 9 * BATCH, 1000), 2 * BATCH);
}
END_TEST

/* What ran while another callback did. */
static unsigned freed_within;

static void retire_batches(void *object, void *arg)
{
	struct nbr_domain *domain = arg;
	unsigned before = freed_here, i;

	nbr_enter(domain);
	for (i = 0; i < 3 * BATCH; i++)
		retire_with(domain, free_object, (struct item *)object + 1 + i, NULL, 0);
	nbr_leave(domain);
	freed_within += freed_here - before;
	item_freed(object);
}

/* A callback frees nothing, be it run by who retires or by who waits. */
START_TEST(test_never_in_callback)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_domain *domain = make_for(flavor, true);
	static struct item items[4 * BATCH], more[1 + 3 * BATCH];
	bool outer;

	items_init(items, 4 * BATCH);
	items_init(more, 1 + 3 * BATCH);
	freed_within = 0;
	thread_in(flavor);
	nbr_enter(domain);
	retire_with(domain, retire_batches, &more[0], domain, 0);
	section_out(domain, flavor);
	retire_in_section(domain, flavor, items, 4 * BATCH - 1);
	nbr_enter(domain);
	nbr_retire(domain, &items[4 * BATCH - 1].node, free_node, 0);
	section_out(domain, flavor);
	synchronize_elsewhere(domain, flavor);
	outer = nbr_callback_begin();
	begin_batch(domain, flavor);
	retire_fillers(domain, flavor, 2 * BATCH);
	nbr_callback_end(outer);
	ck_assert_uint_eq(freed_here, 0);
	if (_i % 2 != 0)
		ck_assert_int_gt(nbr_reclaim(domain), 0);
	else
		begin_batch(domain, flavor);
	ck_assert_int_eq(more[0].freed, 1);
	ck_assert_uint_eq(freed_within, 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	check_freed(items, 4 * BATCH, 1);
	check_freed(more, 1 + 3 * BATCH, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_assistance(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_own, 0, 2 * NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_others, 0, 2 * NBR_FLAVORS);
	tcase_add_test(tcase, test_follows_limits);
	tcase_add_loop_test(tcase, test_never_in_callback, 0, 2 * NBR_FLAVORS);
}
