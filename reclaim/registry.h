/*
 * registry: all domains of the process, which of them are shared, and whether
 * this is still the process that made them.
 *
 *   domain in the list  <=>  made and not yet being torn down
 *   shared[f][t]        =    the shared domain of flavour f, with thread t, or
 *                            NULL; users >= 1 while it stands there
 *   process             =    0 while the list is empty, else the pid in which
 *                            the domains' threads run
 *
 *   removals            only grows; who is in a section of a domain, and finds it as it
 *                       was, knows that the domain is still to end, and waits for the
 *                       section's end first
 *
 * One mutex.  Callbacks may take it (a free callback may make a map), so
 * nobody waits for a seat while holding it, fork() excepted, which has all
 * seats already.  One thread at a time forks.
 */
#ifndef NBR_REGISTRY_H
#define NBR_REGISTRY_H

#include "domain.h"

/* -ECHILD in a child that was forked without nbr_before_fork(): the domains'
 * threads are not here, and any lock may be taken for ever.  -EDEADLK in the thread
 * that forks, which has all of them. */
int nbr_registry_check_process(void);

void nbr_registry_lock(void);
void nbr_registry_unlock(void);

/* With the lock: */
struct nbr_domain *nbr_registry_first(void); /* then follow `next` */
struct nbr_domain **nbr_registry_shared(enum nbr_flavor flavor, bool thread);
void nbr_registry_add(struct nbr_domain *domain);
void nbr_registry_remove(struct nbr_domain *domain); /* from both */

/* Without: how many were removed. */
uint64_t nbr_registry_removals(void);

/* Be the one that forks, when it is one's turn; with the lock, which is let go
 * meanwhile. */
void nbr_registry_fork_begin(void);
void nbr_registry_fork_end(bool child);

#endif
