/*
 * await: how the stand-ins spin.
 *
 * await_change() returns when `*word` may be another than `seen`; the caller looks again.
 * In the simulation the thread stands still until somebody writes to the line, as one
 * that spins on a line in its own cache disturbs nobody.
 */
#ifndef SCALE_AWAIT_H
#define SCALE_AWAIT_H

#include <stdatomic.h>
#include <stdint.h>

void await_change(_Atomic uint32_t *word, uint32_t seen);

#endif
