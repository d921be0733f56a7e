/*
 * debts: what a thread owes for what it retired, and where it pays.
 *
 * The domains have no thread, so that nobody else frees.
 */
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of the callbacks: how many were called, and how many of them in a section. */
struct seen {
	struct nbr_domain *domain;
	unsigned calls, in_section;
};

static void look_around(void *object, void *arg)
{
	struct seen *seen = arg;

	seen->calls++;
	seen->in_section += nbr_in_section(seen->domain);
	item_freed(object);
}

static struct item items[4 * BATCH];
static struct item others[3 * BATCH]; /* of the section that pays */

/* `batches` full ones, all ripe. */
static void ripen(struct seen *seen, enum nbr_flavor flavor, size_t batches)
{
	struct nbr_domain *domain = seen->domain;
	size_t i;

	items_init(items, batches * BATCH);
	items_init(others, 3 * BATCH);
	nbr_enter(domain);
	for (i = 0; i < batches * BATCH; i++)
		retire_with(domain, look_around, &items[i], seen, 0);
	section_out(domain, flavor);
	synchronize_elsewhere(domain, flavor);
	ck_assert_uint_eq(seen->calls, 0);
}

static struct seen start(enum nbr_flavor flavor)
{
	struct seen seen = {.domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD})};

	thread_in(flavor);
	return seen;
}

static void end(struct seen *seen, enum nbr_flavor flavor)
{
	ck_assert_int_eq(nbr_domain_unref(seen->domain), 0);
	thread_out(flavor);
}

/* Begin a batch, and fill it. */
static void fill(struct nbr_domain *domain, struct item *batch)
{
	size_t i;

	for (i = 0; i < BATCH; i++)
		retire(domain, &batch[i]);
}

/* A batch for a batch, as the section ends, and outside of it. */
START_TEST(test_paid_at_the_end)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct seen seen = start(flavor);

	ripen(&seen, flavor, 2);
	nbr_enter(seen.domain);
	fill(seen.domain, others);
	ck_assert_uint_eq(seen.calls, 0);
	nbr_leave(seen.domain);
	ck_assert_uint_eq(seen.calls, BATCH);
	ck_assert_uint_eq(seen.in_section, flavor == NBR_QSBR ? BATCH : 0);
	nbr_enter(seen.domain);
	nbr_leave(seen.domain);
	ck_assert_uint_eq(seen.calls, BATCH);
	end(&seen, flavor);
}
END_TEST

/* One batch may be owed; the next is paid within the section. */
START_TEST(test_paid_in_section)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct seen seen = start(flavor);

	ripen(&seen, flavor, 4);
	nbr_enter(seen.domain);
	fill(seen.domain, others);
	ck_assert_uint_eq(seen.calls, 0);
	fill(seen.domain, others + BATCH);
	ck_assert_uint_eq(seen.calls, BATCH);
	fill(seen.domain, others + 2 * BATCH);
	ck_assert_uint_eq(seen.calls, 2 * BATCH);
	ck_assert_uint_eq(seen.in_section, 2 * BATCH);
	nbr_leave(seen.domain);
	ck_assert_uint_eq(seen.calls, 3 * BATCH);
	end(&seen, flavor);
}
END_TEST

/* The end of the inner section is not the end, but the debt is paid there. */
START_TEST(test_inner_section)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct seen seen = start(flavor);

	ripen(&seen, flavor, 2);
	nbr_enter(seen.domain);
	nbr_enter(seen.domain);
	fill(seen.domain, others);
	nbr_leave(seen.domain);
	ck_assert_uint_eq(seen.calls, BATCH);
	ck_assert_uint_eq(seen.in_section, BATCH);
	nbr_leave(seen.domain);
	ck_assert_uint_eq(seen.calls, BATCH);
	end(&seen, flavor);
}
END_TEST

/* Who owes one domain does not pay another, whose section it leaves. */
START_TEST(test_two_domains)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct seen seen = start(flavor);
	struct nbr_domain *other = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});

	ripen(&seen, flavor, 2);
	nbr_enter(seen.domain);
	fill(seen.domain, others);
	nbr_enter(other);
	nbr_leave(other);
	ck_assert_uint_eq(seen.calls, 0);
	nbr_leave(seen.domain);
	ck_assert_uint_eq(seen.calls, BATCH);
	ck_assert_int_eq(nbr_domain_unref(other), 0);
	end(&seen, flavor);
}
END_TEST

/* A limit is looked at when what may be freed has been. */
START_TEST(test_paid_at_limit)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct seen seen = {.domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .limit_objects = BATCH})};
	struct nbr_ticket ticket;

	thread_in(flavor);
	ripen(&seen, flavor, 1);
	nbr_enter(seen.domain);
	ck_assert_int_eq(nbr_reserve(seen.domain, NBR_REPLACES, &ticket), 0);
	ck_assert_uint_eq(seen.calls, BATCH);
	nbr_cancel(seen.domain, &ticket);
	nbr_leave(seen.domain);
	end(&seen, flavor);
}
END_TEST

/* ... and so is memory, of which what is freed gives some. */
START_TEST(test_paid_without_memory)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct seen seen = start(flavor);
	struct nbr_ticket ticket;

	ripen(&seen, flavor, 1);
	failing = true;
	nbr_enter(seen.domain);
	ck_assert_int_eq(nbr_reserve(seen.domain, NBR_REPLACES, &ticket), 0);
	ck_assert_uint_eq(seen.calls, BATCH);
	nbr_cancel(seen.domain, &ticket);
	nbr_leave(seen.domain);
	failing = false;
	end(&seen, flavor);
}
END_TEST

/* ---- Nodes ---------------------------------------------------------------- */

static bool free_a_slice(struct nbr_node *node)
{
	struct item *item = (struct item *)node;

	item->payload--;
	if (item->payload > 0)
		return false;
	item->freed++;
	return true;
}

/* Four slices at the end of a section, until it has freed two for each that its node
 * has; see debt.c for what is taken for a slice. */
START_TEST(test_slices)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct nbr_domain *domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD, .assist = 1});
	struct item large = {.payload = 100}, own = {.payload = 1};
	int ends;

	thread_in(flavor);
	nbr_enter(domain);
	nbr_retire(domain, &large.node, free_a_slice, 0);
	nbr_leave(domain);
	nbr_enter(domain);
	nbr_leave(domain);
	ck_assert_int_eq(large.payload, 100);
	if (flavor == NBR_QSBR) {
		nbr_annotate_quiescent(flavor);
		ck_assert_int_eq(nbr_thread_quiescent(flavor), 0);
	}
	synchronize_elsewhere(domain, flavor);
	nbr_enter(domain);
	nbr_retire(domain, &own.node, free_a_slice, (size_t)8 * 4096);
	ck_assert_int_eq(large.payload, 100);
	nbr_leave(domain);
	ck_assert_int_eq(large.payload, 96);
	for (ends = 0; ends < 10; ends++) {
		nbr_enter(domain);
		nbr_leave(domain);
	}
	ck_assert_int_eq(large.payload, 100 - 4 - 2 * 8);
	thread_out(flavor);
	ck_assert_int_eq(nbr_domain_unref(domain), 0);
	ck_assert_int_eq(large.freed + own.freed, 2);
}
END_TEST

/* ---- Who waits for one that pays ----------------------------------------- */

struct payer {
	struct nbr_domain *domain;
	enum nbr_flavor flavor;
	struct gate gate;
	struct item item;
};

/* Leaves its section with a debt, and pays with the item at the gate. */
static void *payer_main(void *arg)
{
	struct payer *payer = arg;

	thread_in(payer->flavor);
	nbr_enter(payer->domain);
	retire_with(payer->domain, free_at_gate, &payer->item, &payer->gate, 0);
	section_out(payer->domain, payer->flavor);
	retire_fillers(payer->domain, payer->flavor, BATCH - 1);
	synchronize_elsewhere(payer->domain, payer->flavor);
	begin_batch(payer->domain, payer->flavor);
	thread_out(payer->flavor);
	return NULL;
}

static pthread_t payer_start(struct payer *payer, enum nbr_flavor flavor)
{
	pthread_t thread;

	payer->flavor = flavor;
	payer->item = (struct item){.payload = 7};
	gate_init(&payer->gate);
	thread = spawn(payer_main, payer);
	wait_plain(&payer->gate.entered);
	return thread;
}

static _Atomic bool ended;

static void *ender_main(void *domain)
{
	int err = nbr_domain_unref(domain);

	ended = true;
	return err == 0 ? domain : NULL;
}

/* A domain does not end under one that is out of its section, and pays. */
START_TEST(test_domain_ends)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct payer payer = {.domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD})};
	pthread_t thread, ender;
	void *result;

	ended = false;
	thread = payer_start(&payer, flavor);
	ender = spawn(ender_main, payer.domain);
	watch_a_while(); /* gives an end that does not wait the time to show it */
	ck_assert(!ended);
	sem_post(&payer.gate.open);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(pthread_join(ender, &result), 0);
	ck_assert_ptr_eq(result, payer.domain);
	check_freed(&payer.item, 1, 1);
}
END_TEST

/* While one pays, others' grace periods, frees and barriers of other domains go on. */
START_TEST(test_delays_nobody)
{
	enum nbr_flavor flavor = (enum nbr_flavor)_i;
	struct payer payer = {.domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD})};
	struct nbr_domain *other = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD});
	struct seen seen = {.domain = payer.domain};
	pthread_t thread = payer_start(&payer, flavor);

	if (flavor != NBR_QSBR) { /* where the payer is online */
		thread_in(flavor);
		ripen(&seen, flavor, 1);
		ck_assert_int_eq(nbr_reclaim(payer.domain), BATCH);
		ck_assert_int_eq(nbr_barrier(other), 0);
		thread_out(flavor);
	}
	sem_post(&payer.gate.open);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(nbr_domain_unref(other), 0);
	ck_assert_int_eq(nbr_domain_unref(payer.domain), 0);
}
END_TEST

/* In the child of a fork there is nobody to wait for. */
START_TEST(test_forked)
{
	enum nbr_flavor flavor = NBR_BP;
	struct payer payer = {.domain = make(flavor, (struct nbr_config){.flags = NBR_NO_THREAD})};
	pthread_t thread = payer_start(&payer, flavor);
	int status;
	pid_t child;

	ck_assert_int_eq(nbr_before_fork(), 0);
	child = fork();
	if (child == 0) {
		alarm(20);
		if (nbr_after_fork_child() != 0)
			_exit(2);
		if (nbr_barrier(payer.domain) != 0)
			_exit(1);
		/* What the payer had in hand cannot be freed here; no leak checker is to
		 * ask for it. */
		kill(getpid(), SIGKILL);
	}
	nbr_after_fork_parent();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	sem_post(&payer.gate.open);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(nbr_domain_unref(payer.domain), 0);
}
END_TEST

void add_debts(TCase *tcase)
{
	tcase_add_loop_test(tcase, test_paid_at_the_end, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_paid_in_section, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_inner_section, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_two_domains, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_paid_at_limit, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_paid_without_memory, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_slices, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_domain_ends, 0, NBR_FLAVORS);
	tcase_add_loop_test(tcase, test_delays_nobody, 0, NBR_FLAVORS);
	tcase_add_test(tcase, test_forked);
}
