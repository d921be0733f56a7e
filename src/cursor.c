/*
 * cursor: see cursor.h.
 */
#include "cursor.h"

#include <string.h>

#include "tuning.h"

_Static_assert(sizeof(struct nb_cursor) == sizeof(struct nbmap_cursor), "a cursor fills its public shell");

/* Copied in and out: the shell has another type, and no aliasing is owed. */
struct nb_cursor nb_cursor_load(const struct nbmap_cursor *shell)
{
	struct nb_cursor cursor;

	memcpy(&cursor, shell, sizeof(cursor));
	return cursor;
}

void nb_cursor_store(struct nbmap_cursor *shell, const struct nb_cursor *cursor)
{
	memcpy(shell, cursor, sizeof(*cursor));
}

bool nb_cursor_valid(const struct nb_cursor *cursor)
{
	if (cursor->stages > NB_CURSOR_STAGES)
		return false;
	for (unsigned s = 0; s < NB_CURSOR_STAGES; s++) {
		if (cursor->grain[s] > (s < cursor->stages ? NB_GRAIN_MAX : 0))
			return false;
		if (s >= cursor->stages && cursor->at[s])
			return false;
	}
	return true;
}

/* All 64 bits: neighbours, pairs and fours change places, and then the bytes. */
static uint64_t reversed(uint64_t x)
{
	x = (x >> 1 & UINT64_C(0x5555555555555555)) | (x & UINT64_C(0x5555555555555555)) << 1;
	x = (x >> 2 & UINT64_C(0x3333333333333333)) | (x & UINT64_C(0x3333333333333333)) << 2;
	x = (x >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (x & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
	return __builtin_bswap64(x);
}

/* The bits of a hash that are its place in its interval. */
static uint64_t place_mask(unsigned grain)
{
	return UINT64_MAX >> grain;
}

/* The number's bits reversed, and the place. */
static uint64_t turned(unsigned grain, uint64_t x)
{
	return grain ? reversed(x >> (64 - grain)) | (x & place_mask(grain)) : x;
}

uint64_t nb_cursor_rank(uint64_t origin, unsigned grain, uint64_t hash)
{
	uint64_t places = place_mask(grain);

	return turned(grain, ((hash ^ origin) & ~places) | ((hash - origin) & places));
}

uint64_t nb_cursor_hash(uint64_t origin, unsigned grain, uint64_t rank)
{
	uint64_t places = place_mask(grain), x = turned(grain, rank);

	return ((x ^ origin) & ~places) | ((x + origin) & places);
}

unsigned nb_cursor_grain(uint64_t lines)
{
	unsigned grain = 0;

	while (grain < NB_GRAIN_MAX && (uint64_t)NB_STRETCH_LINES << grain < lines)
		grain++;
	return grain;
}

/* ---- Stages ------------------------------------------------------------- */

static unsigned last_stage(const struct nb_cursor *cursor)
{
	return cursor->stages - 1u;
}

static bool fits(unsigned grain, unsigned wanted)
{
	return grain < wanted + NB_REGRAIN && wanted < grain + NB_REGRAIN;
}

void nb_cursor_fit(struct nb_cursor *cursor, uint64_t lines)
{
	unsigned wanted = nb_cursor_grain(lines);

	if (cursor->stages && fits(cursor->grain[last_stage(cursor)], wanted))
		return;
	/* A stage in which nothing was passed says nothing: it may take another grain. */
	if (!cursor->stages || (cursor->at[last_stage(cursor)] && cursor->stages < NB_CURSOR_STAGES))
		cursor->stages++;
	else if (cursor->at[last_stage(cursor)])
		return;
	cursor->grain[last_stage(cursor)] = (uint8_t)wanted;
}

/* ---- Ranges ------------------------------------------------------------- */

/*
 * Skip intervals that an earlier stage s of no finer grain is past.  i, the rank of
 * an interval, is its number reversed; its number in s is the upper grain[s] bits
 * of that number; so its rank in s is i mod 2^grain[s].  Where that is too low, the
 * next i with one that is not has the same upper bits.
 */
static void skip(struct nb_cursor *cursor)
{
	unsigned last = last_stage(cursor), grain = cursor->grain[last];
	bool again = true;

	while (again) {
		again = false;
		for (unsigned s = 0; s < last; s++) {
			unsigned coarse = cursor->grain[s];
			uint64_t i, done, low;

			if (!coarse || coarse > grain)
				continue;
			i = cursor->at[last] >> (64 - grain);
			done = cursor->at[s] >> (64 - coarse);
			low = i & ((UINT64_C(1) << coarse) - 1);
			if (low >= done)
				continue;
			cursor->at[last] = (i - low + done) << (64 - grain);
			again = true;
		}
	}
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

struct nb_hashes nb_cursor_next(struct nb_cursor *cursor, uint64_t most)
{
	unsigned grain = cursor->grain[last_stage(cursor)];
	uint64_t places = place_mask(grain), first, more;

	skip(cursor);
	first = nb_cursor_hash(cursor->origin, grain, cursor->at[last_stage(cursor)]);
	/* To the interval's end, by rank, and by hash. */
	more = least(~cursor->at[last_stage(cursor)] & places, ~first & places);
	return (struct nb_hashes){first, first + least(more, most - 1)};
}

bool nb_cursor_wants(const struct nb_cursor *cursor, uint64_t hash)
{
	for (unsigned s = 0; s < last_stage(cursor); s++)
		if (nb_cursor_rank(cursor->origin, cursor->grain[s], hash) < cursor->at[s])
			return false;
	return true;
}

void nb_cursor_pass(struct nb_cursor *cursor, struct nb_hashes range)
{
	uint64_t *at = &cursor->at[last_stage(cursor)];

	*at += range.last - range.first + 1;
	if (!*at)
		*cursor = (struct nb_cursor){.cycle = cursor->cycle + 1};
}
