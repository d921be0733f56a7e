/* The example of nbmap_version; see example.h. */
#include "example.h"

/* begin */
#if NBMAP_VERSION_MAJOR == 0 && NBMAP_VERSION_MINOR < 1
#error "nbmap 0.1 or later is needed"
#endif
/* end */

void nbmap_version_example(void)
{
	ck_assert_int_ge(NBMAP_VERSION_MAJOR + NBMAP_VERSION_MINOR + NBMAP_VERSION_PATCH, 1);
}
