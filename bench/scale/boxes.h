/*
 * boxes: blocks of one cache line each, which hold a value.
 *
 * An allocator as programs use them where many threads allocate: who frees keeps the block
 * for its own next one, so that nothing is shared but the blocks themselves.
 */
#ifndef SCALE_BOXES_H
#define SCALE_BOXES_H

#include <stdint.h>

struct box {
	_Alignas(64) struct box *next;
	uint64_t value;
};

struct box *box_make(uint64_t value);
void box_free(struct box *box);

/* All that were ever made are gone.  No thread has one, nor will one that lives on make
 * another. */
void boxes_end(void);

#endif
