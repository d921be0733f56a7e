/*
 * shelf: see shelf.h.
 */
#include "shelf.h"

#include <time.h>

void nbr_shelf_push(struct nbr_domain *domain, struct nbr_node *node)
{
	struct nbr_shelf *shelf = &domain->shelf;
	/* Relaxed: a guess for the CAS; the node it names is not read. */
	struct nbr_node *head = atomic_load_explicit(&shelf->queue, memory_order_relaxed);

	/* seq_cst: before the push, which is the write of sleeper.h: who looks at one
	 * counts on the other. */
	atomic_fetch_add_explicit(&shelf->nodes, 1, memory_order_seq_cst);
	do {
		node->next = head;
		/* seq_cst: releases the node to move_on(), and is the retirer's write of
		 * sleeper.h. */
	} while (!atomic_compare_exchange_weak_explicit(&shelf->queue, &head, node, memory_order_seq_cst,
							memory_order_relaxed));
}

void nbr_shelf_put_back(struct nbr_domain *domain, struct nbr_node *node)
{
	nbr_shelf_push(domain, node);
	/* seq_cst: the write of sleeper.h, and after the push. */
	atomic_store_explicit(&domain->shelf.again, true, memory_order_seq_cst);
	nbr_sleeper_call(&domain->freer_sleeper, false);
}

static bool hold(struct nbr_shelf *shelf)
{
	/* Acquire: pairs with leave(). */
	return !atomic_exchange_explicit(&shelf->held, true, memory_order_acquire);
}

static void leave(struct nbr_shelf *shelf)
{
	/* Release: pairs with hold(). */
	atomic_store_explicit(&shelf->held, false, memory_order_release);
}

/* For the holder: from the queue to the lists. */
static void sort_in(struct nbr_shelf *shelf)
{
	/* Acquire: pairs with each push.  They are all read-modify-writes, so that the
	 * last one's value carries the release of those before it. */
	struct nbr_node *newest = atomic_exchange_explicit(&shelf->queue, NULL, memory_order_acquire);
	struct nbr_node *oldest = NULL;

	while (newest != NULL) {
		struct nbr_node *node = newest;

		newest = node->next;
		node->next = oldest;
		oldest = node;
	}
	while (oldest != NULL) {
		struct nbr_node *node = oldest;

		oldest = node->next;
		nbr_list_append(node->stamp <= shelf->ripened ? &shelf->ripe : &shelf->waiting, node);
	}
}

/* For the holder: once for each grace period.  All are looked at, for a stamp is
 * read before its node is pushed: the order is only almost that of stamps. */
static void ripen(struct nbr_shelf *shelf, uint64_t ended)
{
	struct nbr_list waiting = shelf->waiting;

	if (ended <= shelf->ripened)
		return;
	shelf->ripened = ended;
	shelf->waiting.first = NULL;
	while (waiting.first != NULL) {
		struct nbr_node *node = nbr_list_take(&waiting);

		nbr_list_append(node->stamp <= ended ? &shelf->ripe : &shelf->waiting, node);
	}
}

/* For the holder: the first with such a stamp.  `ended` may be long past, where
 * a barrier wants no more than it must wait for. */
static struct nbr_node *take(struct nbr_shelf *shelf, uint64_t ended)
{
	struct nbr_node **link = &shelf->ripe.first, *before = NULL;

	ripen(shelf, ended);
	sort_in(shelf);
	for (; *link != NULL; before = *link, link = &(*link)->next) {
		struct nbr_node *node = *link;

		if (node->stamp > ended)
			continue;
		*link = node->next;
		if (shelf->ripe.last == node)
			shelf->ripe.last = before;
		/* Relaxed: a hint. */
		atomic_fetch_sub_explicit(&shelf->nodes, 1, memory_order_relaxed);
		return node;
	}
	return NULL;
}

struct nbr_node *nbr_shelf_take(struct nbr_domain *domain, uint64_t ended)
{
	struct nbr_node *node = NULL;

	if (nbr_shelf_is_used(domain) && hold(&domain->shelf)) {
		node = take(&domain->shelf, ended);
		leave(&domain->shelf);
	}
	return node;
}

struct nbr_node *nbr_shelf_take_patiently(struct nbr_domain *domain, uint64_t ended)
{
	const struct timespec while_somebody_looks = {.tv_nsec = 20000};
	struct nbr_node *node;

	while (!hold(&domain->shelf))
		(void)nanosleep(&while_somebody_looks, NULL);
	node = take(&domain->shelf, ended);
	leave(&domain->shelf);
	return node;
}
