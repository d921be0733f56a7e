/*
 * burden: what it costs to free a block, beyond free(): a value with parts of
 * its own, as applications have, takes its reclaimer longer than a plain block.
 */
#ifndef COMPARE_BURDEN_H
#define COMPARE_BURDEN_H

#include <stdint.h>

/* From now on each burden_free() is busy for `ns` before it frees. */
void burden_set(uint64_t ns);

void burden_free(void *block);

#endif
