/*
 * fixture: see fixture.h.
 */
#include "fixture.h"

#include <stdlib.h>

#include <urcu/urcu-mb.h>
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

/* ---- Flavours, by liburcu's own names ------------------------------------ */

void thread_in(enum nbr_flavor flavor)
{
	if (flavor == NBR_QSBR)
		urcu_qsbr_register_thread();
	else if (flavor == NBR_MEMB)
		urcu_memb_register_thread();
	else if (flavor == NBR_MB)
		urcu_mb_register_thread();
}

void thread_out(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	if (domain != NULL)
		nbr_annotate_quiescent(domain);
	if (flavor == NBR_QSBR)
		urcu_qsbr_unregister_thread();
	else if (flavor == NBR_MEMB)
		urcu_memb_unregister_thread();
	else if (flavor == NBR_MB)
		urcu_mb_unregister_thread();
}

void section_out(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	nbr_leave(domain);
	if (flavor == NBR_QSBR) {
		nbr_annotate_quiescent(domain);
		urcu_qsbr_quiescent_state();
	}
}

void wait_sem(struct nbr_domain *domain, enum nbr_flavor flavor, sem_t *sem)
{
	if (flavor == NBR_QSBR) {
		nbr_annotate_quiescent(domain);
		urcu_qsbr_thread_offline();
	}
	while (sem_wait(sem) != 0)
		;
	if (flavor == NBR_QSBR)
		urcu_qsbr_thread_online();
}

void wait_plain(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

void join(struct nbr_domain *domain, enum nbr_flavor flavor, pthread_t thread)
{
	if (flavor == NBR_QSBR) {
		nbr_annotate_quiescent(domain);
		urcu_qsbr_thread_offline();
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	if (flavor == NBR_QSBR)
		urcu_qsbr_thread_online();
}

pthread_t spawn(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, run, arg), 0);
	return thread;
}

/* ---- Memory --------------------------------------------------------------- */

_Atomic long blocks;
_Atomic bool failing;

static void *count_alloc(size_t size, size_t align, void *arg)
{
	void *block;

	(void)arg;
	if (failing)
		return NULL;
	block = aligned_alloc(align, (size + align - 1) / align * align);
	if (block != NULL)
		blocks++;
	return block;
}

static void count_free(void *block, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	blocks--;
	free(block);
}

const struct nbr_allocator counting = {count_alloc, count_free, NULL};

/* ---- Things to retire ----------------------------------------------------- */

void item_freed(struct item *item)
{
	sem_t *tell = item->tell;

	item->payload = -1;
	item->freed++;
	if (tell != NULL)
		sem_post(tell);
}

void free_object(void *object, void *arg)
{
	(void)arg;
	item_freed(object);
}

void free_node(struct nbr_node *node)
{
	item_freed((struct item *)node);
}

struct nbr_domain *make(enum nbr_flavor flavor, struct nbr_config config)
{
	struct nbr_domain *domain = NULL;

	config.flavor = flavor;
	config.allocator = &counting;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), 0);
	return domain;
}

void retire(struct nbr_domain *domain, struct item *item)
{
	struct nbr_ticket ticket = NBR_TICKET_NONE;

	ck_assert_int_eq(nbr_reserve(domain, &ticket), 0);
	nbr_retire_object(domain, &ticket, free_object, item, NULL);
	ck_assert_ptr_null(ticket.batch);
}

void retire_in_section(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		nbr_enter(domain);
		retire(domain, &items[i]);
		section_out(domain, flavor);
	}
}

void check_freed(struct item *items, size_t n, int times)
{
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_msg(items[i].freed == times, "item %zu freed %d times", i, items[i].freed);
}

struct nbr_stats stats_of(struct nbr_domain *domain)
{
	struct nbr_stats stats;

	nbr_domain_stats(domain, &stats);
	return stats;
}

void setup(void)
{
	blocks = 0;
	failing = false;
}

void teardown(void)
{
	ck_assert_msg(blocks == 0, "%ld blocks not given back", blocks);
}

void *barrier_main(void *arg)
{
	struct waiter *waiter = arg;
	size_t i;

	/* Not registered: only bp has a section to lose, and this thread enters none. */
	sem_post(&waiter->about);
	waiter->ok = nbr_barrier(waiter->domain) == 0;
	for (i = 0; i < waiter->n; i++)
		waiter->ok = waiter->ok && waiter->items[i].freed == 1;
	return NULL;
}

/* An entry in a batch that somebody holds for his next retire is waited for. */
void on_stall(unsigned age_ms, void *arg)
{
	struct stall *stall = arg;

	stall->age_ms = age_ms;
	stall->reports++;
	sem_post(&stall->reported);
}
