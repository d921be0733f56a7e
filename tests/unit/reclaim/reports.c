/*
 * reports: on_limit, and what it does itself.
 */
#include "fixture.h"

/* What the user's bytes point to. */
struct report {
	struct nbr_domain *domain;
	struct item *items;
	unsigned calls, deep, deepest;
	int replaced, removed, admitted;
	bool in_callback;
};

/* Meets the limit itself. */
static void on_limit(void *user, const struct nbr_stats *stats)
{
	struct report *report = *(struct report **)user;
	struct nbr_ticket ticket;

	(void)stats;
	report->calls++;
	report->deep++;
	if (report->deep > report->deepest)
		report->deepest = report->deep;
	report->in_callback = nbr_in_callback();
	report->replaced = nbr_reserve(report->domain, NBR_REPLACES, &ticket);
	nbr_cancel(report->domain, &ticket);
	report->admitted = nbr_admit(report->domain, 1);
	report->removed = nbr_reserve(report->domain, NBR_REMOVES, &ticket);
	if (report->removed == 0)
		nbr_retire_object(report->domain, &ticket, free_object, report->items++, NULL, 0);
	report->deep--;
}

/* It may retire, and is not called by what it does. */
START_TEST(test_report_that_retires)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct report report = {.replaced = 0}, *user = &report;
	struct nbr_config config = {.flags = NBR_NO_THREAD,
				    .limit_objects = BATCH,
				    .on_limit = on_limit,
				    .user = &user,
				    .user_size = sizeof(user)};
	struct nbr_domain *domain = make(flavor, config);
	static struct item items[BATCH + 4];
	struct nbr_ticket ticket;

	items_init(items, BATCH + 4);
	report.domain = domain;
	report.items = items + BATCH;
	thread_in(flavor);
	retire_in_section(domain, flavor, items, BATCH);
	ck_assert_uint_eq(report.calls, 0);
	nbr_enter(domain);
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), -ENOBUFS);
	ck_assert_uint_eq(report.calls, 1);
	ck_assert_int_eq(report.replaced, -ENOBUFS);
	ck_assert_int_eq(report.admitted, -ENOBUFS);
	ck_assert_int_eq(report.removed, 0);
	ck_assert(report.in_callback);
	ck_assert(!nbr_in_callback());
	/* The report opened a batch, which is for removals alone. */
	ck_assert_int_eq(nbr_reserve(domain, NBR_REPLACES, &ticket), -ENOBUFS);
	ck_assert_uint_eq(report.calls, 2);
	/* Once more, by another call. */
	ck_assert_int_eq(nbr_admit(domain, 0), -ENOBUFS);
	ck_assert_uint_eq(report.calls, 3);
	ck_assert_int_eq(report.replaced, -ENOBUFS);
	ck_assert_uint_eq(report.deepest, 1);
	/* Three times three: what the report itself tried counts, too; and no more for who can do without. */
	ck_assert_uint_eq(stats_of(domain).refusals, 9);
	ck_assert_int_eq(nbr_has_room(domain, 0), -ENOBUFS);
	ck_assert_uint_eq(stats_of(domain).refusals, 9 + 2);
	nbr_refused(domain);
	ck_assert_uint_eq(stats_of(domain).refusals, 9 + 3);
	section_out(domain, flavor);
	ck_assert_int_eq(nbr_reclaim(domain), BATCH + 4);
	check_freed(items, BATCH + 4, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

static int answers[5];

static void wait_in_report(void *user, const struct nbr_stats *stats)
{
	struct nbr_domain *domain = *(struct nbr_domain **)user;

	(void)stats;
	answers[0] = nbr_barrier(domain);
	answers[1] = (int)nbr_reclaim(domain);
	answers[2] = nbr_synchronize(domain);
	answers[3] = nbr_domain_unref(domain);
	answers[4] = nbr_before_fork();
}

/* It is a callback like others, and may not wait, even where its caller might. */
START_TEST(test_report_may_not_wait)
{
	struct nbr_config config = {.flags = NBR_NO_THREAD,
				    .limit_bytes = 10,
				    .on_limit = wait_in_report,
				    .user_size = sizeof(struct nbr_domain *),
				    .user = &(struct nbr_domain *){NULL}};
	struct nbr_domain *domain = make(NBR_BP, config);
	struct item item = {.payload = 7};
	size_t i;

	*(struct nbr_domain **)nbr_domain_user(domain) = domain;
	nbr_enter(domain);
	nbr_retire(domain, &item.node, free_node, 10);
	nbr_leave(domain);
	ck_assert_int_eq(nbr_admit(domain, 1), -ENOBUFS);
	for (i = 0; i < 5; i++)
		ck_assert_int_eq(answers[i], -EDEADLK);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert_int_eq(item.freed, 1);
}
END_TEST

void add_reports(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_report_that_retires, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_report_may_not_wait);
}
