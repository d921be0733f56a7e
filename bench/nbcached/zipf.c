/* zipf: see zipf.h.  By the method of Gray et al., "Quickly generating billion-record synthetic
 * databases", SIGMOD 1994: the two most frequent numbers are told apart, the others follow a
 * power that approximates the sum. */
#include "zipf.h"

#include <math.h>

void zipf_begin(struct zipf *zipf, uint64_t n, double theta)
{
	double zeta2 = 1 + pow(0.5, theta);

	zipf->n = n;
	zipf->theta = theta;
	zipf->alpha = 1 / (1 - theta);
	zipf->zeta = 0;
	for (uint64_t i = 1; i <= n; i++)
		zipf->zeta += pow(1 / (double)i, theta);
	zipf->eta = (1 - pow(2 / (double)n, 1 - theta)) / (1 - zeta2 / zipf->zeta);
}

uint64_t zipf_draw(const struct zipf *zipf, double random)
{
	double scaled = random * zipf->zeta;
	uint64_t i;

	if (scaled < 1)
		return 0;
	if (scaled < 1 + pow(0.5, zipf->theta))
		return 1;
	i = (uint64_t)((double)zipf->n * pow(zipf->eta * random - zipf->eta + 1, zipf->alpha));
	return i < zipf->n ? i : zipf->n - 1;
}
