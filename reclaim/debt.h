/*
 * debt: what a thread owes for what it has retired.
 *
 * Who begins a batch owes a batch; who retires a node owes slices, more for a large
 * one; and both, where very much waits, a turn (flavor.h).  It is paid as a section
 * ends, outside of it (section.c), so that a section lasts as long as its operations,
 * and a grace period does not wait for callbacks.
 *
 *   what one section's end pays  <=  a batch, or two, and NBR_ASSIST_SLICES
 *
 * so slices may be paid at the ends of several.  A section that makes much, or that
 * is not ended by nbr_leave(), cannot put it off: before a second batch, or node, the
 * first is paid, as far as one end would pay it, within the section.
 *
 * A thread that ends with a debt, or goes to another domain, leaves it to the freer.
 *
 * The domain may have ended since, and is compared only, where the caller has one.
 * Where he has none, at a quiescent state of QSBR, it is followed if no domain was
 * removed since the debt was made:
 *
 *   the thread is online  and  removals are as they were then
 *     =>  a domain that was there then is there until the thread is next quiescent
 *
 * That it has gone offline in between, by liburcu's own call, changes nothing: the domain
 * may only end after its removal.
 */
#ifndef NBR_DEBT_H
#define NBR_DEBT_H

#include "free.h"

struct nbr_debt {
	struct nbr_domain *domain; /* NULL: nothing is owed */
	enum nbr_flavor flavor;	   /* its own, if it is owed a batch or slices ... */
	uint64_t removals;	   /* ... and of the registry, when it last was */
	bool batch;
	unsigned slices;
};

extern _Thread_local struct nbr_debt nbr_debt NBR_FAST_TLS;

static inline bool nbr_in_debt(const struct nbr_domain *domain)
{
	return nbr_debt.domain == domain;
}

/* A batch is to be begun, or a node of so many bytes was retired, by who is in no
 * callback and holds no stripe. */
void nbr_owe_batch(struct nbr_domain *domain);
void nbr_owe_node(struct nbr_domain *domain, size_t bytes);

/* A turn is still owed: the end of the next section, too, is to look.  The domain is
 * only a name. */
void nbr_come_again(struct nbr_domain *domain);

/* Who is owed a batch or slices, for a thread that is in a section of the flavour, until
 * its end; or NULL. */
struct nbr_domain *nbr_creditor(enum nbr_flavor flavor);

/* Pay what is owed to the domain, if anything, within the section: for who needs
 * room now.  Whether anything was freed. */
bool nbr_pay_now(struct nbr_domain *domain);

/* By who is in debt to the domain, and has a hand.  Whether anything was freed. */
bool nbr_pay(struct nbr_domain *domain);

#endif
