/*
 * registry: all domains of the process, and which of them are shared.
 *
 *   domain in the list  <=>  made and not yet being torn down
 *   shared[f][t]        =    the shared domain of flavour f, with thread t, or
 *                            NULL; users >= 1 while it stands there
 *
 * One mutex.  Callbacks may take it (a free callback may make a map), so
 * nobody waits for a seat while holding it, fork() excepted, which has all
 * seats already.
 */
#ifndef NBR_REGISTRY_H
#define NBR_REGISTRY_H

#include "domain.h"

void nbr_registry_lock(void);
void nbr_registry_unlock(void);

/* With the lock: */
struct nbr_domain *nbr_registry_first(void); /* then follow `next` */
struct nbr_domain **nbr_registry_shared(enum nbr_flavor flavor, bool thread);
void nbr_registry_add(struct nbr_domain *domain);
void nbr_registry_remove(struct nbr_domain *domain); /* from both */

#endif
