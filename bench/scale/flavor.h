/*
 * flavor: what a thread of the simulation does to be known to its flavour.
 *
 * See flavor.c.  In real runs the same calls are liburcu's.
 */
#ifndef SCALE_FLAVOR_H
#define SCALE_FLAVOR_H

void flavor_register(void);
void flavor_unregister(void);
void flavor_quiescent(void);

#endif
