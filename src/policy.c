/*
 * policy: see policy.h.
 */
#include "policy.h"

/* ceil(n * num / den), or SIZE_MAX where that wraps. */
static size_t scale(uint64_t n, size_t num, size_t den)
{
	return n > SIZE_MAX / num - den ? SIZE_MAX : (size_t)(n * num + den - 1) / den;
}

size_t nb_policy_lines(uint64_t live, uint64_t used)
{
	if (live < NB_LOOSE || nb_policy_is_churned(live, used))
		return scale(live, NB_LOOSE_ROOM_NUM, NB_LOOSE_ROOM_DEN * NB_LINE_SLOTS);
	return scale(live, NB_TIGHT_ROOM_NUM, NB_TIGHT_ROOM_DEN * NB_LINE_SLOTS);
}

uint64_t nb_policy_limit(struct nb_size size)
{
	/* Nothing wraps: no table has so many lines (table.c). */
	uint64_t capacity = (uint64_t)size.lines * NB_LINE_SLOTS;

	return size.churned || capacity <= NB_LOOSE ? capacity * NB_LOOSE_USED_NUM / NB_LOOSE_USED_DEN
						    : capacity * NB_TIGHT_USED_NUM / NB_TIGHT_USED_DEN;
}

size_t nb_policy_room(size_t entries)
{
	size_t loose = scale(entries, NB_LOOSE_FILL_DEN, NB_LOOSE_FILL_NUM);
	size_t tight = scale(entries, NB_TIGHT_FILL_DEN, NB_TIGHT_FILL_NUM);
	size_t slots = loose <= NB_LOOSE ? loose : tight > NB_LOOSE ? tight : NB_LOOSE;

	/* The limit is looked at every so many claims: one line to spare. */
	return entries ? slots / NB_LINE_SLOTS + 1 : 0;
}
