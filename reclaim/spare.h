/*
 * spare: emptied batches, on their way back to those who retire.
 *
 * A batch is made by the thread that retires and emptied by another, again and
 * again.  Given back to the allocator each time, the two would meet at its
 * locks, and with glibc's malloc a writer of boxed values would sleep there
 * twenty thousand times a second.  So they go round:
 *
 *   round    batch -> the seat's own list -> a place in the rack, when the list
 *            is full or the round ends
 *   writer   a place in the rack -> its stripe's own list -> batch
 *
 * A place holds NULL or a whole list, and either side takes or puts a list by
 * one atomic step, so that no list is ever popped by two and there is no ABA.
 * Where there is no place the list goes back to the allocator:
 *
 *   batches in the rack     <= NBR_RACK_PLACES * NBR_RACK_LIST      (200 KB)
 *   batches of each stripe  <= NBR_RACK_LIST
 *
 * A barrier, and a reclaimer that finds nothing to do, give all of them back.
 *
 * Batches that a writer emptied by assistance are not kept: then there are
 * more of them than anybody needs.
 */
#ifndef NBR_SPARE_H
#define NBR_SPARE_H

#include <stdatomic.h>

struct nbr_domain;
struct nbr_node;
struct nbr_stripe;

/* The reclaimer does not nap from 4096 objects on (reclaim.c): so many batches
 * are under way when writers are busy, and as many again when they are busier. */
#define NBR_RACK_PLACES 16
#define NBR_RACK_LIST 16

struct nbr_rack {
	_Atomic(struct nbr_node *) place[NBR_RACK_PLACES];
	/* who has the seat */
	struct nbr_node *list;
	unsigned length;
};

/* An emptied batch for who holds the stripe, or NULL.  `start` is where to look
 * first.  Wait-free. */
struct nbr_node *nbr_spare_take(struct nbr_domain *domain, struct nbr_stripe *stripe, unsigned start);

/* Keep an emptied batch.  For who has the seat. */
void nbr_spare_keep(struct nbr_domain *domain, struct nbr_node *node);

/* The round ends: what was kept is there for all. */
void nbr_spare_offer(struct nbr_domain *domain);

/* Free all but what writers hold just now.  For who has the seat. */
void nbr_spare_return(struct nbr_domain *domain);

#endif
