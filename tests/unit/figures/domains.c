/*
 * domains: refusals, and how long grace periods take.
 */
#include "fixture.h"

#include <pthread.h>
#include <sched.h>

#include "pin.h"

/* ---- Limits ------------------------------------------------------------- */

static struct nbmap_domain_stats shown;

static void note(const struct nbmap_domain_stats *stats, void *arg)
{
	(void)arg;
	shown = *stats;
}

static struct nbmap_domain_stats of_new_domain(const struct nbmap_domain_config *config)
{
	struct nbmap_domain_stats now;
	struct nbmap_domain *own;

	ck_assert_int_eq(nbmap_domain_new(&own, config), 0);
	nbmap_domain_stats(own, &now);
	ck_assert_int_eq(nbmap_domain_destroy(own), 0);
	return now;
}

/* Those that were asked for, and those that nobody asked for. */
START_TEST(test_limits_are_shown)
{
	struct nbmap_domain_config config = QUIET;
	struct nbmap_domain_stats now;

	now = of_new_domain(&config);
	ck_assert_uint_eq(now.limit_objects, UINT64_C(1) << 24);
	ck_assert_uint_gt(now.limit_bytes, 1);
	config.limit_objects = 100;
	now = of_new_domain(&config);
	ck_assert_uint_eq(now.limit_objects, 100);
	ck_assert_uint_gt(now.limit_bytes, 1);
	config.limit_bytes = 5000;
	config.on_limit = note;
	now = of_new_domain(&config);
	ck_assert_uint_eq(now.limit_objects, 100);
	ck_assert_uint_eq(now.limit_bytes, 5000);
	/* Whoever is told that one is met is told which there are. */
	open_with(_i, 100, false, config);
	for (unsigned i = 0; i < 300; i++)
		crew_check(put(hash_at(0, 0)) != -ENOMEM);
	ck_assert_uint_ge(shown.pending_objects, shown.limit_objects);
	ck_assert_uint_eq(shown.limit_objects, 100);
	ck_assert_uint_eq(shown.limit_bytes, 5000);
	close_map();
}
END_TEST

/* ---- Refusals ----------------------------------------------------------- */

START_TEST(test_each_refusal_is_counted)
{
	uint64_t refused = 0, full;
	struct nbmap_domain_config config = QUIET;

	config.limit_objects = 100;
	open_with(_i, 100, false, config);
	full = hash_at(0, 0);
	for (unsigned i = 0; i < 300; i++) {
		int error = put(full);

		crew_check(!error || error == -ENOBUFS);
		refused += error != 0;
		ck_assert_uint_eq(stats().refusals, refused);
		ck_assert_uint_eq(domain_stats().refusals, refused);
	}
	ck_assert_uint_gt(refused, 100);
	/* A new key; an object of the caller's; and what is not refused. */
	ck_assert_int_eq(put(hash_at(1, 0)), -ENOBUFS);
	ck_assert_uint_eq(stats().refusals, refused + 1);
	ck_assert_int_eq(retire(), -ENOBUFS);
	ck_assert_uint_eq(stats().refusals, refused + 2);
	del(full);
	ck_assert_int_eq(WHOLE(clear), 0);
	ck_assert_uint_eq(stats().refusals, refused + 2);
	close_map();
}
END_TEST

/*
 * Thirty values wait, of some thousand bytes each.  Another thirty would be let in, and
 * so are new keys; but the table, once left, would be too much: it is kept, which nobody
 * is told, until it is so full that a key is refused for it.
 */
START_TEST(test_growth_put_off_is_no_refusal)
{
	struct nbmap_domain_config config = QUIET;
	size_t line = 0;
	int error;

	config.limit_bytes = 40000;
	open_with(_i, 2000, true, config);
	for (unsigned i = 0; i < 40; i++)
		crew_check(!put(hash_at(0, 0)));
	ck_assert_uint_gt(domain_stats().pending_bytes, 0);
	ck_assert_uint_gt(domain_stats().pending_bytes + top()->bytes, config.limit_bytes);
	do {
		size_t lines = top()->lines;

		error = put(hash_at(line % lines, line / lines));
		line++;
		crew_check(domain_stats().refusals == (error != 0));
	} while (!error);
	ck_assert_int_eq(error, -ENOBUFS);
	ck_assert_uint_eq(stats().tables, 1);
	ck_assert_uint_gt(stats().used * NB_LOOSE_USED_DEN, stats().capacity * NB_LOOSE_USED_NUM);
	close_map();
}
END_TEST

/* ---- Grace periods ------------------------------------------------------ */

static void *synchronize(void *unused)
{
	(void)unused;
	crew_check(!nbmap_domain_synchronize(domain));
	return NULL;
}

/* Until a grace period under way is older than that; its age. */
static uint64_t await_age(uint64_t ns)
{
	struct nbmap_domain_stats now;

	do {
		sched_yield();
		now = domain_stats();
		crew_check(now.longest_grace_ns >= now.grace_ns);
	} while (now.grace_ns <= ns);
	return now.grace_ns;
}

/* Its length is what it lasts while we look: a reader keeps it until we have seen it old. */
static void long_grace_period(int turn, unsigned flags)
{
	struct pin pin;
	pthread_t thread;
	uint64_t age;

	open_with(turn, 10, false, (struct nbmap_domain_config){.flags = flags});
	WHOLE(leave);
	flavor_offline(flavor);
	ck_assert_uint_eq(domain_stats().grace_ns, 0);
	ck_assert_uint_eq(domain_stats().longest_grace_ns, 0);
	pin_begin(&pin, domain, flavor);
	crew_check(!pthread_create(&thread, NULL, synchronize, NULL));
	(void)await_age(0);
	age = await_age(100 * UINT64_C(1000000));
	pin_end(&pin);
	pthread_join(thread, NULL);
	ck_assert_uint_ge(domain_stats().longest_grace_ns, age);
	/* A short one is no longer. */
	age = domain_stats().longest_grace_ns;
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(nbmap_domain_synchronize(domain), 0);
	ck_assert_uint_ge(domain_stats().longest_grace_ns, age);
	while (domain_stats().grace_ns)
		sched_yield();
	flavor_online(flavor);
	WHOLE(enter);
	ck_assert_uint_eq(stats().longest_grace_ns, domain_stats().longest_grace_ns);
	close_map();
}

START_TEST(test_a_long_grace_period)
{
	long_grace_period(_i, 0);
}
END_TEST

START_TEST(test_a_long_grace_period_without_threads)
{
	long_grace_period(_i, NBMAP_NO_THREAD);
}
END_TEST

void add_domains(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_limits_are_shown, 0, CASES);
	tcase_add_loop_test(tcase, test_each_refusal_is_counted, 0, CASES);
	tcase_add_loop_test(tcase, test_growth_put_off_is_no_refusal, 0, CASES);
	tcase_add_loop_test(tcase, test_a_long_grace_period, 0, CASES);
	tcase_add_loop_test(tcase, test_a_long_grace_period_without_threads, 0, CASES);
}
