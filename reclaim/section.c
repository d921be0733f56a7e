/*
 * section: read-side sections, and what is done at their end.
 *
 * Who is in debt (debt.h) is counted among the hands while it is still in the
 * section, and pays when it is outside.  So who ends a domain, and waits first for a
 * grace period and then for hands, does not miss it:
 *
 *   in the section    the grace period waits; then we are counted
 *   outside, paying   counted
 *   uncounted         does not touch the domain any more
 *
 * For QSBR the section goes on, as long as the thread is online.  Its end is a quiescent
 * state, or going offline: the thread is offline while it pays there.
 */
#include "callback.h"
#include "debt.h"

void nbr_enter(struct nbr_domain *domain)
{
	if (nbr_in_callback())
		nbr_enter_in_callback(domain);
	domain->rcu->read_lock();
}

static void leave_in_debt(struct nbr_domain *domain)
{
	const struct rcu_flavor_struct *rcu = domain->rcu;
	enum nbr_flavor flavor = domain->flavor;
	nbr_hand hand = nbr_hand_begin(domain);

	nbr_annotate_quiescent(flavor);
	rcu->read_unlock();
	(void)nbr_pay(domain);
	nbr_hand_end(hand);
	if (flavor != NBR_QSBR && !nbr_give_turn(rcu))
		nbr_come_again(domain);
}

void nbr_leave(struct nbr_domain *domain)
{
	bool in_callback = nbr_in_callback();

	if (nbr_in_debt(domain) && !in_callback) {
		leave_in_debt(domain);
		return;
	}
	nbr_annotate_quiescent(domain->flavor);
	domain->rcu->read_unlock();
	if (in_callback)
		nbr_leave_in_callback(domain);
}

/* ---- Quiescent states ----------------------------------------------------- */

/* Whom an online thread owes, if it may pay. */
static struct nbr_domain *creditor_of_online(enum nbr_flavor flavor)
{
	if (flavor != NBR_QSBR || !nbr_flavor_ops(flavor)->read_ongoing() || nbr_in_callback())
		return NULL;
	return nbr_creditor(flavor);
}

static void pay_offline(struct nbr_domain *domain, enum nbr_flavor flavor)
{
	nbr_hand hand = nbr_hand_begin(domain);

	nbr_annotate_quiescent(flavor);
	nbr_flavor_ops(flavor)->thread_offline();
	(void)nbr_pay(domain);
	nbr_hand_end(hand);
}

int nbr_thread_offline(enum nbr_flavor flavor)
{
	struct nbr_domain *domain = creditor_of_online(flavor);

	if (domain == NULL)
		return nbr_flavor_offline(flavor);
	pay_offline(domain, flavor);
	return 0;
}

int nbr_thread_quiescent(enum nbr_flavor flavor)
{
	struct nbr_domain *domain = creditor_of_online(flavor);

	if (domain == NULL)
		return nbr_flavor_quiescent(flavor);
	pay_offline(domain, flavor);
	(void)nbr_give_turn(NULL);
	nbr_flavor_ops(flavor)->thread_online();
	return 0;
}

bool nbr_in_section(const struct nbr_domain *domain)
{
	return domain->rcu->read_ongoing() != 0;
}
