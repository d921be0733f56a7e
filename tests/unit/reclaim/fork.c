/*
 * fork: domains across a fork, in the parent and in the child.
 */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKED 200

struct family {
	struct nbr_domain *domain;
	struct nbr_domain *shared;
	enum nbr_flavor flavor;
	struct item items[FORKED];
	struct item node;
	struct item fresh;
	struct item slow;
	sem_t told;
};

static sem_t slow_entered;
static _Atomic bool slow_left;

static void free_slowly(void *object, void *arg)
{
	(void)arg;
	sem_post(&slow_entered);
	usleep(20000);
	slow_left = true;
	item_freed(object);
}

/* Returns while the freer, if there is one, is in the midst of a callback. */
static void start_slow_callback(struct family *family)
{
	slow_left = false;
	sem_init(&slow_entered, 0, 0);
	nbr_enter(family->domain);
	retire_with(family->domain, free_slowly, &family->slow, NULL, 0);
	section_out(family->domain, family->flavor);
	if (FORK_FLAGS & NBR_NO_THREAD)
		(void)nbr_reclaim(family->domain);
	wait_sem(family->flavor, &slow_entered);
}

static void await_fresh(struct family *family)
{
	/* Without a barrier, so that it needs the threads to be alive. */
	if (FORK_FLAGS & NBR_NO_THREAD)
		(void)nbr_reclaim(family->domain);
	wait_sem(family->flavor, &family->told);
}

/* 0, or the number of the step that failed. */
static int child_of_fork(struct family *family)
{
	struct nbr_domain *domain = family->domain;
	size_t i;

	if (nbr_after_fork_child() != 0)
		return 1;
	thread_in(family->flavor);
	retire_in_section(domain, family->flavor, &family->fresh, 1);
	await_fresh(family);
	if (family->fresh.freed != 1)
		return 2;
	if (nbr_synchronize(domain) != 0 || nbr_barrier(domain) != 0)
		return 3;
	for (i = 0; i < FORKED; i++)
		if (family->items[i].freed != 1)
			return 4;
	if (family->node.freed != 1 || stats_of(domain).pending_objects != 0)
		return 5;
	if (nbr_domain_unref(domain) != 0 || nbr_domain_unref(family->shared) != 0)
		return 6;
	thread_out(family->flavor);
	return blocks == 0 ? 0 : 7;
}

/*
 * The child ends by a signal, its result told through a pipe: were it to exit,
 * valgrind would make an error of what Check's runner, copied into it, has not
 * freed.  What the library has not freed, the counting allocator knows.
 */
static void run_child(struct family *family, int out)
{
	char step = (char)child_of_fork(family);

	while (write(out, &step, 1) != 1)
		;
	kill(getpid(), SIGKILL);
}

static struct family *family_new(enum nbr_flavor flavor, struct stall *stall)
{
	static struct family family;
	struct nbr_config config = {
		.flags = FORK_FLAGS,
		.on_stall = FORK_FLAGS == 0 ? on_stall : NULL,
		.stall_ms = 1000,
		.user = &stall,
		.user_size = sizeof(stall),
	};

	family.flavor = flavor;
	family.domain = make(flavor, config);
	ck_assert_int_eq(nbr_domain_shared(&family.shared, NBR_BP, FORK_FLAGS == 0), 0);
	sem_init(&family.told, 0, 0);
	items_init(family.items, FORKED);
	family.node = (struct item){.payload = 7};
	family.slow = (struct item){.payload = 7};
	family.fresh = (struct item){.payload = 7, .tell = &family.told};
	return &family;
}

START_TEST(test_fork)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct stall stall = {.reports = 0};
	struct family *family;
	char step = -1;
	int ends[2];
	pid_t pid;

	sem_init(&stall.reported, 0, 0);
	family = family_new(flavor, &stall);
	thread_in(flavor);
	start_slow_callback(family);
	retire_in_section(family->domain, flavor, family->items, FORKED);
	nbr_enter(family->domain);
	nbr_retire(family->domain, &family->node.node, free_node, 100);
	section_out(family->domain, flavor);
	thread_out(flavor);

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(nbr_before_fork(), 0);
	ck_assert(slow_left); /* no callback is half done in the child */
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(family, ends[1]);
	nbr_after_fork_parent();
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(read(ends[0], &step, 1), 1);
	ck_assert_int_eq(close(ends[0]), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(step, 0);

	thread_in(flavor);
	retire_in_section(family->domain, flavor, &family->fresh, 1);
	await_fresh(family);
	ck_assert_int_eq(nbr_barrier(family->domain), 0);
	check_freed(family->items, FORKED, 1);
	ck_assert_int_eq(family->node.freed, 1);
	ck_assert_int_eq(family->fresh.freed, 1);
	ck_assert_int_eq(nbr_domain_unref(family->domain), 0);
	ck_assert_int_eq(nbr_domain_unref(family->shared), 0);
	thread_out(flavor);
}
END_TEST

void add_fork(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_fork, 0, NBR_FLAVORS);
}
