/*
 * costs: what the simulated machine takes for what, by name, in nanoseconds.
 *
 * `nbmap-scale-real --calibrate` measures what can be measured on two cores of one socket
 * and prints it as these names, and nbmap-scale reads them back; its --fit finds step,
 * block, guess and call.  The defaults were so found on an Intel Xeon.
 * What cannot be measured here:
 *
 *   far   from another socket everything takes three times as long as from one's own: a
 *         guess.  That crossing sockets is what costs most is shown by David, Guerraoui,
 *         Trigonakis, "Everything you always wanted to know about synchronization but
 *         were afraid to ask", SOSP 2013
 *
 * 768 threads, as many as Click reported on, are taken for 16 sockets of 48 cores.
 */
#ifndef SCALE_COSTS_H
#define SCALE_COSTS_H

#include <stdbool.h>
#include <stdio.h>

enum cost {
	COST_STEP,  /* each access that is recorded, with the instructions around it */
	COST_CALL,  /* each operation besides */
	COST_BLOCK, /* each block of code */
	COST_GUESS, /* a branch that was guessed wrong */
	COST_RMW,   /* an atomic read-modify-write of a line that the core has */
	COST_PREFETCH,
	COST_LOAD_LLC, /* a load from the last-level cache */
	COST_LOAD_MEMORY,
	COST_LOAD_OWNER, /* of what another core of the socket has written */
	COST_OWN_LLC,	 /* the same for a write */
	COST_OWN_MEMORY,
	COST_OWN_OWNER,
	COST_OWN_SHARERS,
	COST_MIGRATES, /* 1 if that load takes the line away from the other, 0 if both can read it then */
	COST_PORT,   /* between two readers of one line */
	COST_WINDOW, /* how far a core goes on beyond a load that is under way */
	COST_BUFFER, /* and beyond a store */
	COST_SYSTEM, /* to wake a thread that sleeps */
	COST_FAR,    /* percent */
	COST_SOCKET, /* cores of one */
	COST_CACHE,  /* KiB of a core's */
	COST_LLC,    /* MiB of all last-level caches of a socket */
	COSTS
};

extern const char *const cost_names[COSTS];

struct costs {
	double of[COSTS];
};

struct costs costs_default(void);

/* "name=value"; false if there is no such name, or no number. */
bool costs_set(struct costs *costs, const char *text);

/* All lines "# cost NAME: VALUE"; false if the file cannot be read. */
bool costs_read(struct costs *costs, const char *path);

void costs_print(const struct costs *costs, FILE *out);

#endif
