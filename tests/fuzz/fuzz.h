/*
 * fuzz: one input, run to its end.  libFuzzer calls this, and so does replay.c.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Always 0: a difference aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
