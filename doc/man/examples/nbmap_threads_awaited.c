/* The example of nbmap_threads_awaited; see example.h. */
#include "example.h"

/* begin */
static void name_the_readers(unsigned age_ms, void *out)
{
	struct nbmap_thread threads[8];
	size_t n = nbmap_threads_awaited(NBMAP_MEMB, threads, 8);

	fprintf(out, "a grace period has lasted %u ms\n", age_ms);
	for (size_t i = 0; i < n && i < 8; i++)
		fprintf(out, "it waits for %s, thread %ld\n", threads[i].name,
			threads[i].tid);
	if (n == 0)
		fprintf(out, "it waits for a thread that is not known here\n");
}
/* end */

void nbmap_threads_awaited_example(void)
{
	char text[200] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(out);
	name_the_readers(1000, out);
	fclose(out);
	ck_assert_str_eq(text, "a grace period has lasted 1000 ms\nit waits for a thread that is not known here\n");
}
