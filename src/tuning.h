/*
 * Every constant that can be turned, with its reason.  The tests build a
 * second library with the smallest values (nbmap_tiny in tests/CMakeLists.txt),
 * because races hide in big tables.
 */
#ifndef NB_TUNING_H
#define NB_TUNING_H

/*
 * Slots swept by one helping writer.  A writer pays for one block while a
 * migration is under way: 32 slots are a microsecond, less than many a system
 * call, and finish a table thirty times sooner than it can fill.  Meanwhile
 * every call looks into two tables, and one microsecond for each of one in fifty
 * inserts is better than a quarter for one in twelve.  A power of two.
 */
#ifndef NB_BLOCK_SLOTS
#define NB_BLOCK_SLOTS 32
#endif

/*
 * Migrations of this many blocks or more are also finished in the background,
 * so many blocks after each grace period; see host.c.  Smaller ones are a matter of
 * a few writes, and of microseconds.  2048 blocks are two or three milliseconds.
 */
#ifndef NB_SETTLE_MIN
#define NB_SETTLE_MIN 64
#endif
#ifndef NB_SETTLE_BLOCKS
#define NB_SETTLE_BLOCKS 2048
#endif

/*
 * What a retired thing does at a time, in between other garbage, be it in a put:
 * blocks that are settled, and slots whose keys and values are freed.  A tenth of
 * a millisecond.
 */
#define NB_SETTLE_SLICE 64
#ifndef NB_FREE_SLOTS
#define NB_FREE_SLOTS 256
#endif

/* The smallest table, in lines of four slots: with its map, under 1 KiB. */
#ifndef NB_MIN_LINES
#define NB_MIN_LINES 4
#endif

/*
 * Tables are *loose* or *tight*.  A table is left when more than USED of its slots are.
 * A new one has ROOM slots for each live entry, and room for n entries is a table of
 * which n are FILL: what is between that and the limit is room for some churn of them.
 *
 * How many lines of four slots are read on average, neighbours after the first:
 *
 *   used    a key that is there   a key that is not   a place for one
 *   0.5     1.05                  1.0                 1.2
 *   0.7     1.2                   1.1                 2.1
 *   0.8     1.4                   1.4                 3.8
 *   0.875   1.8                   2.1                 9
 *
 * What a tight table saves of memory it takes from claims, which look for a place: the
 * ones before the limit go far.  And it has fewer claims for each entry that is copied:
 *
 *   loose  5/2 * 4/5 - 1  = 1
 *   tight  11/5 * 7/8 - 1 = 37/40
 *
 * 7/3 would pay for each copy.  But as 7/3 * 7/8 > 2, keys that come and go, twice as many
 * as are there at a time, would fit into one table.  It would never be left, and be 6/7 full
 * for ever: a mix of calls on ten million lost up to a third.
 *
 * So a table is loose where memory matters less: up to LOOSE slots, 8 MiB, about what a
 * cache holds; and one for fewer than LOOSE entries is, as to its room.  And it is loose
 * where its map is churned (policy.h), of whatever size: it would be left again and again.
 * In tight tables only, a mix of calls on a map of 10,000 is slower by 1 to 6 %, a churn of
 * a million by 1 to 4 %.  Maps of millions that have grown take 25 bytes an entry in tight
 * tables, and 29 in loose ones.
 */
#define NB_LOOSE ((uint64_t)1 << 19)
#define NB_LOOSE_USED_NUM 4
#define NB_LOOSE_USED_DEN 5
#define NB_LOOSE_ROOM_NUM 5
#define NB_LOOSE_ROOM_DEN 2
#define NB_LOOSE_FILL_NUM 7
#define NB_LOOSE_FILL_DEN 10
#define NB_TIGHT_USED_NUM 7
#define NB_TIGHT_USED_DEN 8
#define NB_TIGHT_ROOM_NUM 11
#define NB_TIGHT_ROOM_DEN 5
#define NB_TIGHT_FILL_NUM 4
#define NB_TIGHT_FILL_DEN 5

/*
 * A table without a successor, because there was no memory for it, takes claims
 * up to CROWDED_MAX / CROWDED_DEN.  Past that a miss reads dozens of lines, then
 * thousands, and so would every copy out of it when there is memory again.
 */
#define NB_CROWDED_MAX 11
#define NB_CROWDED_DEN 12

/*
 * A successor's memory is cleared in slices of CLEAR_BYTES, one by each claim or
 * removal while there are any: a few microseconds, or what it costs to touch four
 * pages first.  A table may have one heir from its limit on, one more when less
 * than 1/SECOND_LEFT of it is left, and a third with less than 1/THIRD_LEFT; see
 * heir.h.  Each can be cleared in the claims before the next, or before the table is
 * full, at 16 bytes a slot:
 *
 *   claims until then  >= capacity * (11/12 - 7/8 - 2/NB_CHECKS)      = capacity/96
 *                         capacity * (23/24 - 11/12 - 2/NB_CHECKS)    = capacity/96
 *                         capacity * (1 - 23/24 - 2/NB_CHECKS)        = capacity/96
 *   slices of an heir  <= capacity * 5/2 * 11/12 * 16 / CLEAR_BYTES   = capacity/447
 *
 * and in capacity/128 slices the largest step, GROW_MAX, towards room that was asked
 * for and is not filled.  The more is left to those claims, the longer a thread may
 * be kept from its processor with a slice in hand before another heir is made; at
 * 11/12 a place for a key is a dozen lines away, at 23/24 several dozen.
 *
 * A clear puts a table of ALONE_BYTES at most in the place of a larger one that
 * would have to be cleared: a tenth of a millisecond.
 */
#define NB_HEIRS 3
#ifndef NB_CLEAR_BYTES
#define NB_CLEAR_BYTES 16384
#endif
#define NB_SECOND_LEFT 12
#define NB_THIRD_LEFT 24
#define NB_GROW_MAX 8
#define NB_ALONE_BYTES (64 * (size_t)NB_CLEAR_BYTES)

/*
 * A successor has at least 1/SHRINK_MAX of the slots of its predecessor.  Each
 * claim in the new table helps one block of the old one, and the old one must
 * be done before the new one fills:
 *
 *   claims that fit  >= capacity/SHRINK_MAX * (4/5 - 2/5)  = capacity/15
 *   blocks to sweep   = capacity/NB_BLOCK_SLOTS            = capacity/32
 *
 * Otherwise a chain would grow behind a huge, nearly empty table.
 */
#define NB_SHRINK_MAX 6

/*
 * Removals start a migration when tombstones outnumber the live and fill
 * 1/TOMB_DEN of the table: at least capacity/4 removals pay for a sweep of
 * capacity slots.  Tables of SMALL_LINES or less are left to the load limit;
 * they hold little and would be replaced all the time.
 */
#define NB_TOMB_DEN 4
#ifndef NB_SMALL_LINES
#define NB_SMALL_LINES 16
#endif

/*
 * Lines that a walk reads in a row: enough for the processor to read ahead, and
 * few enough that what one holds, once its neighbours are removed and the table
 * has shrunk, fills but a few lines.
 */
#ifndef NB_STRETCH_LINES
#define NB_STRETCH_LINES 8
#endif

/*
 * A scan's cycle takes a new grain when intervals are 2^REGRAIN times as long as
 * they should be, or as short: seldom enough for a few stages to do from an empty
 * table to the largest, and soon enough that what an interval holds fills some
 * dozen lines at most.
 */
#ifndef NB_REGRAIN
#define NB_REGRAIN 3
#endif

/*
 * A scan that has read SCAN_LINES lines for each entry that it may return returns
 * what it has.  A table begins with 1.6 entries a line: it has fewer than one for
 * two lines only when most were removed.
 */
#define NB_SCAN_LINES 2

/*
 * A walk that has found nothing in so many lines for each stripe of the counter of
 * entries looks there, which takes as long as a few lines for each: a map that is
 * empty is not walked through.
 */
#define NB_BARREN_LINES 64

/*
 * In tables of up to so many lines, 64 MiB, a get does not guess whether it hits.  Measured
 * at 16 to 35 MiB, one thread, guessing beside not: half of the keys there, drawn evenly
 * and the answer not looked at, 0.85 of the speed, by Zipf 0.89; where the caller goes on
 * by the answer 1.09, all keys there 1.11, none 1.13.  At 100 MiB it is ahead in both
 * loops, by 1.14 and 1.18.
 */
#ifndef NB_UNGUESSED_LINES
#define NB_UNGUESSED_LINES 1048576
#endif

/*
 * How many keys ahead a get_batch asks for lines: as many misses as a core can
 * have under way, and no more than it can hold until it comes to them.  A
 * power of two.
 */
#define NB_WINDOW 16

/*
 * Statistics look at so many lines of a table at most, and at so many words of its
 * flags: 20 to 30 microseconds, and half a millisecond where each key's object is a
 * miss of the cache.  About 700 keys are enough to tell shares within some percent.
 */
#ifndef NB_SAMPLE_LINES
#define NB_SAMPLE_LINES 256
#endif

/*
 * Counters are striped from this many slots on; below, one cache line is cheaper than
 * many.  A table's claims have MAX_STRIPES shared tallies at most, a power of two, and
 * its blocks are handed out in as many lanes.
 */
#ifndef NB_STRIPE_SLOTS
#define NB_STRIPE_SLOTS 4096
#endif
#ifndef NB_MAX_STRIPES
#define NB_MAX_STRIPES 256
#endif

/*
 * Tallies of threads' own, in each counter: MAX_TALLIES at most, a power of two, and one
 * for TALLY_SLOTS slots, an eighth of a table's bytes.
 */
#ifndef NB_MAX_TALLIES
#define NB_MAX_TALLIES 1024
#endif
#ifndef NB_TALLY_SLOTS
#define NB_TALLY_SLOTS 32
#endif

/*
 * A map's counters get more stripes when they are WIDEN times as many as before.
 * The older ones are read with every sum; all together they are as many as the
 * newest.
 */
#define NB_WIDEN 2

/*
 * The load is checked when one of a table's shared tallies passes a multiple of
 * capacity / (CHECKS * tallies), and threads keep as many claims to themselves at most:
 * all together can overshoot by 2 * capacity / CHECKS, and usually by half of that.
 * Removals are followed by a look for tombstones as often as that costs little (count.h),
 * and TOMB_LOOKS times for the slots of a table at least.
 */
#ifndef NB_TOMB_LOOKS
#define NB_TOMB_LOOKS 16
#endif
#ifndef NB_CHECKS
#define NB_CHECKS 64
#endif

#endif
