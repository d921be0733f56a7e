/*
 * account: what stripes count, what they tell the domain, and what limits make of it.
 *
 * Most tests count for stripes and for the domain what nobody retired, and as much freed, so
 * that the domain can end.
 */
#include "fixture.h"

#include "account.h"
#include "run.h"
#include "stripe.h"

#include <sched.h>

static struct nbr_stripe *held(struct nbr_domain *domain, unsigned index)
{
	struct nbr_stripe *stripe = &domain->stripes[index];
	struct nbr_batch *open;

	ck_assert(nbr_stripe_try(stripe, &open));
	ck_assert_ptr_null(open);
	return stripe;
}

static bool queued(struct nbr_domain *domain, unsigned index, uint64_t objects, uint64_t bytes)
{
	struct nbr_stripe *stripe = held(domain, index);
	bool told = nbr_account_queued(domain, stripe, objects, bytes);

	/* Of what is queued each object was retired. */
	atomic_store(&stripe->retired, atomic_load(&stripe->retired) + objects);
	nbr_stripe_leave(stripe, NULL);
	return told;
}

static void freed(struct nbr_domain *domain, unsigned index, uint64_t objects, uint64_t bytes)
{
	struct nbr_stripe *stripe = held(domain, index);

	nbr_account_freed(domain, stripe, objects, bytes);
	nbr_stripe_leave(stripe, NULL);
}

static void tell(struct nbr_domain *domain, unsigned index)
{
	struct nbr_stripe *stripe = held(domain, index);

	nbr_account_tell(domain, stripe);
	nbr_stripe_leave(stripe, NULL);
}

static bool counted_alike(const struct nbr_counts *a, const struct nbr_counts *b)
{
	return atomic_load(&a->queued_objects) == atomic_load(&b->queued_objects) &&
	       atomic_load(&a->queued_bytes) == atomic_load(&b->queued_bytes) &&
	       atomic_load(&a->freed_objects) == atomic_load(&b->freed_objects) &&
	       atomic_load(&a->freed_bytes) == atomic_load(&b->freed_bytes);
}

static bool is_told(const struct nbr_domain *domain)
{
	bool all = true;
	unsigned i;

	for (i = 0; i <= domain->stripe_mask; i++) {
		const struct nbr_stripe *stripe = &domain->stripes[i];
		const bool told = counted_alike(&stripe->counts, &stripe->told);

		ck_assert_int_eq(nbr_account_is_told(stripe), told);
		all &= told;
	}
	return all;
}

static void check_waiting(struct nbr_domain *domain, uint64_t objects, uint64_t bytes)
{
	ck_assert_uint_eq(nbr_backlog(domain).objects, objects);
	ck_assert_uint_eq(nbr_backlog(domain).bytes, bytes);
	ck_assert_uint_eq(stats_of(domain).pending_objects, objects);
	ck_assert_uint_eq(stats_of(domain).pending_bytes, bytes);
}

static struct nbr_domain *make_alone(struct nbr_config config)
{
	config.flags |= NBR_NO_THREAD;
	return make(NBR_BP, config);
}

/* Sums are exact, told or not. */
START_TEST(test_tell_objects)
{
	struct nbr_domain *domain = make_alone((struct nbr_config){0});
	const uint64_t most = domain->tell_objects - 1;

	ck_assert_uint_ge(most, 2);
	ck_assert(!queued(domain, 3, most, 0));
	ck_assert_uint_eq(nbr_known_queued(domain).objects, 0);
	ck_assert(!is_told(domain));
	check_waiting(domain, most, 0);
	ck_assert(queued(domain, 3, 1, 5));
	ck_assert(is_told(domain));
	ck_assert_uint_eq(nbr_known_queued(domain).objects, most + 1);
	ck_assert_uint_eq(nbr_known_queued(domain).bytes, 5);
	check_waiting(domain, most + 1, 5);
	freed(domain, 4, most, 0);
	ck_assert(!is_told(domain));
	ck_assert_uint_eq(nbr_estimate(domain).objects, most + 1);
	check_waiting(domain, 1, 5);
	freed(domain, 4, 1, 5);
	ck_assert_uint_eq(nbr_estimate(domain).objects, 0);
	ck_assert_uint_eq(nbr_estimate(domain).bytes, 0);
	check_waiting(domain, 0, 0);
	ck_assert_uint_eq(stats_of(domain).freed_objects, most + 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

START_TEST(test_tell_bytes)
{
	struct nbr_domain *domain = make_alone((struct nbr_config){.limit_bytes = (size_t)1 << 40});
	const uint64_t most = domain->tell_bytes - 1;

	ck_assert_uint_ge(most, 2);
	ck_assert(!queued(domain, 3, 1, most));
	ck_assert(queued(domain, 3, 0, 1));
	ck_assert_uint_eq(nbr_estimate(domain).objects, 1);
	ck_assert_uint_eq(nbr_estimate(domain).bytes, most + 1);
	freed(domain, 3, 1, most);
	ck_assert_uint_eq(nbr_estimate(domain).bytes, most + 1);
	check_waiting(domain, 0, 1);
	freed(domain, 3, 0, 1);
	ck_assert_uint_eq(nbr_estimate(domain).bytes, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* Where limits are narrow everything is told at once; where they are wide, what is not told
 * is an eighth of them at most. */
START_TEST(test_slack)
{
	static const size_t limits[] = {1, 2, 60, 1000, 10000, 100000, 1000000, (size_t)1 << 30, (size_t)1 << 40};
	bool at_once = false, late = false;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct nbr_domain *domain =
			make_alone((struct nbr_config){.limit_objects = limits[i], .limit_bytes = limits[i]});
		uint64_t stripes = (uint64_t)domain->stripe_mask + 1;

		ck_assert_uint_le(stripes * (domain->tell_objects - 1), limits[i] / 8);
		ck_assert_uint_le(stripes * (domain->tell_bytes - 1), limits[i] / 8);
		ck_assert(domain->tell_objects == 1 || domain->tell_objects >= BATCH);
		at_once = at_once || (domain->tell_objects == 1 && domain->tell_bytes == 1);
		late = late || (domain->tell_objects > 1 && domain->tell_bytes > 1);
		ck_assert_int_eq(nbr_domain_unref(domain), 0);
	}
	ck_assert(at_once && late);
}
END_TEST

/* One stripe tells what was freed before another tells that it was queued. */
START_TEST(test_freed_is_told_first)
{
	struct nbr_domain *domain = make_alone((struct nbr_config){0});

	queued(domain, 3, 100, 1000);
	freed(domain, 4, 100, 1000);
	tell(domain, 4);
	ck_assert_uint_eq(nbr_estimate(domain).objects, 0);
	ck_assert_uint_eq(nbr_estimate(domain).bytes, 0);
	ck_assert_uint_eq(atomic_load(&domain->level), 0);
	check_waiting(domain, 0, 0);
	tell(domain, 3);
	ck_assert_uint_eq(nbr_estimate(domain).objects, 0);
	ck_assert(is_told(domain));
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* Up over a threshold, and down again. */
static void check_level(struct nbr_domain *domain, uint64_t objects, uint64_t bytes, unsigned below, unsigned from)
{
	ck_assert_uint_eq(atomic_load(&domain->level), 0);
	nbr_account_queued_directly(domain, objects - (objects != 0), bytes - (bytes != 0));
	ck_assert_uint_eq(atomic_load(&domain->level), below);
	nbr_account_queued_directly(domain, objects != 0, bytes != 0);
	ck_assert_uint_eq(atomic_load(&domain->level), from);
	nbr_account_freed_directly(domain, objects != 0, bytes != 0);
	ck_assert_uint_eq(atomic_load(&domain->level), below);
	nbr_account_freed_directly(domain, objects - (objects != 0), bytes - (bytes != 0));
	ck_assert_uint_eq(atomic_load(&domain->level), 0);
}

START_TEST(test_level)
{
	struct nbr_domain *domain =
		make_alone((struct nbr_config){.assist = 100, .limit_objects = 100000, .limit_bytes = 8000});
	const unsigned pressed = NBR_PRESSED | NBR_PRESSED_FOR_SLICES;

	check_level(domain, 100, 0, 0, NBR_PRESSED);
	check_level(domain, 800, 0, NBR_PRESSED, pressed);
	check_level(domain, 3200, 0, pressed, pressed | NBR_TURNS);
	check_level(domain, 50000, 0, pressed | NBR_TURNS, pressed | NBR_TURNS | NBR_NEAR);
	check_level(domain, 0, 2000, 0, pressed);
	check_level(domain, 0, 4000, pressed, pressed | NBR_NEAR);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* ---- At once --------------------------------------------------------------- */

struct walker {
	struct nbr_domain *domain;
	unsigned rounds;
	_Atomic unsigned begun, ended; /* rounds */
};

/* Spins, as the two are to begin at the same moment where there are processors for both. */
static void await_round(_Atomic unsigned *rounds, unsigned number)
{
	unsigned looks;

	for (looks = 0; atomic_load(rounds) != number; looks++)
		if (looks >= 1000)
			(void)sched_yield();
}

/* Goes over a threshold, as the other one goes back. */
static void *walker_main(void *arg)
{
	struct walker *walker = arg;
	unsigned i;

	for (i = 1; i <= walker->rounds; i++) {
		await_round(&walker->begun, i);
		nbr_account_queued_directly(walker->domain, 1, 0);
		atomic_store(&walker->ended, i);
	}
	return NULL;
}

/* Whoever comes last, the level is right when both are through. */
START_TEST(test_level_at_once)
{
	struct nbr_domain *domain = make_alone((struct nbr_config){.assist = 100});
	struct walker walker = {domain, (unsigned)test_rounds(20000, 1000), 0, 0};
	unsigned i, wrong = 0;
	pthread_t thread;

	nbr_account_queued_directly(domain, 99, 0);
	thread = spawn(walker_main, &walker);
	for (i = 1; i <= walker.rounds; i++) {
		atomic_store(&walker.begun, i);
		nbr_account_freed_directly(domain, 1, 0);
		await_round(&walker.ended, i);
		wrong += atomic_load(&domain->level) != 0;
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(wrong, 0);
	nbr_account_freed_directly(domain, 99, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

struct mover {
	struct nbr_domain *domain;
	_Atomic bool stop;
};

/* Queues in one stripe and frees in another, all the time; nobody else holds them. */
static void *mover_main(void *arg)
{
	struct mover *mover = arg;
	struct nbr_stripe *from = &mover->domain->stripes[1], *to = &mover->domain->stripes[2];

	while (!atomic_load(&mover->stop)) {
		atomic_store(&from->retired, atomic_load(&from->retired) + 1);
		(void)nbr_account_queued(mover->domain, from, 1, 1);
		nbr_account_freed(mover->domain, to, 1, 1);
	}
	return NULL;
}

/* What is freed is found among what was queued, and among what was retired. */
START_TEST(test_sums_in_order)
{
	struct nbr_domain *domain = make_alone((struct nbr_config){0});
	struct mover mover = {domain, false};
	unsigned i, wrong = 0;
	pthread_t thread = spawn(mover_main, &mover);

	for (i = 0; i < 200000; i++) {
		struct nbr_amount waiting = nbr_backlog(domain);

		wrong += (int64_t)waiting.objects < 0 || (int64_t)waiting.bytes < 0;
		wrong += (int64_t)nbr_pending(domain) < 0;
	}
	atomic_store(&mover.stop, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(wrong, 0);
	check_waiting(domain, 0, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

#define CROWD 16
#define EACH 3000

struct member {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	_Atomic unsigned *left; /* members that are not done */
};

static void free_nothing(void *object, void *arg)
{
	(void)object;
	(void)arg;
}

static void *member_main(void *arg)
{
	struct member *member = arg;
	unsigned i;

	thread_in(member->flavor);
	for (i = 0; i < EACH; i++) {
		nbr_enter(member->domain);
		retire_with(member->domain, free_nothing, NULL, NULL, i % 100);
		section_out(member->domain, member->flavor);
	}
	thread_out(member->flavor);
	atomic_fetch_sub(member->left, 1);
	return NULL;
}

/* Whoever adds up while others count finds no more freed than queued, and no more queued than
 * retired; and in the end everything is freed, and told. */
START_TEST(test_sums_meanwhile)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.assist = 1000});
	_Atomic unsigned left = CROWD;
	struct member member = {domain, flavor, &left};
	const uint64_t all = (uint64_t)CROWD * EACH, bytes = all / 100 * (99 * 100 / 2);
	pthread_t threads[CROWD];
	unsigned i, wrong = 0;

	for (i = 0; i < CROWD; i++)
		threads[i] = spawn(member_main, &member);
	while (atomic_load(&left) != 0) {
		struct nbr_stats stats = stats_of(domain);
		struct nbr_amount waiting = nbr_backlog(domain);

		wrong += stats.pending_objects > all || stats.pending_bytes > bytes;
		wrong += waiting.objects > all || waiting.bytes > bytes;
		(void)sched_yield();
	}
	for (i = 0; i < CROWD; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	check_waiting(domain, 0, 0);
	ck_assert_uint_eq(stats_of(domain).freed_objects, all);
	ck_assert_uint_eq(stats_of(domain).freed_bytes, bytes);
	/* The last were freed by the barrier; a second one tells it. */
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert(is_told(domain));
	ck_assert_uint_eq(nbr_estimate(domain).objects, 0);
	ck_assert_uint_eq(atomic_load(&domain->level), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* ---- Limits ---------------------------------------------------------------- */

/* So wide that stripes tell late. */
static struct nbr_domain *make_wide(struct nbr_config config)
{
	struct nbr_domain *domain = make_alone(config);
	size_t stripes = domain->stripe_mask + 1;

	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	config.limit_objects = stripes * 8 * 16 * BATCH;
	domain = make_alone(config);
	ck_assert_uint_eq(domain->tell_objects, 16 * BATCH);
	return domain;
}

/* What stands in other stripes and is not told counts as well. */
START_TEST(test_limit_beside_untold)
{
	struct nbr_domain *domain = make_wide((struct nbr_config){0});
	const uint64_t limit = domain->limit_objects, untold = domain->tell_objects - 1;
	uint64_t others = 0, own;
	unsigned i;

	for (i = 1; i <= domain->stripe_mask; i++, others += untold)
		ck_assert(!queued(domain, i, untold, 0));
	for (own = 0; !nbr_at_limit(domain, 0); own++) {
		ck_assert_uint_lt(others + own, limit);
		queued(domain, 0, 1, 0);
	}
	ck_assert_uint_eq(others + own, limit);
	ck_assert_uint_le(nbr_estimate(domain).objects, limit - others);
	ck_assert(nbr_seems_full(domain));
	ck_assert_int_eq(nbr_admit(domain, 0), -ENOBUFS);
	/* Freed and not told is freed. */
	freed(domain, 1, 1, 0);
	ck_assert_int_eq(nbr_admit(domain, 0), 0);
	ck_assert(!nbr_seems_full(domain));
	freed(domain, 0, others + own - 1, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* Without a batch that nears the limit: something large. */
START_TEST(test_room_beside_untold)
{
	struct nbr_domain *domain = make_alone((struct nbr_config){.limit_bytes = (size_t)1 << 40});
	const uint64_t limit = domain->limit_bytes, untold = domain->tell_bytes - 1;

	ck_assert(!queued(domain, 1, 1, untold));
	ck_assert(!queued(domain, 2, 1, untold));
	ck_assert_int_eq(nbr_admit(domain, limit - 2 * untold), 0);
	ck_assert_int_eq(nbr_admit(domain, limit - 2 * untold + 1), -ENOBUFS);
	freed(domain, 3, 2, 2 * untold);
	ck_assert_int_eq(nbr_admit(domain, limit + 1), 0); /* nothing waits: any size */
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

#define FILLERS 8

/* Retires until it is refused; the objects that it did. */
static void *filler_main(void *domain)
{
	struct nbr_ticket ticket;
	uintptr_t n;

	nbr_enter(domain);
	for (n = 0; nbr_reserve(domain, NBR_REPLACES, &ticket) == 0; n++)
		nbr_retire_object(domain, &ticket, free_nothing, NULL, NULL, 0);
	nbr_leave(domain);
	return (void *)n;
}

/* More threads than processors, and nothing is freed: all of them together pass the limit by
 * the batches that they had begun. */
START_TEST(test_limit_of_all)
{
	struct nbr_domain *domain = make_wide((struct nbr_config){0});
	pthread_t threads[FILLERS];
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < FILLERS; i++)
		threads[i] = spawn(filler_main, domain);
	for (i = 0; i < FILLERS; i++) {
		void *n;

		ck_assert_int_eq(pthread_join(threads[i], &n), 0);
		sum += (uintptr_t)n;
	}
	ck_assert_uint_eq(stats_of(domain).pending_objects, sum);
	ck_assert_uint_ge(sum, domain->limit_objects);
	ck_assert_uint_le(sum, domain->limit_objects + (uint64_t)FILLERS * 2 * BATCH);
	ck_assert_int_eq(nbr_reclaim(domain), (long)sum);
	ck_assert_uint_eq(stats_of(domain).pending_objects, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* ---- Idle ------------------------------------------------------------------ */

/* Nothing is left untold where nothing goes on: the clock tells it, or who waits does. */
START_TEST(test_told_when_idle)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	const unsigned flags = _i % 2 != 0 ? NBR_NO_THREAD : 0;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = flags});

	thread_in(flavor);
	retire_fillers(domain, flavor, 3 * BATCH + 1);
	ck_assert_uint_eq(stats_of(domain).pending_objects + stats_of(domain).freed_objects, 3 * BATCH + 1);
	if (flags == 0)
		ck_assert_int_eq(nbr_synchronize(domain), 0);
	else
		ck_assert_int_ge(nbr_reclaim(domain), 0);
	ck_assert_uint_eq(nbr_known_queued(domain).objects, 3 * BATCH + 1);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert(is_told(domain));
	ck_assert_uint_eq(nbr_estimate(domain).objects, 0);
	/* Where nothing was retired since, too. */
	nbr_account_queued_directly(domain, 5, 50);
	freed(domain, 7, 5, 50);
	ck_assert(!is_told(domain));
	if (flags == 0)
		ck_assert_int_eq(nbr_synchronize(domain), 0);
	else
		ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert(is_told(domain));
	ck_assert_uint_eq(nbr_estimate(domain).bytes, 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

void add_account(TCase *tcase)
{
	tcase_add_test(tcase, test_tell_objects);
	tcase_add_test(tcase, test_tell_bytes);
	tcase_add_test(tcase, test_slack);
	tcase_add_test(tcase, test_freed_is_told_first);
	tcase_add_test(tcase, test_level);
	tcase_add_test(tcase, test_level_at_once);
	tcase_add_test(tcase, test_sums_in_order);
	tcase_add_loop_test(tcase, test_sums_meanwhile, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_limit_beside_untold);
	tcase_add_test(tcase, test_room_beside_untold);
	tcase_add_test(tcase, test_limit_of_all);
	tcase_add_loop_test(tcase, test_told_when_idle, 0, 2 * NBR_FLAVORS);
}
