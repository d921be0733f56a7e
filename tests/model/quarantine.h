/*
 * quarantine: memory and reclamation for a model: nothing that is freed is
 * used again within an execution, and every touch of it is reported.
 *
 * It is the model's reclaim layer (it implements reclaim/reclaim.h): a retired
 * object is freed as early as the rules allow, which is the moment when the
 * last section that was open at its retirement ends; or, on demand, by those who
 * retire (quarantine_writers_free()).
 *
 * Blocks are of three kinds: the core's own, keys and values.  A key or value
 * is a block that holds one number.
 */
#ifndef MODEL_QUARANTINE_H
#define MODEL_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nbmap.h"

/* A boxed number: what keys and values are. */
struct boxed {
	uint64_t number;
};

/*
 * Who frees: as a rule the last section that had to be waited for, as it ends and
 * in one step.  Or, as in the library, whoever next retires, or reserves a place
 * for it, within his own section: one object, or one slice of a table or chain,
 * while others go on.
 */
void quarantine_writers_free(bool on);

/* Free all that is ripe, a slice at a time, while others go on: what the domain's
 * thread does.  Outside any section; nothing is left to free unless writers free. */
void quarantine_free_beside(void);

/* Slices that writers have freed, in all executions. */
uint64_t quarantine_freed_by_writers(void);

/* Begin an execution; end it, with everything freed exactly once. */
void quarantine_begin(void);
void quarantine_end(void);

/* The `nth` thing that is asked for from here on, from 1, is not to be had: memory, a
 * copy of a key, a place to retire to.  0: no failure (any more). */
void quarantine_fail(uint64_t nth);

/* Whether that has happened in this execution. */
bool quarantine_failed(void);

/* Whether what is asked for now is to be had. */
bool quarantine_grants(void);

/* A thread will be stopped inside a section: nothing is freed from now on, and
 * touches of freed memory are not looked for. */
void quarantine_hoard(void);

/* End such an execution: leaks are not reported. */
void quarantine_abandon(void);

/* The running thread's next allocation for the core finds no memory. */
void quarantine_fail_next(void);

/* Objects that were retired and not freed. */
size_t quarantine_waiting(void);

/* A new box, aligned for a value. */
struct boxed *box(uint64_t number);

/* The number in a box that must not have been freed. */
uint64_t boxed_number(const void *box);

/* Free a box that the map was never given, or gave back. */
void unbox(void *box);

/* For a struct nbmap_config. */
extern const struct nbmap_allocator quarantine_allocator;

/* How a violation is reported: does not return. */
_Noreturn void model_fail(const char *what, ...) __attribute__((format(printf, 1, 2)));

#endif
