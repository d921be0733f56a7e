/* zipf: random numbers of which the smallest come most often, number i with 1 / (i + 1)^theta. */
#ifndef LOAD_ZIPF_H
#define LOAD_ZIPF_H

#include <stdint.h>

struct zipf {
	uint64_t n;
	double theta, alpha, zeta, eta;
};

/* Of the numbers 0 to n - 1, 0 < theta < 1.  Takes time in the order of n. */
void zipf_begin(struct zipf *zipf, uint64_t n, double theta);
/* `random` is a number from 0 to 1. */
uint64_t zipf_draw(const struct zipf *zipf, double random);

#endif
