/*
 * limits: too much that waits.
 *
 * The limits look at what is stamped; here that is whole batches, and nodes, for
 * no clock runs.  Nothing is freed unless the test says so, for no grace period
 * ends.
 */
#include "fixture.h"

#include <stdint.h>

/* As the user's bytes. */
struct seen {
	_Atomic unsigned calls;
	uint64_t objects, bytes;
};

static void note_limit(void *user, const struct nbr_stats *stats)
{
	struct seen *seen = *(struct seen **)user;

	seen->calls++;
	seen->objects = stats->pending_objects;
	seen->bytes = stats->pending_bytes;
}

static struct nbr_domain *make_limited(struct nbr_config config, struct seen *seen)
{
	*seen = (struct seen){0};
	config.flags |= NBR_NO_THREAD;
	config.on_limit = note_limit;
	config.user = &seen;
	config.user_size = sizeof(seen);
	return make(NBR_BP, config);
}

START_TEST(test_limit)
{
	struct seen seen;
	struct nbr_domain *domain = make_limited((struct nbr_config){.limit_objects = 2 * BATCH}, &seen);
	static struct item items[10 * BATCH];
	struct nbr_ticket ticket;
	size_t n = 0;
	int err;

	items_init(items, 10 * BATCH);
	nbr_enter(domain);
	while ((err = nbr_reserve(domain, NBR_REPLACES, &ticket)) == 0) {
		nbr_retire_object(domain, &ticket, free_object, &items[n++], NULL, 0);
		ck_assert_uint_lt(n, 10 * BATCH);
	}
	ck_assert_int_eq(err, -ENOBUFS);
	ck_assert_uint_eq(n, 2 * BATCH);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_uint_eq(seen.objects, n);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), -ENOBUFS);
	ck_assert_ptr_null(ticket.batch);
	ck_assert_int_eq(nbr_admit(domain, 1), -ENOBUFS);
	nbr_leave(domain);
	check_freed(items, n, 0);
	ck_assert_int_eq(nbr_reclaim(domain), (long)n);
	check_freed(items, n, 1);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
	nbr_cancel(domain, &ticket);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

START_TEST(test_limit_reports_only)
{
	struct nbr_config config = {.flags = NBR_LIMIT_REPORTS_ONLY, .limit_objects = BATCH, .limit_bytes = 1000};
	struct seen seen;
	struct nbr_domain *domain = make_limited(config, &seen);
	static struct item items[10 * BATCH];
	size_t i;

	items_init(items, 10 * BATCH);
	nbr_enter(domain);
	for (i = 0; i < 10 * BATCH; i++)
		retire(domain, &items[i]);
	ck_assert_uint_eq(seen.calls, 9); /* each batch but the first */
	ck_assert_int_eq(nbr_admit(domain, 1001), 0);
	ck_assert_uint_eq(seen.calls, 10);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, 10 * BATCH, 1);
}
END_TEST

START_TEST(test_admit_bytes)
{
	struct seen seen;
	struct nbr_domain *domain = make_limited((struct nbr_config){.limit_bytes = 1000}, &seen);
	struct nbr_ticket ticket;
	struct item items[2] = {{.payload = 7}, {.payload = 7}};

	ck_assert_int_eq(nbr_admit(domain, 5000), 0); /* nothing waits: any size */
	nbr_enter(domain);
	nbr_retire(domain, &items[0].node, free_node, 600);
	ck_assert_int_eq(nbr_admit(domain, 400), 0);
	ck_assert_uint_eq(seen.calls, 0);
	ck_assert_int_eq(nbr_admit(domain, 401), -ENOBUFS);
	ck_assert_int_eq(nbr_admit(domain, SIZE_MAX), -ENOBUFS);
	ck_assert_uint_eq(seen.calls, 2);
	nbr_retire(domain, &items[1].node, free_node, 600);
	ck_assert_int_eq(nbr_admit(domain, 0), -ENOBUFS);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), -ENOBUFS);
	nbr_leave(domain);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 1200);
	ck_assert_int_eq(nbr_reclaim(domain), 2);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 0);
	ck_assert_uint_eq(stats_of(domain).freed_bytes, 1200);
	ck_assert_int_eq(nbr_admit(domain, 1000), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, 2, 1);
}
END_TEST

/* A removal makes room; to refuse it because there is none would be no help. */
START_TEST(test_removals_are_not_refused)
{
	struct seen seen;
	struct nbr_domain *domain =
		make_limited((struct nbr_config){.limit_objects = BATCH, .limit_bytes = 1000}, &seen);
	static struct item items[10 * BATCH];
	struct nbr_ticket ticket;
	size_t i;

	items_init(items, 10 * BATCH);
	nbr_enter(domain);
	for (i = 0; i < 10 * BATCH; i++) {
		ck_assert_int_eq(nbr_reserve(domain, NBR_REMOVES, &ticket), 0);
		nbr_retire_object(domain, &ticket, free_object, &items[i], NULL, 1000);
	}
	ck_assert_uint_eq(seen.calls, 0);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), -ENOBUFS);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REMOVES, &ticket), 0);
	nbr_cancel(domain, &ticket);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, 10 * BATCH, 1);
}
END_TEST

/* What a removal begins at a limit is no way in for anything else; what was begun
 * before is for both. */
START_TEST(test_batches_of_removals)
{
	struct seen seen;
	struct nbr_domain *domain = make_limited((struct nbr_config){.limit_objects = BATCH}, &seen);
	static struct item items[BATCH + 3];
	struct nbr_ticket ticket;

	items_init(items, BATCH + 3);
	nbr_enter(domain);
	retire(domain, &items[BATCH]);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REMOVES, &ticket), 0);
	nbr_retire_object(domain, &ticket, free_object, &items[BATCH + 1], NULL, 0);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), 0);
	nbr_cancel(domain, &ticket);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_reclaim(domain), 2);
	retire_in_section(domain, NBR_BP, items, BATCH);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REMOVES, &ticket), 0);
	nbr_retire_object(domain, &ticket, free_object, &items[BATCH + 2], NULL, 0);
	ck_assert_uint_eq(seen.calls, 0);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), -ENOBUFS);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REMOVES, &ticket), 0);
	nbr_cancel(domain, &ticket);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_reclaim(domain), BATCH + 1);
	retire_in_section(domain, NBR_BP, items, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

START_TEST(test_bytes_of_objects)
{
	struct seen seen;
	struct nbr_domain *domain = make_limited((struct nbr_config){.limit_bytes = 100 * BATCH}, &seen);
	static struct item items[BATCH];
	struct nbr_ticket ticket;
	size_t i;

	items_init(items, BATCH);
	nbr_enter(domain);
	for (i = 0; i < BATCH; i++)
		retire_with(domain, free_object, &items[i], NULL, 100);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 100 * BATCH);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), -ENOBUFS);
	ck_assert_uint_eq(seen.calls, 1);
	ck_assert_uint_eq(seen.bytes, 100 * BATCH);
	ck_assert_int_eq(nbr_admit(domain, 1), -ENOBUFS);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_reclaim(domain), BATCH);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, 0);
	ck_assert_uint_eq(stats_of(domain).freed_bytes, 100 * BATCH);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* A batch with large objects is stamped before it is full: else thirty of them
 * would wait unseen. */
START_TEST(test_large_objects)
{
	const size_t large = (size_t)64 << 10, pieces = _i != 0 ? 4 : 1;
	struct seen seen;
	struct nbr_domain *domain = make_limited((struct nbr_config){.limit_bytes = 3 * large}, &seen);
	static struct item items[BATCH];
	struct nbr_ticket ticket;
	size_t n = 0;

	items_init(items, BATCH);
	nbr_enter(domain);
	while (nbr_reserve(domain, NBR_REPLACES, &ticket) == 0) {
		nbr_retire_object(domain, &ticket, free_object, &items[n++], NULL, large / pieces);
		ck_assert_uint_eq(stats_of(domain).pending_bytes, n / pieces * large);
		ck_assert_uint_lt(n, BATCH);
	}
	ck_assert_uint_eq(n, 3 * pieces);
	ck_assert_uint_eq(seen.bytes, 3 * large);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	check_freed(items, n, 1);
}
END_TEST

void add_limits(TCase *tcase)
{
	tcase_add_test(tcase, test_limit);
	tcase_add_test(tcase, test_limit_reports_only);
	tcase_add_test(tcase, test_admit_bytes);
	tcase_add_test(tcase, test_removals_are_not_refused);
	tcase_add_test(tcase, test_batches_of_removals);
	tcase_add_test(tcase, test_bytes_of_objects);
	tcase_add_loop_test(tcase, test_large_objects, 0, 2);
}
