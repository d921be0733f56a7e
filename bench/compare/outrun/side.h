/*
 * side: one of the two that outrun sets against each other: a map, and the
 * reclamation that goes with it, of any flavour of liburcu.
 *
 * Unlike a peer it owns its values, blocks of 64 bytes of which each write
 * allocates one and has one freed, by burden_free(); and it tells how much
 * waits to be freed.  As there, only whole loops are called through pointers:
 * they are compiled once a side, from loops.h.
 */
#ifndef COMPARE_OUTRUN_SIDE_H
#define COMPARE_OUTRUN_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include <nbmap.h>

#include "peer.h"
#include "tally.h"

struct rcu_flavor_struct;

#define SIDE_BLOCK 64

struct side_config {
	enum nbmap_flavor flavor;
	unsigned section; /* operations in one section */
	uint64_t room;	  /* entries at most */
	uint64_t present; /* entries at the start: indices 0 to present - 1 */
};

/* What the loops need of both sides' maps. */
struct side_base {
	const struct rcu_flavor_struct *urcu;
	enum nbmap_flavor flavor;
	unsigned section;
	struct tally refused; /* writes that reclamation turned away */
};

/* Run by a thread that is not registered with the flavour; each registers and unregisters itself. */
struct side_loops {
	/* Put over keys drawn from `from` to `to`. */
	void (*overwrite)(void *map, struct shift *shift);
	/* The same, each put timed. */
	void (*timed)(void *map, struct shift *shift);
	/* Puts `to` and on, and removes `from` and on, `from` and `to` being SIDE_LIVE apart at most. */
	void (*churn)(void *map, struct shift *shift);
	/* Gets and puts of keys drawn from `from` to `to`, as the mixture says. */
	void (*mix)(void *map, struct shift *shift);
};

/* A thread's live keys in churn. */
#define SIDE_LIVE 1000

struct side {
	const char *name; /* as in peers[] */
	/* Begins with its struct side_base.  NULL: no memory. */
	void *(*create)(const struct side_config *config);
	/* No other thread uses it; waits for what is still to be freed. */
	void (*destroy)(void *map);
	/* Blocks that wait to be freed.  By any thread. */
	uint64_t (*pending)(void *map);
	struct side_loops loops;
};

extern const struct side side_nbmap, side_cds_lfht;

#endif
