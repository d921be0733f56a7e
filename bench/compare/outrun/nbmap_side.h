/* nbmap_side: the map of the side nbmap, for the patterns that only it takes part in. */
#ifndef COMPARE_OUTRUN_NBMAP_SIDE_H
#define COMPARE_OUTRUN_NBMAP_SIDE_H

#include "outrun/side.h"

struct map {
	struct side_base base;
	struct nbmap_domain *domain; /* its own, with default limits */
	struct nbmap_u64 *table;
};

#endif
