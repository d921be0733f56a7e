/*
 * forks: several at once, one asked for twice, one that was not announced, one
 * while the freer is giving memory back or a stall is reported, and those beside which
 * a domain is made or ended.
 *
 * A child tells the step that failed through a pipe, and ends by a signal; see
 * fork.c.  One that hangs is ended by an alarm, and has told nothing.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* names */
#endif
#include "fixture.h"

#include "domain.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_SECONDS 60

/* What a child does; 0, or the number of the step that failed. */
typedef int child_run(struct nbr_domain *domain);

static void child_main(child_run *run, struct nbr_domain *domain, int out)
{
	char step;

	alarm(CHILD_SECONDS);
	step = (char)run(domain);
	while (write(out, &step, 1) != 1)
		;
	kill(getpid(), SIGKILL);
}

/* The child's result, -1 if it had none.  By any thread. */
static int fork_one(child_run *run, struct nbr_domain *domain, void (*after)(void))
{
	char step = -1;
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child_main(run, domain, ends[1]);
	if (after != NULL)
		after();
	close(ends[1]);
	if (pid < 0 || read(ends[0], &step, 1) != 1)
		step = -1;
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return step;
}

/* A child that uses the domain, and ends it. */
static int child_uses(struct nbr_domain *domain)
{
	enum nbr_flavor flavor = nbr_domain_flavor(domain);
	static struct item items[2 * BATCH];
	size_t i;

	if (nbr_after_fork_child() != 0)
		return 1;
	thread_in(flavor);
	items_init(items, 2 * BATCH);
	retire_in_section(domain, flavor, items, 2 * BATCH);
	if (nbr_barrier(domain) != 0)
		return 2;
	for (i = 0; i < 2 * BATCH; i++)
		if (items[i].freed != 1)
			return 3;
	if (nbr_domain_unref(domain) != 0)
		return 4;
	thread_out(flavor);
	return blocks == 0 ? 0 : 5;
}

/* ---- Several at once ---------------------------------------------------- */

#define FORKERS 3

struct forker {
	struct nbr_domain *domain;
	pthread_barrier_t *together;
	int rounds;
	int worst;
};

static void *forker_main(void *arg)
{
	struct forker *forker = arg;
	int round;

	for (round = 0; round < forker->rounds; round++) {
		pthread_barrier_wait(forker->together);
		if (nbr_before_fork() != 0) {
			forker->worst = -2;
			continue;
		}
		if (forker->worst == 0)
			forker->worst = fork_one(child_uses, forker->domain, nbr_after_fork_parent);
	}
	return NULL;
}

START_TEST(test_together)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = FORK_FLAGS});
	struct forker forkers[FORKERS];
	pthread_t threads[FORKERS];
	pthread_barrier_t together;
	int i;

	ck_assert_int_eq(pthread_barrier_init(&together, NULL, FORKERS), 0);
	for (i = 0; i < FORKERS; i++) {
		forkers[i] = (struct forker){domain, &together, 5, 0};
		threads[i] = spawn(forker_main, &forkers[i]);
	}
	for (i = 0; i < FORKERS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(forkers[i].worst, 0);
	}
	pthread_barrier_destroy(&together);
	thread_in(flavor);
	retire_fillers(domain, flavor, BATCH);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	thread_out(flavor);
}
END_TEST

/* ---- Twice -------------------------------------------------------------- */

START_TEST(test_twice)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	const struct nbr_config config = {.flavor = flavor, .flags = FORK_FLAGS, .allocator = &counting};
	struct nbr_domain *domain = make(flavor, config), *another = NULL;
	int round;

	for (round = 0; round < 2; round++) {
		ck_assert_int_eq(nbr_before_fork(), 0);
		ck_assert_int_eq(nbr_before_fork(), -EDEADLK);
		/* It has all that these need. */
		ck_assert_int_eq(nbr_barrier(domain), -EDEADLK);
		ck_assert_int_eq(nbr_reclaim(domain), -EDEADLK);
		ck_assert_int_eq(nbr_synchronize(domain), -EDEADLK);
		ck_assert_int_eq(nbr_domain_unref(domain), -EDEADLK);
		ck_assert_int_eq(nbr_domain_new(&another, &config), -EDEADLK);
		ck_assert_int_eq(nbr_domain_shared(&another, flavor, false), -EDEADLK);
		ck_assert_int_eq(fork_one(child_uses, domain, nbr_after_fork_parent), 0);
	}
	/* A fork that was called off. */
	ck_assert_int_eq(nbr_before_fork(), 0);
	nbr_after_fork_parent();
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* ---- Not announced ------------------------------------------------------ */

static int child_unannounced(struct nbr_domain *domain)
{
	struct nbr_config config = {.flags = NBR_NO_THREAD};
	struct nbr_domain *another = NULL;

	if (nbr_check_outside(domain) != -ECHILD)
		return 1;
	if (nbr_barrier(domain) != -ECHILD || nbr_synchronize(domain) != -ECHILD || nbr_reclaim(domain) != -ECHILD)
		return 2;
	if (nbr_domain_new(&another, &config) != -ECHILD || nbr_domain_shared(&another, NBR_BP, false) != -ECHILD)
		return 3;
	if (nbr_before_fork() != -ECHILD)
		return 4;
	/* Not the last user, and the last. */
	nbr_domain_ref(domain);
	if (nbr_domain_unref(domain) != 0 || nbr_domain_unref(domain) != -ECHILD)
		return 5;
	return nbr_domain_users(domain) == 1 && another == NULL ? 0 : 6;
}

/* A child that has no domain of its parent's may have its own. */
static int child_of_none(struct nbr_domain *domain)
{
	struct nbr_config config = {.flags = FORK_FLAGS};

	if (nbr_domain_new(&domain, &config) != 0)
		return 1;
	if (nbr_barrier(domain) != 0)
		return 2;
	return nbr_domain_unref(domain) == 0 ? 0 : 3;
}

START_TEST(test_unannounced)
{
	enum nbr_flavor flavor = (enum nbr_flavor)(_i / 2);
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = _i % 2 != 0 ? NBR_NO_THREAD : 0});
	struct item item = {.payload = 7};

	thread_in(flavor);
	retire_in_section(domain, flavor, &item, 1);
	thread_out(flavor);
	ck_assert_int_eq(fork_one(child_unannounced, domain, NULL), 0);
	ck_assert_int_eq(nbr_barrier(domain), 0);
	ck_assert_int_eq(item.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert_int_eq(fork_one(child_of_none, NULL, NULL), 0);
}
END_TEST

/* ---- While the freer gives memory back ---------------------------------- */

static sem_t trim_entered;
static _Atomic bool trim_is_slow, trim_over;

/* The first block that a thread of the domain's gives back takes long. */
static void free_block(void *block, size_t size, void *arg)
{
	char name[16] = "";

	(void)pthread_getname_np(pthread_self(), name, sizeof(name));
	if (strcmp(name, "nbmap-reclaim") == 0 && atomic_exchange(&trim_is_slow, false)) {
		sem_post(&trim_entered);
		usleep(20000);
		trim_over = true;
	}
	counting.free(block, size, arg);
}

/* The fork waits for it: the child would miss what the freer has in its hands. */
START_TEST(test_while_trimming)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	const struct nbr_allocator slow = {counting.alloc, free_block, NULL};
	const struct nbr_config config = {.flavor = flavor, .allocator = &slow};
	struct nbr_domain *domain = NULL;
	struct pin pin;

	sem_init(&trim_entered, 0, 0);
	trim_is_slow = true;
	trim_over = false;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), 0);
	thread_in(flavor);
	pin_start(&pin, domain, flavor);
	retire_fillers(domain, flavor, 300 * BATCH);
	pin_end(&pin);
	thread_out(flavor);
	wait_plain(&trim_entered);
	ck_assert_int_eq(nbr_before_fork(), 0);
	ck_assert(trim_over);
	ck_assert_int_eq(fork_one(child_uses, domain, nbr_after_fork_parent), 0);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
}
END_TEST

/* ---- While a report is made --------------------------------------------- */

static sem_t report_entered, report_leave;
static _Atomic bool report_is_slow, report_over;

/* The first takes long. */
static void report(void *user, unsigned age_ms)
{
	(void)user;
	(void)age_ms;
	if (!atomic_exchange(&report_is_slow, false))
		return;
	sem_post(&report_entered);
	wait_plain(&report_leave);
	report_over = true;
}

static void *fork_called_off(void *arg)
{
	bool *over = arg;

	if (nbr_before_fork() != 0)
		return NULL;
	*over = report_over;
	nbr_after_fork_parent();
	return arg;
}

START_TEST(test_while_reporting)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.on_stall = report, .stall_ms = 1});
	struct item item = {.payload = 7};
	pthread_t forker;
	bool over = false;
	void *held;

	sem_init(&report_entered, 0, 0);
	sem_init(&report_leave, 0, 0);
	report_over = false;
	report_is_slow = true;
	thread_in(flavor);
	nbr_enter(domain);
	retire(domain, &item);
	wait_plain(&report_entered);
	section_out(domain, flavor);
	thread_out(flavor);
	forker = spawn(fork_called_off, &over);
	watch_a_while();
	sem_post(&report_leave);
	ck_assert_int_eq(pthread_join(forker, &held), 0);
	ck_assert_ptr_nonnull(held);
	ck_assert(over);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert_int_eq(item.freed, 1);
}
END_TEST

/* ---- While a domain is made, or ended ----------------------------------- */

/* One who forks and must wait for a grace period: the test is in a section. */
struct meanwhile {
	struct nbr_domain *first, *second;
	struct stall stall;
	struct item item;
	pthread_t forker;
	sem_t held, go;
	int err, step;
};

static struct nbr_domain *older; /* the child's, besides the one that it is given */
static _Atomic unsigned exits;	 /* of domains' threads */

static void count_exit(void *user)
{
	(void)user;
	exits++;
}

static struct nbr_domain *make_watched(enum nbr_flavor flavor, struct stall *stall)
{
	const struct nbr_config config = {
		.on_stall = on_stall,
		.stall_ms = 1,
		.on_thread_exit = count_exit,
		.user = &stall,
		.user_size = sizeof(stall),
	};

	return make(flavor, config);
}

/* Neither has threads but those that are started in the child. */
static int child_uses_both(struct nbr_domain *domain)
{
	if (nbr_after_fork_child() != 0)
		return 1;
	if (nbr_barrier(domain) != 0 || nbr_barrier(older) != 0)
		return 2;
	if (nbr_domain_unref(domain) != 0 || nbr_domain_unref(older) != 0)
		return 3;
	return blocks == 0 ? 0 : 4;
}

static void *fork_when_told(void *arg)
{
	struct meanwhile *meanwhile = arg;

	meanwhile->err = nbr_before_fork();
	sem_post(&meanwhile->held);
	wait_plain(&meanwhile->go);
	if (meanwhile->err != 0)
		return NULL;
	if (FORK_FLAGS == 0 && meanwhile->second != NULL)
		meanwhile->step = fork_one(child_uses_both, meanwhile->second, nbr_after_fork_parent);
	else
		nbr_after_fork_parent();
	return NULL;
}

/* Whether somebody waits for it, besides who has it. */
static bool seat_is_wanted(struct nbr_seat *seat)
{
	bool wanted;

	pthread_mutex_lock(&seat->mutex);
	wanted = seat->next - seat->serving >= 2;
	pthread_mutex_unlock(&seat->mutex);
	return wanted;
}

/* Returns in a section; the clock waits for it, and who forks for the clock. */
static void meanwhile_begin(struct meanwhile *meanwhile, enum nbr_flavor flavor)
{
	*meanwhile = (struct meanwhile){.item = {.payload = 7}};
	sem_init(&meanwhile->stall.reported, 0, 0);
	sem_init(&meanwhile->held, 0, 0);
	sem_init(&meanwhile->go, 0, 0);
	meanwhile->first = make_watched(flavor, &meanwhile->stall);
	thread_in(flavor);
	nbr_enter(meanwhile->first);
	retire(meanwhile->first, &meanwhile->item);
	wait_plain(&meanwhile->stall.reported);
	meanwhile->forker = spawn(fork_when_told, meanwhile);
	while (!seat_is_wanted(&meanwhile->first->clock_seat))
		usleep(100);
}

/* Returns when all domains are held, and this thread is unknown to the flavour. */
static void meanwhile_leave(struct meanwhile *meanwhile, enum nbr_flavor flavor)
{
	section_out(meanwhile->first, flavor);
	thread_out(flavor);
	wait_plain(&meanwhile->held);
}

/*
 * Nobody waits for who forks to make a domain, and the child finds it whole.  The
 * domains are held in one order, and by the next fork in the other: no cause for
 * ThreadSanitizer to report.
 */
START_TEST(test_made_meanwhile)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct meanwhile meanwhile;

	meanwhile_begin(&meanwhile, flavor);
	older = meanwhile.first;
	meanwhile.second = make_watched(flavor, &meanwhile.stall);
	meanwhile_leave(&meanwhile, flavor);
	sem_post(&meanwhile.go);
	ck_assert_int_eq(pthread_join(meanwhile.forker, NULL), 0);
	ck_assert_int_eq(meanwhile.err, 0);
	ck_assert_int_eq(meanwhile.step, 0);
	ck_assert_int_eq(nbr_before_fork(), 0);
	nbr_after_fork_parent();
	ck_assert_int_eq(nbr_domain_unref(meanwhile.first), 0);
	ck_assert_int_eq(nbr_domain_unref(meanwhile.second), 0);
	ck_assert_int_eq(meanwhile.item.freed, 1);
}
END_TEST

static void *barrier_in_turn(void *arg)
{
	struct meanwhile *meanwhile = arg;

	meanwhile->err = nbr_barrier(meanwhile->first);
	sem_post(&meanwhile->held);
	return NULL;
}

/* Who holds stripes for a barrier has the sealer's seat, and a fork waits for it: in the
 * child a stripe that was held would be held for ever. */
START_TEST(test_sealed_meanwhile)
{
	static void *(*const take_turns[])(void *) = {barrier_in_turn, fork_when_told};
	struct meanwhile meanwhile = {.first = make(NBR_BP, (struct nbr_config){.flags = NBR_NO_THREAD})};
	pthread_t thread;

	sem_init(&meanwhile.held, 0, 0);
	sem_init(&meanwhile.go, 0, 1);
	nbr_seat_take(&meanwhile.first->sealer_seat);
	thread = spawn(take_turns[_i], &meanwhile);
	while (!seat_is_wanted(&meanwhile.first->sealer_seat)) {
		ck_assert_int_ne(sem_trywait(&meanwhile.held), 0);
		usleep(100);
	}
	nbr_seat_leave(&meanwhile.first->sealer_seat);
	wait_plain(&meanwhile.held);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(meanwhile.err, 0);
	ck_assert_int_eq(nbr_domain_unref(meanwhile.first), 0);
}
END_TEST

static void *unref_main(void *domain)
{
	return nbr_domain_unref(domain) == 0 ? domain : NULL;
}

/* Who ends a domain waits for the fork: its threads are not about to end in it. */
START_TEST(test_ended_meanwhile)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct meanwhile meanwhile;
	pthread_t ender;
	void *ended;

	exits = 0;
	meanwhile_begin(&meanwhile, flavor);
	ender = spawn(unref_main, meanwhile.first);
	while (nbr_domain_exists(meanwhile.first))
		usleep(100);
	meanwhile_leave(&meanwhile, flavor);
	watch_a_while();
	ck_assert_uint_eq(exits, 0);
	sem_post(&meanwhile.go);
	ck_assert_int_eq(pthread_join(meanwhile.forker, NULL), 0);
	ck_assert_int_eq(meanwhile.err, 0);
	ck_assert_int_eq(pthread_join(ender, &ended), 0);
	ck_assert_ptr_nonnull(ended);
	ck_assert_uint_gt(exits, 0);
	ck_assert_int_eq(meanwhile.item.freed, 1);
}
END_TEST

void add_forks(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_together, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_twice, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_unannounced, 0, 2 * NBR_FLAVORS);
	if (FORK_FLAGS == 0) /* else there is no freer */
		tcase_add_loop_test(tcase, test_while_trimming, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_while_reporting, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_made_meanwhile, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_sealed_meanwhile, 0, 2);
	tcase_add_loop_test(tcase, test_ended_meanwhile, 0, NBR_FLAVORS);
}
