/*
 * count: the numbers of threads (number.h), the counts that they stripe (count.h), and
 * the claims that they pass on in batches (claims.h).
 *
 * A count is made by hand, with fewer stripes than there are threads, so that
 * some threads have a tally of their own and others share one.  Numbers are
 * handed out by the process: a test asks only what holds whatever other threads
 * have had them before.
 *
 * Threads are kept alive together by barriers, never by time.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core_build.h"
#include "count.h"
#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "number.h"
#include "run.h"
#include "tuning.h"

#define THREADS 12u

/* ---- Threads that live together ----------------------------------------- */

/* Each runs `work` when all are there, and ends when all are done. */
struct gathering {
	unsigned threads;
	void (*work)(struct gathering *gathering, unsigned index);
	pthread_barrier_t all;
	pthread_t id[THREADS];
	unsigned number[THREADS];
	struct nb_count *count;
	uint64_t rounds;
	bool widens;
	_Atomic unsigned next, working;
};

static void *gathered(void *arg)
{
	struct gathering *gathering = arg;
	unsigned index = atomic_fetch_add(&gathering->next, 1);

	pthread_barrier_wait(&gathering->all);
	gathering->number[index] = nb_number();
	if (gathering->work)
		gathering->work(gathering, index);
	atomic_fetch_sub(&gathering->working, 1);
	crew_check(gathering->number[index] == nb_number());
	pthread_barrier_wait(&gathering->all);
	return NULL;
}

static void gather(struct gathering *gathering)
{
	atomic_store(&gathering->next, 0);
	atomic_store(&gathering->working, gathering->threads);
	ck_assert_int_eq(pthread_barrier_init(&gathering->all, NULL, gathering->threads), 0);
	for (unsigned i = 0; i < gathering->threads; i++)
		ck_assert_int_eq(pthread_create(&gathering->id[i], NULL, gathered, gathering), 0);
}

static void disperse(struct gathering *gathering)
{
	for (unsigned i = 0; i < gathering->threads; i++)
		ck_assert_int_eq(pthread_join(gathering->id[i], NULL), 0);
	pthread_barrier_destroy(&gathering->all);
}

/* ---- Numbers ------------------------------------------------------------ */

START_TEST(test_numbers_of_running_threads_differ)
{
	struct gathering gathering = {.threads = THREADS};
	unsigned own = nb_number();

	for (uint64_t turn = test_rounds(20, 3); turn; turn--) {
		bool met[NB_NUMBERS] = {false};

		gather(&gathering);
		disperse(&gathering);
		met[own] = true;
		for (unsigned i = 0; i < THREADS; i++) {
			ck_assert_uint_lt(gathering.number[i], nb_number_end());
			ck_assert(!met[gathering.number[i]]);
			met[gathering.number[i]] = true;
		}
		/* Dense: those of an earlier turn were given again. */
		for (unsigned number = 0; number <= THREADS; number++)
			ck_assert_msg(met[number], "number %u was left out", number);
		ck_assert_uint_eq(nb_number(), own);
		ck_assert_uint_gt(nb_number_end(), THREADS);
	}
}
END_TEST

static void *say_number(void *number)
{
	*(unsigned *)number = nb_number();
	return NULL;
}

static unsigned number_of_new_thread(void)
{
	unsigned number;
	pthread_t id;

	ck_assert_int_eq(pthread_create(&id, NULL, say_number, &number), 0);
	ck_assert_int_eq(pthread_join(id, NULL), 0);
	return number;
}

/* A thread that takes its number when it is told to, and ends when it is told to. */
struct puppet {
	pthread_t id;
	pthread_barrier_t told;
	unsigned number;
};

static void *dance(void *arg)
{
	struct puppet *puppet = arg;

	puppet->number = nb_number();
	pthread_barrier_wait(&puppet->told);
	pthread_barrier_wait(&puppet->told);
	return NULL;
}

static void start_puppet(struct puppet *puppet)
{
	ck_assert_int_eq(pthread_barrier_init(&puppet->told, NULL, 2), 0);
	ck_assert_int_eq(pthread_create(&puppet->id, NULL, dance, puppet), 0);
	pthread_barrier_wait(&puppet->told);
}

static void end_puppet(struct puppet *puppet)
{
	pthread_barrier_wait(&puppet->told);
	ck_assert_int_eq(pthread_join(puppet->id, NULL), 0);
	pthread_barrier_destroy(&puppet->told);
}

/* Above 64 too, where the next word of the set begins. */
START_TEST(test_the_lowest_free_number_is_given)
{
	enum { PUPPETS = 70 };
	struct puppet puppet[PUPPETS], again[3];
	static const unsigned ends[] = {66, 3, 40};

	(void)nb_number();
	for (unsigned i = 0; i < PUPPETS; i++) {
		start_puppet(&puppet[i]);
		ck_assert(!i || puppet[i].number == puppet[i - 1].number + 1);
	}
	ck_assert_uint_eq(number_of_new_thread(), puppet[PUPPETS - 1].number + 1);
	for (unsigned i = 0; i < 3; i++)
		end_puppet(&puppet[ends[i]]);
	start_puppet(&again[0]);
	start_puppet(&again[1]);
	start_puppet(&again[2]);
	ck_assert_uint_eq(again[0].number, puppet[3].number);
	ck_assert_uint_eq(again[1].number, puppet[40].number);
	ck_assert_uint_eq(again[2].number, puppet[66].number);
	for (unsigned i = 0; i < 3; i++) {
		end_puppet(&again[i]);
		start_puppet(&puppet[ends[i]]);
	}
	for (unsigned i = 0; i < PUPPETS; i++)
		end_puppet(&puppet[i]);
	ck_assert_uint_gt(nb_number_end(), puppet[PUPPETS - 1].number + 1);
}
END_TEST

/* Only a thread that asks has one. */
static void *stay_silent(void *arg)
{
	return arg;
}

START_TEST(test_a_thread_that_counts_nothing_takes_none)
{
	struct puppet puppet;
	unsigned free_number = number_of_new_thread();
	pthread_t id;

	ck_assert_int_eq(pthread_create(&id, NULL, stay_silent, NULL), 0);
	start_puppet(&puppet);
	ck_assert_uint_eq(puppet.number, free_number);
	ck_assert_int_eq(pthread_join(id, NULL), 0);
	end_puppet(&puppet);
}
END_TEST

/* What a thread does after its number was given back, and taken by another. */
static pthread_key_t afterwards;
static struct nbmap_u64 *late_map;
static unsigned number_in_life, number_afterwards;

static void use_map_late(void *arg)
{
	struct puppet heir;

	(void)arg;
	start_puppet(&heir);
	crew_check(heir.number == number_in_life);
	number_afterwards = nb_number();
	crew_check(number_afterwards != heir.number);
	nbmap_u64_enter(late_map);
	for (uint64_t key = 0; key < 3000; key++)
		crew_check(!nbmap_u64_put(late_map, key, nbmap_int(key), NULL));
	nbmap_u64_leave(late_map);
	end_puppet(&heir);
}

static void *leave_work(void *arg)
{
	number_in_life = nb_number();
	pthread_setspecific(afterwards, arg);
	return NULL;
}

START_TEST(test_a_map_used_while_the_thread_ends)
{
	struct nbmap_config config = {.flags = NBMAP_NO_THREAD, .capacity = 2 * NB_STRIPE_SLOTS};
	unsigned free_number;
	pthread_t id;

	/* Our key after that of number.c: destructors run in the order of their keys. */
	free_number = number_of_new_thread();
	ck_assert_int_eq(pthread_key_create(&afterwards, use_map_late), 0);
	ck_assert_int_eq(nbmap_u64_new(&late_map, &config), 0);
	for (unsigned turn = 0; turn < 3; turn++) {
		ck_assert_int_eq(pthread_create(&id, NULL, leave_work, late_map), 0);
		ck_assert_int_eq(pthread_join(id, NULL), 0);
		ck_assert_uint_eq(number_in_life, free_number);
		ck_assert_uint_lt(number_afterwards, NB_NUMBERS);
		/* That was given back as well. */
		ck_assert_uint_eq(number_of_new_thread(), free_number);
	}
	nbmap_u64_enter(late_map);
	ck_assert_uint_eq(nbmap_u64_count(late_map), 3000);
	nbmap_u64_leave(late_map);
	ck_assert_int_eq(nbmap_u64_destroy(late_map), 0);
	pthread_key_delete(afterwards);
}
END_TEST

/* ---- Counts ------------------------------------------------------------- */

/* Bring stripes, beside those that there are. */
static void widen(struct nb_count *count, size_t stripes)
{
	struct nb_stripes *wide = aligned_alloc(_Alignof(struct nb_stripes), nb_stripes_size(stripes));

	crew_check(wide != NULL);
	memset(wide, 0, nb_stripes_size(stripes));
	nb_stripes_begin(wide, stripes, nb_load_relaxed(&count->wide));
	nb_store_release(&count->wide, wide);
}

static struct nb_count *count_new_wide(size_t stripes)
{
	struct nb_count *count = calloc(1, sizeof(*count));

	ck_assert_ptr_nonnull(count);
	if (stripes)
		widen(count, stripes);
	return count;
}

static void count_drop(struct nb_count *count)
{
	struct nb_stripes *wide = nb_load_relaxed(&count->wide);

	while (wide) {
		struct nb_stripes *older = wide->older;

		free(wide);
		wide = older;
	}
	free(count);
}

/* Numbers 0 to stripes - 1 have a tally of their own, which no other thread has; the rest share. */
static void find_tally(struct gathering *gathering, unsigned index)
{
	struct nb_stripes *wide = nb_load_relaxed(&gathering->count->wide);
	unsigned number = gathering->number[index];
	bool own;
	struct nb_tally *tally = nb_count_tally(gathering->count, &own);

	if (!wide)
		crew_check(tally == &gathering->count->first && !own);
	else if (number <= wide->mask)
		crew_check(tally == &wide->stripe[number].own && own);
	else
		crew_check(tally == &wide->stripe[number & wide->mask].shared && !own);
}

static const size_t widths[] = {0, 1, 2, 4, 8, 64};
#define WIDTHS (int)(sizeof(widths) / sizeof(*widths))

START_TEST(test_who_counts_where)
{
	struct gathering gathering = {.threads = THREADS, .work = find_tally};

	gathering.count = count_new_wide(widths[_i]);
	gather(&gathering);
	disperse(&gathering);
	count_drop(gathering.count);
}
END_TEST

/* In a tally of one's own nothing comes between. */
static void add_and_remove(struct gathering *gathering, unsigned index)
{
	struct nb_stripes *wide = nb_load_relaxed(&gathering->count->wide);
	bool own = wide && gathering->number[index] <= wide->mask;
	uint64_t added = nb_count_add(gathering->count, 0), removed = nb_count_remove(gathering->count, 0);

	for (uint64_t n = 0; n < gathering->rounds; n++) {
		uint64_t by = 1 + n % 3, sum = nb_count_add(gathering->count, by);

		crew_check(own ? sum == added + by : sum >= added + by);
		added = sum;
		if (n % 2)
			continue;
		sum = nb_count_remove(gathering->count, by);
		crew_check(own ? sum == removed + by : sum >= removed + by);
		removed = sum;
	}
}

/* What `rounds` rounds leave. */
static uint64_t left_of(uint64_t rounds)
{
	uint64_t left = 0;

	for (uint64_t n = 1; n < rounds; n += 2)
		left += 1 + n % 3;
	return left;
}

/* Twice: the second threads have the numbers, and go on with the tallies, of the first. */
START_TEST(test_sums_are_exact_after_the_threads)
{
	struct gathering gathering = {.threads = THREADS, .work = add_and_remove, .rounds = test_rounds(3000, 300)};

	gathering.count = count_new_wide(widths[_i]);
	for (uint64_t turn = 1; turn <= test_rounds(4, 2); turn++) {
		gather(&gathering);
		disperse(&gathering);
		ck_assert_uint_eq(nb_count_sum(gathering.count), turn * THREADS * left_of(gathering.rounds));
	}
	count_drop(gathering.count);
}
END_TEST

/* Add, remove; so at any time at most one a thread is there, and one that stays. */
static void come_and_go(struct gathering *gathering, unsigned index)
{
	(void)index;
	for (uint64_t n = 0; n < gathering->rounds; n++) {
		nb_count_add(gathering->count, 1);
		nb_count_remove(gathering->count, 1);
	}
}

/* What threads add elsewhere than they remove it: an addition is handed on to the next. */
static _Atomic uint64_t in_hand;

static void hand_on(struct gathering *gathering, unsigned index)
{
	for (uint64_t n = 0; n < gathering->rounds; n++) {
		uint64_t there = atomic_load(&in_hand);

		if (gathering->widens && index == 0 && n % (gathering->rounds / 5) == 1)
			widen(gathering->count, (size_t)1 << n * 5 / gathering->rounds);
		if (index % 2) {
			nb_count_add(gathering->count, 1);
			atomic_fetch_add(&in_hand, 1);
		} else if (there && atomic_compare_exchange_strong(&in_hand, &there, there - 1)) {
			nb_count_remove(gathering->count, 1);
		}
	}
}

START_TEST(test_a_sum_is_never_below_the_truth)
{
	struct gathering gathering = {.threads = 8, .rounds = test_rounds(20000, 1000)};
	uint64_t base;

	gathering.work = _i % 3 ? hand_on : come_and_go;
	gathering.widens = _i % 3 == 2;
	gathering.count = count_new_wide(widths[_i / 3]);
	in_hand = 0;
	nb_count_add(gathering.count, 7);
	gather(&gathering);
	do {
		uint64_t sum = nb_count_sum(gathering.count);

		/* Those 7 were there throughout; a sum below them would be a huge number, or a smaller one. */
		crew_check(sum >= 7 && sum <= 7 + gathering.threads * gathering.rounds);
	} while (atomic_load(&gathering.working));
	disperse(&gathering);
	base = _i % 3 ? in_hand : 0;
	ck_assert_uint_eq(nb_count_sum(gathering.count), 7 + base);
	count_drop(gathering.count);
}
END_TEST

/* Stripes that are brought while threads count, and more of them later. */
static void bring_stripes(struct gathering *gathering, unsigned index)
{
	for (uint64_t n = 0; n < gathering->rounds; n++) {
		nb_count_add(gathering->count, 2);
		if (index == 0 && n % (gathering->rounds / 3) == 1)
			widen(gathering->count, (size_t)1 << (1 + n * 3 / gathering->rounds));
		nb_count_remove(gathering->count, 1);
	}
}

START_TEST(test_stripes_that_come_later)
{
	struct gathering gathering = {.threads = THREADS, .work = bring_stripes, .rounds = test_rounds(3000, 300)};

	gathering.count = count_new_wide(0);
	gather(&gathering);
	disperse(&gathering);
	ck_assert_uint_eq(nb_load_relaxed(&gathering.count->wide)->mask, 7);
	ck_assert_uint_eq(nb_count_sum(gathering.count), THREADS * gathering.rounds);
	count_drop(gathering.count);
}
END_TEST

START_TEST(test_how_many_stripes)
{
	size_t before = 1;

	ck_assert_uint_eq(nb_count_stripes(0), 1);
	ck_assert_uint_eq(nb_count_stripes(NB_STRIPE_SLOTS - 1), 1);
	for (size_t slots = 1; slots; slots *= 2) {
		size_t stripes = nb_count_stripes(slots);

		ck_assert_uint_eq(stripes & (stripes - 1), 0);
		ck_assert_uint_ge(stripes, before);
		ck_assert_uint_le(stripes, NB_MAX_TALLIES);
		/* An eighth of the table's bytes. */
		ck_assert(stripes == 1 || NB_TALLY_SLOTS * stripes <= slots);
		before = stripes;
	}
	ck_assert_uint_ge(before, 2);
	ck_assert(before == NB_MAX_TALLIES || before >= nb_number_end());
}
END_TEST

/* A look at the sums costs a word read for each removal at most, whoever removes, and none is put off for long. */
START_TEST(test_looks_at_the_sums_are_spread)
{
	enum { NUMBERS = 256, REMOVALS = 1 << 18 };
	struct nb_count *count = count_new_wide(NUMBERS);
	unsigned known = nb_number_known, used = _i ? NUMBERS : 1;
	uint64_t spacing = nb_count_spacing(count), looks = 0, since = 0, longest = 0;

	ck_assert_uint_ge(spacing + 1, 2 * NUMBERS);
	for (unsigned i = 0; i < REMOVALS; i++) {
		nb_number_known = i % used + 1;
		if (nb_count_remove(count, 1) & spacing) {
			since++;
			continue;
		}
		looks++;
		longest = since > longest ? since : longest;
		since = 0;
	}
	nb_number_known = known;
	ck_assert_uint_eq(looks, REMOVALS / (spacing + 1));
	/* In step they would all look at once, and then not for all of their spacings. */
	ck_assert_uint_lt(longest, 8 * (spacing + 1));
	count_drop(count);
}
END_TEST

/* ---- Claims ------------------------------------------------------------- */

struct hand_made_claims {
	struct nb_claims claims;
	struct nb_claims_tally tally[24];
};

static struct nb_claims *claims_make(struct hand_made_claims *made, size_t sharers, size_t threads, uint64_t keep)
{
	memset(made, 0, sizeof(*made));
	ck_assert_uint_le(sharers + threads, sizeof(made->tally) / sizeof(*made->tally));
	made->claims.shared = made->tally;
	made->claims.share_mask = (uint32_t)sharers - 1;
	made->claims.threads = (uint32_t)threads;
	made->claims.keep = keep;
	return &made->claims;
}

/* An own tally is passed on when it is a batch, and the thread is told so then alone. */
START_TEST(test_claims_are_passed_on_in_batches)
{
	struct hand_made_claims made;
	struct nb_claims *claims = claims_make(&made, 2, 4, 7);
	unsigned known = nb_number_known;

	nb_number_known = 3 + 1;
	for (uint64_t n = 1; n <= 64; n++) {
		uint64_t stands = nb_claims_add(claims, 1);

		ck_assert_uint_eq(nb_load_relaxed(&claims->shared[1].n), n / 8 * 8);
		ck_assert_uint_eq(nb_load_relaxed(&nb_claims_own(claims)[3].n), n % 8);
		ck_assert_uint_eq(nb_claims_sum(claims), n);
		ck_assert_uint_eq(nb_claims_seen(claims), n / 8 * 8);
		ck_assert_uint_eq(!(stands & 7), n % 8 == 0);
		ck_assert_uint_eq(!(stands & 31), n % 32 == 0);
	}
	nb_number_known = known;
}
END_TEST

/* Threads with tallies and without, in any order: each multiple that a shared tally passes is told once. */
START_TEST(test_no_check_of_the_load_is_missed)
{
	struct hand_made_claims made;
	struct nb_claims *claims = claims_make(&made, 2, (size_t)4 << _i % 3, ((uint64_t)1 << _i) - 1);
	const uint64_t mask = 63;
	unsigned known = nb_number_known;
	uint64_t random = test_seed() + (uint64_t)_i, due = 0, total = 0;

	for (unsigned i = 0; i < 20000; i++) {
		unsigned number;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		number = (unsigned)(random >> 40) % 24;
		nb_number_known = number + 1;
		due += !(nb_claims_add(claims, 1) & mask);
		ck_assert_uint_eq(nb_claims_sum(claims), ++total);
		ck_assert_uint_eq(due, nb_load_relaxed(&claims->shared[0].n) / (mask + 1) +
					       nb_load_relaxed(&claims->shared[1].n) / (mask + 1));
	}
	nb_number_known = known;
}
END_TEST

/* Nor when some count several at once; then there are checks beside, but of single claims there are none. */
START_TEST(test_no_check_of_several_claims_is_missed)
{
	struct hand_made_claims made;
	struct nb_claims *claims = claims_make(&made, 2, (size_t)4 << _i % 3, ((uint64_t)1 << _i) - 1);
	const uint64_t mask = 63;
	unsigned known = nb_number_known;
	uint64_t random = test_seed() + (uint64_t)_i, passed[2] = {0}, several = 0, idle = 0;

	for (unsigned i = 0; i < 20000; i++) {
		uint64_t n, before = passed[0] + passed[1];
		bool due;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		nb_number_known = (unsigned)(random >> 40) % 24 + 1;
		n = 1 + (random >> 50) % 8;
		due = nb_claims_is_due(nb_claims_add(claims, n), mask, n);
		for (unsigned k = 0; k < 2; k++)
			passed[k] = nb_load_relaxed(&claims->shared[k].n) / (mask + 1);
		if (passed[0] + passed[1] != before)
			ck_assert(due);
		else if (n == 1)
			ck_assert(!due);
		several += n > 1;
		idle += due && passed[0] + passed[1] == before;
	}
	ck_assert_uint_gt(passed[0] + passed[1], 100);
	/* Few are for nothing. */
	ck_assert_uint_lt(idle, several / 8);
	nb_number_known = known;
}
END_TEST

static struct nb_claims *claimed_by_all;

static void claim(struct gathering *gathering, unsigned index)
{
	(void)index;
	for (uint64_t n = 0; n < gathering->rounds; n++)
		nb_claims_add(claimed_by_all, 1);
}

START_TEST(test_claims_of_threads_are_all_counted)
{
	struct gathering gathering = {.threads = THREADS, .work = claim, .rounds = test_rounds(3000, 300)};
	struct hand_made_claims made;

	claimed_by_all = claims_make(&made, (size_t)1 << _i, (size_t)4 << _i, 3);
	for (uint64_t turn = 1; turn <= test_rounds(4, 2); turn++) {
		gather(&gathering);
		disperse(&gathering);
		ck_assert_uint_eq(nb_claims_sum(claimed_by_all), turn * THREADS * gathering.rounds);
	}
}
END_TEST

/* What threads keep, and what is not looked at, is a share of the table whatever its size. */
START_TEST(test_a_table_can_be_overshot_by_little)
{
	enum { PUPPETS = 40 };
	struct puppet puppet[PUPPETS];
	struct core core;

	for (unsigned i = 0; i < PUPPETS; i++)
		start_puppet(&puppet[i]);
	core_open(&core, NB_INTEGER, false);
	for (size_t slots = NB_STRIPE_SLOTS / 2; slots <= NB_STRIPE_SLOTS << 9; slots += slots / 3) {
		struct nb_table *table = core_top(&core, slots / NB_LINE_SLOTS);
		const struct nb_claims *used = &table->used;
		size_t sharers = used->threads ? (size_t)used->share_mask + 1 : 1;

		ck_assert_uint_eq(sharers, table->lanes);
		ck_assert_uint_le(used->threads * used->keep + sharers * table->calm_mask, 2 * slots / NB_CHECKS);
		ck_assert_uint_eq(used->keep & ~table->calm_mask, 0);
		ck_assert(!used->threads || used->threads >= sharers);
		ck_assert(slots < NB_STRIPE_SLOTS << 7 || used->threads > PUPPETS);
	}
	core_close(&core);
	for (unsigned i = 0; i < PUPPETS; i++)
		end_puppet(&puppet[i]);
}
END_TEST

/* A chain's count gets more stripes with the next table that is large enough, when there are more threads. */
START_TEST(test_a_count_is_widened_again)
{
	static struct puppet puppet[NB_STRIPE_SLOTS / NB_TALLY_SLOTS + 1];
	unsigned puppets = 0;
	struct core core;
	struct nb_table *table;
	struct nb_stripes *first, *second;
	struct nb_count *live;
	size_t slots = NB_STRIPE_SLOTS;

	core_open(&core, NB_INTEGER, false);
	table = core_top(&core, slots / NB_LINE_SLOTS);
	live = &table->chain->live;
	first = nb_load_relaxed(&live->wide);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(first->older);
	core_live(&core, 3);
	while (nb_number_end() <= first->mask + 1)
		start_puppet(&puppet[puppets++]);
	for (; nb_count_stripes(slots) < NB_WIDEN * (first->mask + 1); slots *= 2) {
		table = core_link(&core, table, slots / NB_LINE_SLOTS);
		ck_assert_ptr_eq(nb_load_relaxed(&live->wide), first);
	}
	core_link(&core, table, slots / NB_LINE_SLOTS);
	second = nb_load_relaxed(&live->wide);
	ck_assert_uint_eq(second->mask + 1, nb_count_stripes(slots));
	ck_assert_ptr_eq(second->older, first);
	ck_assert_uint_eq(nb_count_sum(live), 3);
	core_live(&core, 4);
	ck_assert_uint_eq(nb_count_sum(live), 7);
	core_live(&core, -7);
	ck_assert_uint_eq(nb_count_sum(live), 0);
	core_close(&core);
	while (puppets)
		end_puppet(&puppet[--puppets]);
}
END_TEST

/* ---- A process that has run out of numbers ------------------------------ */

/* Threads beyond the last number.  That they share it, and count right, is said by
 * a byte: the exit status may be a leak checker's. */
static _Noreturn void outnumber(int report)
{
	struct gathering gathering = {.threads = 8, .work = add_and_remove, .rounds = test_rounds(3000, 300)};
	bool met[NB_NUMBERS] = {false};
	unsigned number = nb_number(), taken = 0;

	/* Numbers are taken for threads that this one plays, and never ended. */
	for (; number < NB_NUMBERS; number = nb_number_take(), taken++) {
		crew_check(!met[number]);
		met[number] = true;
	}
	crew_check(taken == NB_NUMBERS && nb_number_end() == NB_NUMBERS);
	crew_check(nb_number() == NB_NUMBERS);
	gathering.count = count_new_wide(NB_MAX_STRIPES);
	gather(&gathering);
	disperse(&gathering);
	for (unsigned i = 0; i < gathering.threads; i++)
		crew_check(gathering.number[i] == NB_NUMBERS);
	crew_check(nb_count_sum(gathering.count) == gathering.threads * left_of(gathering.rounds));
	count_drop(gathering.count);
	crew_check(write(report, "", 1) == 1);
	_exit(0);
}

START_TEST(test_more_threads_than_numbers)
{
	int pipes[2];
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(pipes), 0);
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child)
		outnumber(pipes[1]);
	close(pipes[1]);
	ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
	close(pipes[0]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

/* ---- The suite ---------------------------------------------------------- */

int main(void)
{
	Suite *suite = suite_create("count");
	TCase *numbers = tcase_create("numbers");
	TCase *counts = tcase_create("counts"), *claims = tcase_create("claims");

	nb_number_begin();
	tcase_add_test(numbers, test_numbers_of_running_threads_differ);
	tcase_add_test(numbers, test_the_lowest_free_number_is_given);
	tcase_add_test(numbers, test_a_thread_that_counts_nothing_takes_none);
	tcase_add_test(numbers, test_a_map_used_while_the_thread_ends);
	tcase_add_test(numbers, test_more_threads_than_numbers);
	tcase_set_timeout(numbers, 120);
	suite_add_tcase(suite, numbers);
	tcase_add_loop_test(counts, test_who_counts_where, 0, WIDTHS);
	tcase_add_loop_test(counts, test_sums_are_exact_after_the_threads, 0, WIDTHS);
	tcase_add_loop_test(counts, test_a_sum_is_never_below_the_truth, 0, 3 * WIDTHS);
	tcase_add_test(counts, test_stripes_that_come_later);
	tcase_add_test(counts, test_how_many_stripes);
	tcase_add_test(counts, test_a_count_is_widened_again);
	tcase_add_loop_test(counts, test_looks_at_the_sums_are_spread, 0, 2);
	tcase_set_timeout(counts, 120);
	suite_add_tcase(suite, counts);
	tcase_add_test(claims, test_claims_are_passed_on_in_batches);
	tcase_add_loop_test(claims, test_no_check_of_the_load_is_missed, 0, 6);
	tcase_add_loop_test(claims, test_no_check_of_several_claims_is_missed, 0, 6);
	tcase_add_loop_test(claims, test_claims_of_threads_are_all_counted, 0, 3);
	tcase_add_test(claims, test_a_table_can_be_overshot_by_little);
	tcase_set_timeout(claims, 120);
	suite_add_tcase(suite, claims);
	return test_run(suite);
}
