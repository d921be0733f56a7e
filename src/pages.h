/*
 * pages: large blocks, taken from the system as zero pages.
 *
 * No time is spent on clearing a large table (heir.h), and of one that loses the
 * race to be installed nothing was touched.
 *
 * From 2 MiB on a block is aligned to 2 MiB and the system is asked to back it
 * with huge pages.  A table is read at random, so most of a miss on small pages
 * is the walk to its translation.  The price is at first touch: clearing 2 MiB
 * takes a quarter of a millisecond, and now and then several; but it is paid
 * once where small pages pay 512 times, and so seldom that even the slowest
 * ten-thousandth of inserts into a growing map does not meet it.
 *
 * Giving back 2 MiB takes a tenth of a millisecond in small pages, so a large block
 * goes back in pieces, from its end: its beginning says how far that is.
 */
#ifndef NB_PAGES_H
#define NB_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Worth a system call: anything smaller is left to malloc. */
#define NB_PAGES_MIN ((size_t)1 << 20)

/* `size` bytes of zeroes, NB_PAGES_MIN or more, aligned to a page; or NULL.
 * `huge` asks for huge pages; whether the system has any is not an error. */
void *nb_pages_map(size_t size, bool huge);
void nb_pages_unmap(void *block, size_t size);

/* What is left of `size` bytes when a piece of them is unmapped: whole pieces, or 0. */
#define NB_PAGES_PIECE ((size_t)2 << 20)
static inline size_t nb_pages_left(size_t size)
{
	return size ? (size - 1) / NB_PAGES_PIECE * NB_PAGES_PIECE : 0;
}

/* Unmap all from `left` on, of a block of which `size` bytes are mapped. */
void nb_pages_unmap_end(void *block, size_t size, size_t left);

#endif
