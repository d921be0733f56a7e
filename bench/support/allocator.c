/* allocator: see allocator.h.  One that was preloaded is known by a function that only it has. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "allocator.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stddef.h>

static bool fast_bins_dropped;

static const char *preloaded(void)
{
	static const struct {
		const char *function;
		const char *name;
	} known[] = {
		{"mallctl", "jemalloc"},
		{"tc_version", "tcmalloc"},
		{"mi_version", "mimalloc"},
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (dlsym(RTLD_DEFAULT, known[i].function))
			return known[i].name;
	}
	return NULL;
}

bool allocator_drop_fast_bins(void)
{
#ifdef M_MXFAST
	/* A preloaded one has its own mallopt() or leaves us glibc's, which then governs nothing. */
	fast_bins_dropped = !preloaded() && mallopt(M_MXFAST, 0);
#endif
	return fast_bins_dropped;
}

const char *allocator_name(void)
{
	const char *name = preloaded();

	return name ? name : fast_bins_dropped ? "mxfast0" : "libc";
}
