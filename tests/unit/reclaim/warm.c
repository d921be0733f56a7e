/*
 * warm: emptied batches are filled again, so that a program that goes on as it
 * did needs no memory for it.
 */
#include "fixture.h"

#include "stripe.h"

#define ROUNDS 50

enum freed_by { BY_RECLAIM, BY_BARRIER, BY_RETIRER, WAYS };

/* A round: more than a stripe keeps when nothing is going on, but for barriers,
 * where nothing is. */
static const unsigned batches_of[WAYS] = {10, 2, 10};

static void end_round(struct nbr_domain *domain, enum freed_by by)
{
	if (by == BY_RECLAIM)
		ck_assert_int_ge(nbr_reclaim(domain), 0);
	else if (by == BY_BARRIER)
		ck_assert_int_eq(nbr_barrier(domain), 0);
	else
		ck_assert_int_eq(nbr_synchronize(domain), 0);
}

/* One thread and no clock: after a few rounds not one allocation. */
START_TEST(test_without_thread)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / WAYS);
	enum freed_by by = (enum freed_by)(_i % WAYS);
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	const unsigned batches = batches_of[by];
	long made_before = 0, blocks_before = 0;
	int round;

	thread_in(flavor);
	for (round = 0; round < ROUNDS; round++) {
		if (round == 3) {
			made_before = made;
			blocks_before = blocks;
		}
		retire_fillers(domain, flavor, batches * BATCH);
		end_round(domain, by);
	}
	ck_assert_int_eq(made, made_before);
	ck_assert_int_eq(blocks, blocks_before);
	ck_assert_int_le(blocks, 1 + 2 * batches);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/*
 * With threads the batches of a round may come from a stripe next door, and the
 * clock may seal one early; so a stripe may need its first two or three.  That is
 * far from one a round.
 */
START_TEST(test_with_threads)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / WAYS);
	enum freed_by by = (enum freed_by)(_i % WAYS);
	struct nbr_domain *domain = make(flavor, (struct nbr_config){0});
	const long rounds = 4 * ((long)domain->stripe_mask + 1);
	long round;

	thread_in(flavor);
	for (round = 0; round < rounds; round++) {
		retire_fillers(domain, flavor, BATCH);
		end_round(domain, by);
	}
	ck_assert_int_le(made, 1 + rounds / 4);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

static void *retire_main(void *arg)
{
	struct nbr_domain *domain = arg;
	enum nbr_flavor flavor = nbr_domain_flavor(domain);

	thread_in(flavor);
	retire_fillers(domain, flavor, 4 * BATCH);
	thread_out(flavor);
	return NULL;
}

/* What was emptied in one stripe can be filled in another; each of these threads has
 * its own. */
START_TEST(test_other_stripe)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	int i;

	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(pthread_join(spawn(retire_main, domain), NULL), 0);
		ck_assert_int_eq(nbr_reclaim(domain), 4 * BATCH);
		failing = true;
	}
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* After a burst most of what it needed is given back, half a call; after that a
 * little is there for the next retire. */
START_TEST(test_given_back)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD});
	int i;

	retire_fillers(domain, NBR_BP, 300 * BATCH);
	ck_assert_int_eq(blocks, 1 + 300);
	ck_assert_int_eq(nbr_reclaim(domain), 300 * BATCH);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_le(blocks, 1 + 2);
	ck_assert_int_ge(blocks, 1 + 1);
	failing = true;
	retire_fillers(domain, NBR_BP, BATCH);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* The domain's threads do that, too, when nothing is going on. */
START_TEST(test_given_back_by_freer)
{
	struct nbr_domain *domain = make(NBR_BP, (struct nbr_config){0});
	struct pin pin;
	sem_t told;
	struct item last = {.payload = 7, .tell = &told};

	sem_init(&told, 0, 0);
	pin_start(&pin, domain, NBR_BP);
	retire_fillers(domain, NBR_BP, 300 * BATCH);
	ck_assert_int_ge(blocks, 1 + 300);
	retire_in_section(domain, NBR_BP, &last, 1);
	pin_end(&pin);
	/* No retire and no waiting call from here on. */
	wait_plain(&told);
	while (blocks > 1 + 2 * ((long)domain->stripe_mask + 1))
		watch_a_while();
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

void add_warm(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_without_thread, 0, NBR_FLAVORS * WAYS);
	tcase_add_loop_test(tcase, test_with_threads, 0, NBR_FLAVORS * WAYS);
	tcase_add_loop_test(tcase, test_other_stripe, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_given_back);
	tcase_add_test(tcase, test_given_back_by_freer);
}
