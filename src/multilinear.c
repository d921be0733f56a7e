/*
 * multilinear: its secrets.
 */
#include "multilinear.h"

#include "sip.h"

/* The seed's secret of that number. */
static uint64_t draw(uint64_t seed, unsigned number)
{
	const unsigned char byte = (unsigned char)number;

	return nb_sip(&byte, 1, seed);
}

void nb_multilinear_init(struct nb_multilinear *multilinear, uint64_t seed, unsigned words)
{
	multilinear->last = draw(seed, 0) | 1;
	for (unsigned i = 0; i < words; i++) {
		multilinear->secret[i].low = draw(seed, 2 * i + 1);
		multilinear->secret[i].high = draw(seed, 2 * i + 2);
	}
}
