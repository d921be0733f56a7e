/*
 * fixture: see fixture.h.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void thread_out(enum nbr_flavor flavor)
{
	nbr_annotate_quiescent(flavor);
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
		nbr_annotate_quiescent(flavor);
		urcu_qsbr_quiescent_state();
	}
}

/* Whether it was online; a thread that is not, or not registered, stays so. */
static bool offline(enum nbr_flavor flavor)
{
	if (flavor != NBR_QSBR || !urcu_qsbr_read_ongoing())
		return false;
	nbr_annotate_quiescent(flavor);
	urcu_qsbr_thread_offline();
	return true;
}

static void online_if(bool before)
{
	if (before)
		urcu_qsbr_thread_online();
}

void wait_plain(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

void wait_sem(enum nbr_flavor flavor, sem_t *sem)
{
	bool was_online = offline(flavor);

	wait_plain(sem);
	online_if(was_online);
}

void join(enum nbr_flavor flavor, pthread_t thread)
{
	bool was_online = offline(flavor);

	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	online_if(was_online);
}

pthread_t spawn(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, run, arg), 0);
	return thread;
}

void watch_a_while(void)
{
	usleep(20000);
}

/* ---- Memory --------------------------------------------------------------- */

_Atomic long blocks, made;
_Atomic bool failing;

static void *count_alloc(size_t size, size_t align, void *arg)
{
	void *block;

	(void)arg;
	if (failing)
		return NULL;
	block = aligned_alloc(align, (size + align - 1) / align * align);
	if (block != NULL) {
		blocks++;
		made++;
	}
	return block;
}

static void count_free(void *block, size_t size, void *arg)
{
	(void)arg;
	blocks--;
	explicit_bzero(block, size); /* whoever still reads it finds NULL */
	free(block);
}

const struct nbr_allocator counting = {count_alloc, count_free, NULL};

void setup(void)
{
	blocks = 0;
	made = 0;
	failing = false;
	freed_here = 0;
}

void teardown(void)
{
	ck_assert_msg(blocks == 0, "%ld blocks not given back", blocks);
}

/* ---- Things to retire ----------------------------------------------------- */

_Thread_local unsigned freed_here;

void items_init(struct item *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		items[i] = (struct item){.payload = 7};
}

void item_freed(struct item *item)
{
	sem_t *tell = item->tell;

	freed_here++;
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

bool free_node(struct nbr_node *node)
{
	item_freed((struct item *)node);
	return true;
}

void check_freed(struct item *items, size_t n, int times)
{
	size_t i;

	for (i = 0; i < n; i++)
		ck_assert_msg(items[i].freed == times, "item %zu freed %d times, not %d", i, items[i].freed, times);
}

void gate_init(struct gate *gate)
{
	sem_init(&gate->entered, 0, 0);
	sem_init(&gate->open, 0, 0);
}

void gate_pass(struct gate *gate)
{
	sem_post(&gate->entered);
	wait_plain(&gate->open);
}

void free_at_gate(void *object, void *gate)
{
	gate_pass(gate);
	item_freed(object);
}

struct nbr_domain *make(enum nbr_flavor flavor, struct nbr_config config)
{
	struct nbr_domain *domain = NULL;

	config.flavor = flavor;
	config.allocator = &counting;
	ck_assert_int_eq(nbr_domain_new(&domain, &config), 0);
	return domain;
}

struct nbr_stats stats_of(struct nbr_domain *domain)
{
	struct nbr_stats stats;

	nbr_domain_stats(domain, &stats);
	return stats;
}

/* Not an assertion: any thread may come here. */
void retire_with(struct nbr_domain *domain, void (*free)(void *, void *), void *object, void *arg, size_t bytes)
{
	struct nbr_ticket ticket = NBR_TICKET_NONE;

	if (nbr_reserve(domain, NBR_REPLACES, &ticket) != 0)
		abort();
	nbr_retire_object(domain, &ticket, free, object, arg, bytes);
	if (ticket.batch != NULL)
		abort();
}

void retire(struct nbr_domain *domain, struct item *item)
{
	retire_with(domain, free_object, item, NULL, 0);
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

void retire_at_gate(struct nbr_domain *domain, enum nbr_flavor flavor, struct item *item, struct gate *gate)
{
	nbr_enter(domain);
	retire_with(domain, free_at_gate, item, gate, 0);
	section_out(domain, flavor);
}

static void free_nothing(void *object, void *arg)
{
	(void)object;
	(void)arg;
}

void retire_fillers(struct nbr_domain *domain, enum nbr_flavor flavor, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		nbr_enter(domain);
		retire_with(domain, free_nothing, NULL, NULL, 0);
		section_out(domain, flavor);
	}
}

void retire_fillers_inside(struct nbr_domain *domain, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		retire_with(domain, free_nothing, NULL, NULL, 0);
}

void begin_batch(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	struct nbr_ticket ticket;

	nbr_enter(domain);
	if (nbr_reserve(domain, NBR_REPLACES, &ticket) != 0)
		abort();
	nbr_cancel(domain, &ticket);
	section_out(domain, flavor);
}
