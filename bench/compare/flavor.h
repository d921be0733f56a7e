/* flavor: liburcu's flavours by nbmap's numbers. */
#ifndef COMPARE_FLAVOR_H
#define COMPARE_FLAVOR_H

#include <nbmap.h>

struct rcu_flavor_struct;

/* In the order of enum nbmap_flavor; the last is NULL. */
extern const char *const flavor_names[];

const struct rcu_flavor_struct *flavor_of(enum nbmap_flavor flavor);

#endif
