/*
 * seen: how often a walk, or a cycle of scans, has met each id.
 */
#ifndef TEST_SEEN_H
#define TEST_SEEN_H

#include <check.h>
#include <stdint.h>

/* All below `kept`, once. */
static inline void seen_all(const unsigned char *seen, uint64_t kept)
{
	for (uint64_t id = 0; id < kept; id++)
		ck_assert_msg(seen[id] == 1, "key %u was met %u times", (unsigned)id, seen[id]);
}

/* So many from `from` on. */
static inline unsigned seen_from(const unsigned char *seen, uint64_t from, uint64_t end)
{
	unsigned n = 0;

	for (uint64_t id = from; id < end; id++)
		n += seen[id];
	return n;
}

#endif
