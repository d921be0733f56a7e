/*
 * pages: see pages.h.
 */
#include "pages.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE NB_PAGES_PIECE

static void *map_zeroes(size_t size)
{
	void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return block == MAP_FAILED ? NULL : block;
}

/* Map too much and give back what lies before and behind the aligned part. */
static void *map_aligned(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t used = (size + page - 1) & ~(page - 1);
	char *block;
	size_t before;

	if (used < size || used > SIZE_MAX - HUGE_PAGE)
		return NULL;
	block = map_zeroes(used + HUGE_PAGE);
	if (!block)
		return NULL;
	before = -(uintptr_t)block & (HUGE_PAGE - 1);
	if (before)
		munmap(block, before);
	munmap(block + before + used, HUGE_PAGE - before);
	return block + before;
}

void *nb_pages_map(size_t size, bool huge)
{
	void *block;

	if (!huge || size < HUGE_PAGE)
		return map_zeroes(size);
	block = map_aligned(size);
	if (block) /* a refusal changes nothing but speed */
		(void)madvise(block, size, MADV_HUGEPAGE);
	return block;
}

void nb_pages_unmap(void *block, size_t size)
{
	munmap(block, size);
}

void nb_pages_unmap_end(void *block, size_t size, size_t left)
{
	munmap((char *)block + left, size - left);
}
