/*
 * cycle: see cycle.h.
 *
 * Nothing here is called by an operation, except nbr_assist().
 */
#include "cycle.h"

#include "batch.h"

#include <errno.h>
#include <limits.h>

/* Set while this thread runs callbacks: they must not wait (they hold the seat),
 * and a retire among them must not assist (one would call the next without end). */
static _Thread_local bool in_callback;

bool nbr_in_callback(void)
{
	return in_callback;
}

bool nbr_must_not_wait(const struct nbr_domain *domain)
{
	return in_callback || (domain->flavor != NBR_QSBR && domain->rcu->read_ongoing());
}

enum nbr_presence nbr_wait_begin(const struct nbr_domain *domain)
{
	/* Only a registered thread can be online, so no other is asked to go offline. */
	if (domain->flavor != NBR_QSBR || !domain->rcu->read_ongoing())
		return NBR_AS_IS;
	nbr_tsan_section_ends(domain->flavor);
	domain->rcu->thread_offline();
	return NBR_AS_RETURNER;
}

void nbr_wait_end(const struct nbr_domain *domain, enum nbr_presence presence)
{
	if (presence == NBR_AS_RETURNER)
		domain->rcu->thread_online();
}

void nbr_grace_period(struct nbr_domain *domain)
{
	nbr_watch_begin(&domain->watch);
	domain->rcu->update_synchronize_rcu();
	nbr_tsan_grace_period_ends(domain->flavor);
	nbr_watch_end(&domain->watch);
	/* Relaxed: a statistic. */
	atomic_fetch_add_explicit(&domain->grace_periods, 1, memory_order_relaxed);
}

/* `seated`: this thread has the seat, and is not an assistant. */
static size_t free_node(struct nbr_domain *domain, struct nbr_node *node, bool seated)
{
	size_t objects = node->objects;
	size_t bytes = node->bytes;
	bool batch = nbr_is_batch(node);
	bool nested = in_callback;

	in_callback = true;
	node->free(node);
	in_callback = nested;
	if (batch && seated)
		nbr_spare_keep(domain, node);
	else if (batch)
		nbr_dealloc(domain, node, sizeof(struct nbr_batch));
	/* Release: who sees pending = 0 sees all that the callbacks did; see domain.h. */
	atomic_fetch_add_explicit(&domain->freed_bytes, bytes, memory_order_release);
	atomic_fetch_add_explicit(&domain->freed_objects, objects, memory_order_release);
	return objects;
}

/* ---- Ripe batches: the round's side and the writers' --------------------- */

/*
 * Offer batches from the front of the list; returns the rest.  Batches only: a
 * node may stand for a table with a million keys, and a put must not free
 * that.
 */
static struct nbr_node *offer(struct nbr_domain *domain, struct nbr_node *list)
{
	unsigned i;

	for (i = 0; i < NBR_RIPE && list != NULL && nbr_is_batch(list); i++) {
		/* A load will do: only the thread in the seat fills a place.  Acquire: pairs
		 * with the writer's exchange that emptied it, as at the end of free_list(). */
		if (atomic_load_explicit(&domain->ripe[i], memory_order_acquire) == NULL) {
			struct nbr_node *node = list;

			list = list->next;
			/* Release: pairs with the writer's acquire, for the batch's contents
			 * and for the grace period. */
			atomic_store_explicit(&domain->ripe[i], node, memory_order_release);
		}
	}
	return list;
}

void nbr_assist(struct nbr_domain *domain, unsigned start)
{
	struct nbr_node *node = NULL;
	unsigned i;

	if (in_callback)
		return;
	for (i = 0; i < NBR_RIPE && node == NULL; i++) {
		unsigned place = (start + i) % NBR_RIPE;

		/* Relaxed: a guess for the exchange. */
		if (atomic_load_explicit(&domain->ripe[place], memory_order_relaxed) == NULL)
			continue;
		/* Before the exchange, whose release (it reads by acquire, writes by release)
		 * shows it to the round that then finds the place empty. */
		atomic_fetch_add_explicit(&domain->assistants, 1, memory_order_relaxed);
		/* Acquire: pairs with offer(). */
		node = atomic_exchange_explicit(&domain->ripe[place], NULL, memory_order_acq_rel);
		if (node != NULL)
			free_node(domain, node, false);
		/* Release: pairs with the barrier's acquire load of 0. */
		atomic_fetch_sub_explicit(&domain->assistants, 1, memory_order_release);
	}
}

/* ---- A round -------------------------------------------------------------- */

/* Between two nodes a QSBR thread holds nothing, and should hold up nobody. */
static void breathe(struct nbr_domain *domain)
{
	if (domain->flavor == NBR_QSBR && domain->rcu->read_ongoing()) {
		nbr_tsan_section_ends(domain->flavor);
		domain->rcu->read_quiescent_state();
	}
}

static uint64_t free_list(struct nbr_domain *domain, struct nbr_node *list)
{
	uint64_t objects = 0;
	unsigned i;

	while (list != NULL) {
		struct nbr_node *node = list;

		list = list->next;
		if (nbr_backlog(domain) >= domain->assist)
			list = offer(domain, list);
		objects += free_node(domain, node, true);
		breathe(domain);
	}
	for (i = 0; i < NBR_RIPE; i++) {
		/* Acquire: pairs with a writer's exchange, so that its place among the
		 * assistants is seen if it took the batch. */
		struct nbr_node *node = atomic_exchange_explicit(&domain->ripe[i], NULL, memory_order_acquire);

		if (node != NULL) {
			objects += free_node(domain, node, true);
			breathe(domain);
		}
	}
	nbr_spare_offer(domain);
	return objects;
}

static uint64_t free_ripe(struct nbr_domain *domain, struct nbr_node *list, enum nbr_presence presence)
{
	uint64_t objects;

	if (list == NULL)
		return 0;
	if (presence == NBR_AS_NEWCOMER)
		domain->rcu->register_thread();
	else if (presence == NBR_AS_RETURNER)
		domain->rcu->thread_online();

	objects = free_list(domain, list);

	nbr_tsan_section_ends(domain->flavor);
	if (presence == NBR_AS_NEWCOMER)
		domain->rcu->unregister_thread();
	else if (presence == NBR_AS_RETURNER)
		domain->rcu->thread_offline();
	return objects;
}

/*
 * Everything that waits, but for batches held at the moment (*missed).  Stripes
 * before queue: a batch that has left its stripe is then in the queue we take.
 */
static struct nbr_node *collect(struct nbr_domain *domain, bool *missed)
{
	struct nbr_node *stripes = nbr_collect_stripes(domain, NULL, missed);
	struct nbr_node *list = nbr_take_queue(domain);
	struct nbr_node **end = &list;

	while (*end != NULL)
		end = &(*end)->next;
	*end = stripes;
	return list;
}

uint64_t nbr_cycle(struct nbr_domain *domain, enum nbr_presence presence)
{
	bool missed;
	struct nbr_node *list = collect(domain, &missed);

	if (list == NULL)
		return 0;
	nbr_grace_period(domain);
	return free_ripe(domain, list, presence);
}

/* ---- Waiting calls -------------------------------------------------------- */

/*
 * An object x retired before the call is, when we have the seat, freed, or in
 * the queue, or in a batch b in a stripe, or in b held by some thread h that
 * reserved its next place; or in the hands of an assistant.
 *
 * If no stripe is held as we pass, one round collects x.  Else:
 *
 *   round 1: `generation` has been raised before it.  Its grace period ends all
 *            sections that began before, so whoever holds b now sees b stale.
 *   round 2: b is collected, or is held by such an h, who will queue it.  The
 *            grace period ends h's section.
 *   round 3: b is in the queue.  What is held now was made after the call.
 *
 * An assistant is in a section, so that a grace period waits for it.
 */
int nbr_barrier(struct nbr_domain *domain)
{
	enum nbr_presence presence;
	bool missed = nbr_pending(domain) != 0;
	int round;

	if (nbr_must_not_wait(domain))
		return -EDEADLK;
	presence = nbr_wait_begin(domain);
	nbr_seat_take(&domain->seat);
	/* Relaxed: the grace period orders it before the sections that must see it. */
	atomic_fetch_add_explicit(&domain->generation, 1, memory_order_relaxed);
	for (round = 0; round < 3 && missed; round++) {
		struct nbr_node *list = collect(domain, &missed);

		if (list != NULL || missed)
			nbr_grace_period(domain);
		free_ripe(domain, list, presence);
	}
	/* Acquire: pairs with the assistants' release.  One that took a batch from an
	 * earlier round is seen here, as that round saw its place empty. */
	if (atomic_load_explicit(&domain->assistants, memory_order_acquire) != 0)
		nbr_grace_period(domain);
	nbr_spare_return(domain);
	nbr_seat_leave(&domain->seat);
	nbr_wait_end(domain, presence);
	return 0;
}

long nbr_reclaim(struct nbr_domain *domain)
{
	enum nbr_presence presence;
	uint64_t objects;

	if (nbr_must_not_wait(domain))
		return -EDEADLK;
	presence = nbr_wait_begin(domain);
	nbr_seat_take(&domain->seat);
	objects = nbr_cycle(domain, presence);
	nbr_seat_leave(&domain->seat);
	nbr_wait_end(domain, presence);
	return objects > LONG_MAX ? LONG_MAX : (long)objects;
}
