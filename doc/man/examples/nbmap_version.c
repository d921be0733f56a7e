/* The example of nbmap_version; see example.h. */
#include "example.h"

/* begin */
static bool library_will_do(void)
{
	return nbmap_version() >= NBMAP_VERSION &&
	       nbmap_version() / 10000 == NBMAP_VERSION_MAJOR;
}
/* end */

void nbmap_version_example(void)
{
	ck_assert(library_will_do());
}
