/* box: the values of the string maps, blocks of 16 bytes that the map owns. */
#ifndef COMPARE_BOX_H
#define COMPARE_BOX_H

#include <stdint.h>
#include <stdlib.h>

#include "peer.h"

struct box {
	uint64_t number;
	uint64_t spare;
};

static inline struct box *box_new(uint64_t number, const char *peer)
{
	struct box *box = (struct box *)malloc(sizeof(*box));

	if (!box)
		peer_exhausted(peer);
	box->number = number;
	box->spare = 0;
	return box;
}

#endif
