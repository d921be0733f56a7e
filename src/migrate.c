/*
 * migrate: see migrate.h for the protocol and its proofs.
 */
#include "migrate.h"

#include <errno.h>

#include "heir.h"
#include "host.h"
#include "map.h"
#include "probe.h"
#include "tuning.h"

/* ---- Size policy -------------------------------------------------------- */

/* The room that was asked for; `most` where it is more, and would have to be cleared. */
static size_t lines_asked_for(const struct nb_map *map, size_t most)
{
	return map->min_lines > most && !nb_host_zeroes(map, nb_table_size(map->min_lines)) ? most : map->min_lines;
}

/*
 * A successor's, where `used` slots are, and `coming` entries, 0 or 1, may be about to come
 * and not counted yet.  What is not cleared when it is had, and cannot be
 * in the claims that are left: in steps (tuning.h).  Only room that was asked for can be
 * so much larger.
 */
static struct nb_size successor_size(struct nb_map *map, struct nb_table *table, uint64_t used, unsigned coming)
{
	uint64_t live = nb_count_sum(&table->chain->live) + coming;
	size_t lines = nb_policy_lines(live, used), least = table->lines / NB_SHRINK_MAX;
	size_t most = table->lines * NB_GROW_MAX;

	if (lines <= map->min_lines)
		lines = lines_asked_for(map, most);
	return (struct nb_size){
		.lines = lines > least ? lines : least,
		.churned = nb_policy_is_churned(live, used),
	};
}

size_t nb_migrate_first_lines(const struct nb_map *map)
{
	/* At least one, and no more than one call may clear. */
	size_t most = NB_ALONE_BYTES / (sizeof(struct nb_line) + NB_SPILL_CLASSES / 8);

	return lines_asked_for(map, most);
}

/* How many heirs a table may have of which `used` slots are. */
static unsigned places(const struct nb_table *table, uint64_t used)
{
	uint64_t capacity = nb_table_capacity(table), left = used < capacity ? capacity - used : 0;

	if (left * NB_SECOND_LEFT >= capacity)
		return 1;
	return left * NB_THIRD_LEFT >= capacity ? 2 : NB_HEIRS;
}

/* One is wanted. */
static int begin(struct nb_map *map, struct nb_table *table, uint64_t used, unsigned coming)
{
	int error = nb_host_has_room(map, table->bytes);

	return error ? error : nb_heir_want(map, table, successor_size(map, table, used, coming), places(table, used));
}

void nb_migrate_check_used(struct nb_map *map, struct nb_table *table)
{
	uint64_t used;

	if (nb_table_is_left(table) || nb_heir_assist(map, table))
		return;
	used = nb_claims_seen(&table->used);
	if (used > nb_table_limit(table) && begin(map, table, used, 0) &&
	    used * NB_CROWDED_DEN > nb_table_capacity(table) * NB_CROWDED_MAX && !nb_heir_is_under_way(table))
		nb_store_relaxed(&table->crowded, 1); /* read by claims to come, of which a few may miss it */
}

void nb_migrate_check_tombs(struct nb_map *map, struct nb_table *table)
{
	uint64_t used, entries;

	if (table->lines <= NB_SMALL_LINES || nb_table_is_left(table) || nb_heir_assist(map, table))
		return;
	/* entries may count keys that are still to be copied here; then there
	 * seem to be fewer tombstones than there are, and we wait. */
	used = nb_claims_seen(&table->used);
	entries = nb_count_sum(&table->chain->live);
	if (used > 2 * entries && (used - entries) * NB_TOMB_DEN >= nb_table_capacity(table))
		(void)begin(map, table, used, 0);
}

void nb_migrate_look_for_tombs(struct nb_map *map, struct nb_table *table, uint64_t removed)
{
	uint64_t spacing = nb_count_spacing(&table->chain->live);

	/* Also where a map that was large has many stripes: a few looks at least, before
	 * all that a small table holds is removed. */
	while (spacing * NB_TOMB_LOOKS > nb_table_capacity(table))
		spacing >>= 1;
	/* Relaxed: a hint. */
	if (!nb_load_relaxed(&table->check_mask) || !(removed & spacing))
		nb_migrate_check_tombs(map, table);
}

/* ---- Start -------------------------------------------------------------- */

static int give_successor(struct nb_map *map, struct nb_table *table)
{
	if (nb_table_is_left(table))
		return 0;
	return nb_heir_force(map, table, successor_size(map, table, nb_claims_seen(&table->used), 1));
}

int nb_migrate_start(struct nb_map *map, struct nb_table *table)
{
	int error = nb_table_is_left(table) ? 0 : nb_host_admit(map, table->bytes);

	return error ? error : give_successor(map, table);
}

/* A successor, or an heir. */
static int get_under_way(struct nb_map *map, struct nb_table *table)
{
	int error;

	if (nb_table_is_left(table) || nb_heir_assist(map, table))
		return 0;
	error = begin(map, table, nb_claims_seen(&table->used), 1);
	/* If there is none yet, another's allocation may be under way, and may fail. */
	return nb_heir_is_under_way(table) ? 0 : error ? error : give_successor(map, table);
}

int nb_migrate_prepare(struct nb_map *map, struct nb_table *table)
{
	int error = get_under_way(map, table);

	/* Relaxed, as above.  A check that failed before may set it once more. */
	if (!error)
		nb_store_relaxed(&table->crowded, 0);
	else if (error == -ENOBUFS)
		nb_host_refused(map);
	return error;
}

/* ---- Copy one slot ------------------------------------------------------ */

/* Where a key pointer is taken from on its way to a later table.  The place is not the
 * first member: GenMC 0.11 takes a copy of that for one of the whole. */
struct source {
	struct nb_table *table;
	struct nb_place place;
	uint64_t word;
};

/*
 * Find or claim `key`'s slot in `table` for a copier; `word` is what a claim
 * would store.  A table that is itself being left is closed instead of
 * claimed: the value would only be carried on from there.
 */
NB_INLINE enum nb_find reach(const struct nb_keys *keys, enum nb_kind kind, struct nb_table *table,
			     const struct nb_key *key, uint64_t word, struct nb_place *place, bool *claimed)
{
	enum nb_find found;
	uint64_t seen;

	/* Each turn but the last has lost its slot to somebody else, and the
	 * table has only so many. */
	*claimed = false;
	while ((found = nb_table_seek(table, keys, kind, key, NB_PLACE, place)) == NB_VACANT) {
		if (nb_table_is_left(table)) {
			nb_key_close(nb_place_key(*place), &seen);
			continue;
		}
		/* Before the claim, as in a write. */
		nb_table_owns(table, keys, word);
		*claimed = nb_table_claim(table, *place, key->hash, &seen, word);
		if (*claimed)
			return NB_FOUND;
		nb_table_disowns(table, keys, word);
	}
	return found;
}

/* What copies have claimed in a table and not counted yet: less than HAUL_FULL. */
struct haul {
	struct nb_table *table; /* NULL: nothing yet */
	uint64_t claims;
};

#define HAUL_FULL 8

NB_APART void haul_count(struct nb_map *map, struct haul *haul)
{
	struct nb_table *table = haul->table;
	uint64_t claims = haul->claims;

	haul->claims = 0;
	/* A call copies many: it does not also clear a slice for each. */
	if (claims && nb_claims_is_due(nb_claims_add(&table->used, claims), table->calm_mask, claims))
		nb_migrate_check_used(map, table);
}

/* One more, in `table`. */
static inline void haul_claimed(struct nb_map *map, struct haul *haul, struct nb_table *table)
{
	if (haul->table != table || haul->claims == HAUL_FULL - 1) {
		haul_count(map, haul);
		haul->table = table;
	}
	haul->claims++;
}

/* Its key pointer was put into a later table, by us. */
static void disown(const struct nb_keys *keys, struct source source)
{
	nb_value_carry(nb_place_value(source.place));
	nb_table_disowns(source.table, keys, source.word);
}

/* carry_on(): the value goes further than it was to look; not an errno. */
#define FURTHER 1

/*
 * Bring `value` of the slot `origin` to a later table, unless it has arrived; `near`: if
 * that is the next.  `*carried`, unless FURTHER, says whether the origin's key pointer
 * stands in the key's first slot in a later table.
 */
NB_INLINE int carry_on(struct nb_map *map, enum nb_kind kind, struct source origin, uint64_t value, struct haul *haul,
		       bool near, bool *carried)
{
	struct nb_table *table = origin.table;
	struct nb_key key = nb_key_of_word(&map->keys, kind, origin.word);
	struct source from = origin;

	*carried = false;
	for (;;) {
		struct nb_place place;
		bool claimed;
		int error;

		/* Set, as the slot we come from is not open, or the table is full.  acquire:
		 * where a table was closed or found full, this thread may only have asked
		 * whether there is a successor, which another has made and cleared. */
		table = nb_load_acquire(&table->next);
		switch (reach(&map->keys, kind, table, &key, from.word, &place, &claimed)) {
		case NB_FOUND: {
			uint64_t word = nb_load_relaxed(nb_place_key(place)); /* final, and acquired by the probe */
			uint64_t seen;

			if (claimed)
				haul_claimed(map, haul, table);
			if (from.place.line == origin.place.line && from.place.index == origin.place.index)
				*carried = word == origin.word;
			else if (claimed && kind == NB_OBJECT)
				disown(&map->keys, from);
			if (nb_value_arrive(nb_place_value(place), &seen, value) || nb_payload(seen) != NB_EMPTY)
				return 0;
			from = (struct source){table, place, word};
			break;
		}
		case NB_FULL:
			if (near)
				return FURTHER;
			/* Not refused at a limit: what stands here has been admitted. */
			error = give_successor(map, table);
			if (error)
				return error;
			break;
		case NB_CLOSED:
		case NB_VACANT: /* never returned by reach() */
			break;
		}
		/* SEALED_EMPTY, CLOSED or FULL: the next table, then. */
		if (near)
			return FURTHER;
	}
}

/* Speed, not correctness: apart from the common copy, which ends in the next table.  What
 * that has done is found done. */
NB_APART int carry_far(struct nb_map *map, enum nb_kind kind, struct source origin, uint64_t value, struct haul *haul,
		       bool *carried)
{
	return carry_on(map, kind, origin, value, haul, false, carried);
}

NB_INLINE int copy_slot(struct nb_map *map, enum nb_kind kind, struct nb_table *table, struct nb_place place,
			struct haul *haul)
{
	nb_word *slot = nb_place_value(place);
	uint64_t frozen = nb_value_freeze(slot);
	/* Relaxed: the key was claimed before we were sent here. */
	struct source origin = {table, place, nb_load_relaxed(nb_place_key(place))};
	bool carried;
	int error;

	if (!nb_is_frozen_value(frozen))
		return 0;
	error = carry_on(map, kind, origin, nb_payload(frozen), haul, true, &carried);
	if (error == FURTHER)
		error = carry_far(map, kind, origin, nb_payload(frozen), haul, &carried);
	if (error)
		return error;
	/* A failure means that another copier did the same: both saw the same
	 * first later slot, so both say the same of `carried`. */
	if (kind == NB_INTEGER)
		nb_value_move_alike(slot, frozen);
	else if (nb_value_move(slot, frozen, carried) && carried)
		nb_table_disowns(table, &map->keys, origin.word);
	return 0;
}

int nb_migrate_copy(struct nb_map *map, struct nb_table *table, struct nb_place place)
{
	struct haul haul = {0};
	int error = map->keys.kind == NB_INTEGER ? copy_slot(map, NB_INTEGER, table, place, &haul)
						 : copy_slot(map, NB_OBJECT, table, place, &haul);

	haul_count(map, &haul);
	return error;
}

/* ---- Sweep -------------------------------------------------------------- */

/* Make slots first..end-1 of a line final or unreachable. */
NB_INLINE int sweep_line(struct nb_map *map, enum nb_kind kind, struct nb_table *table, struct nb_line *line,
			 unsigned first, unsigned end, struct haul *haul)
{
	/* From slot 0 on, as a close must aim at the lowest EMPTY. */
	for (unsigned i = 0; i < end; i++) {
		/* seq_cst: as everywhere that a key word is looked at. */
		uint64_t word = nb_load_seq_cst(&line->key[i]);

		if (word == NB_KEY_EMPTY && nb_key_close(&line->key[i], &word))
			return 0;
		if (word == NB_KEY_CLOSED)
			return 0;
		if (i >= first) {
			int error = copy_slot(map, kind, table, (struct nb_place){line, i}, haul);

			if (error)
				return error;
		}
	}
	return 0;
}

/*
 * Ask for the lines of a block and for those its keys go to, all at once; the
 * copy then waits for one miss and not for each.  Both tables are in the order
 * of the hash, so the block's keys have their homes in one run of lines.
 */
static void prefetch_block(const struct nb_table *table, size_t slot, size_t end)
{
	const struct nb_table *next = nb_peek(&table->next);
	double growth = (double)next->lines / (double)table->lines;
	size_t first = slot / NB_LINE_SLOTS, last = (end - 1) / NB_LINE_SLOTS;
	size_t home = (size_t)((double)first * growth);
	size_t last_home = (size_t)((double)(last + 1) * growth);

	for (size_t line = first; line <= last; line++)
		nb_prefetch(&table->line[line]);
	while (home <= last_home && home < next->lines)
		nb_prefetch(&next->line[home++]);
}

/* The objects too, whose hashes are wanted. */
static void prefetch_objects(const struct nb_table *table, const struct nb_keys *keys, size_t slot, size_t end)
{
	for (; slot < end; slot++) {
		struct nb_line *line = &table->line[slot / NB_LINE_SLOTS];
		uint64_t word = nb_peek(&line->key[slot % NB_LINE_SLOTS]);

		if (word > NB_KEY_CLOSED)
			nb_prefetch(nb_object_of_word(keys, word));
	}
}

NB_INLINE int sweep_block(struct nb_map *map, enum nb_kind kind, struct nb_table *table, size_t slot, size_t end,
			  struct haul *haul)
{
	while (slot < end) {
		size_t line = slot / NB_LINE_SLOTS;
		size_t left = end - line * NB_LINE_SLOTS;
		int error = sweep_line(map, kind, table, &table->line[line], (unsigned)(slot % NB_LINE_SLOTS),
				       left < NB_LINE_SLOTS ? (unsigned)left : NB_LINE_SLOTS, haul);

		if (error)
			return error;
		slot = (line + 1) * NB_LINE_SLOTS;
	}
	return 0;
}

bool nb_migrate_sweep(struct nb_map *map, struct nb_table *table, size_t block, int *error)
{
	size_t slot = block * NB_BLOCK_SLOTS;
	size_t end = slot + NB_BLOCK_SLOTS;
	struct haul haul = {0};

	if (end > nb_table_capacity(table))
		end = nb_table_capacity(table);
	prefetch_block(table, slot, end);
	if (map->keys.kind == NB_INTEGER) {
		*error = sweep_block(map, NB_INTEGER, table, slot, end, &haul);
	} else {
		prefetch_objects(table, &map->keys, slot, end);
		*error = sweep_block(map, NB_OBJECT, table, slot, end, &haul);
	}
	haul_count(map, &haul);
	if (*error)
		return false;
	/* seq_cst: with the promotions, so that of two threads that set the
	 * last two flags at least one sees both. */
	nb_fetch_or_seq_cst(&nb_table_swept(table)[block / 64], UINT64_C(1) << (block % 64));
	return true;
}

/* What a full word of flags looks like. */
static uint64_t full_word(const struct nb_table *table, size_t index)
{
	size_t left = table->blocks - index * 64;

	return left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
}

/* A block whose flag is not set, or table->blocks if there is none. */
static size_t unswept_block(struct nb_table *table)
{
	nb_word *swept = nb_table_swept(table);
	size_t words = (table->blocks + 63) / 64;
	/* acquire: pairs with the release below.  Only full words lie below any
	 * value that was ever stored; who skips them must see the slots' final
	 * states and the arrivals as if it had read the flags.  Relaxed, of 65 blocks:
	 * A sweeps block 0 and sets its flag; B finds the first word full, raises low
	 * and stops; C sweeps block 64, skips the first word and promotes; a get of a
	 * key of block 0 begins at the next table and misses what A has put there. */
	size_t start = (size_t)nb_load_acquire(&table->low);
	size_t at;

	for (at = start; at < words; at++) {
		/* seq_cst: pairs with the flags' fetch_or; sees the slots' final states. */
		uint64_t open = full_word(table, at) & ~nb_load_seq_cst(&swept[at]);

		if (open) {
			size_t bit = 0;

			while (!(open >> bit & 1))
				bit++;
			if (at > start)
				nb_store_release(&table->low, at);
			return at * 64 + bit;
		}
	}
	return table->blocks;
}

bool nb_migrate_swept(struct nb_table *table)
{
	return unswept_block(table) == table->blocks;
}

/* Blocks that were handed out. */
size_t nb_migrate_handed_out(struct nb_table *table)
{
	size_t blocks = 0;

	for (size_t i = 0; i < table->lanes; i++) {
		/* Relaxed: an estimate. */
		size_t cursor = (size_t)nb_load_relaxed(&table->lane[i].cursor);

		blocks += cursor < table->lane[i].length ? cursor : table->lane[i].length;
	}
	return blocks;
}

static bool lane_is_drained(struct nb_lane *lane)
{
	/* seq_cst: see nb_migrate_help(). */
	return nb_load_seq_cst(&lane->cursor) >= lane->length;
}

/* This thread's number with the bits reversed. */
size_t nb_migrate_lane(const struct nb_table *table)
{
	size_t lane = 0, number = table->lanes > 1 ? nb_number() : 0;

	for (size_t bit = table->lanes / 2; bit; bit /= 2, number /= 2)
		lane |= number & 1 ? bit : 0;
	return lane;
}

/*
 * A block to sweep, or table->blocks if there is none.  *lane is the lane that it
 * comes from, and else one that is drained, like all.
 *
 * The way through the lanes is first ^ 0, first ^ 1, first ^ 2 and so on.  Of two
 * threads whose first lanes differ in the highest bit, each goes through its own
 * half of all before it comes to the other's; where the highest bit in which they
 * differ is a lower one, likewise through half of those that agree above it.
 */
static size_t take_block(struct nb_table *table, struct nb_lane **lane)
{
	size_t first = nb_migrate_lane(table);
	nb_word *drained = &table->lane[first].drained;
	/* Relaxed: no lane fills again, so that what was ever stored holds. */
	size_t passed = (size_t)nb_load_relaxed(drained), i;

	*lane = &table->lane[first];
	for (i = passed; i < table->lanes; i++) {
		size_t block;

		*lane = &table->lane[first ^ i];
		if (lane_is_drained(*lane))
			continue;
		/* seq_cst: see nb_migrate_help(). */
		block = (size_t)nb_fetch_add_seq_cst(&(*lane)->cursor, 1);
		if (block >= (*lane)->length)
			continue;
		if (i > passed)
			nb_store_relaxed(drained, i);
		return (*lane)->start + block;
	}
	if (i > passed)
		nb_store_relaxed(drained, i);
	/* All are handed out: help those whose sweeper is slow, or gone. */
	return unswept_block(table);
}

/*
 * Who sets the last flag promotes.  To know that, he looks at the flags, but only
 * if the lane of his block is drained.  If it is not, his is not the last: the
 * lane's next block is handed out after that, and flagged later; or it was swept
 * by somebody who takes the lowest block without a flag, and then the flag of
 * his own, lower one stood already.
 *
 * seq_cst: his flag, his look at the lane, the handing out, the other's flag and
 * the other's look at the flags have this order for all.  Relaxed, each could
 * take the other for the last.
 */
void nb_migrate_help(struct nb_map *map, struct nb_table *table)
{
	struct nb_lane *lane;
	size_t block = take_block(table, &lane);
	int error;

	if (block < table->blocks && !nb_migrate_sweep(map, table, block, &error))
		return;
	if (lane_is_drained(lane))
		nb_migrate_promote(map, table);
}

/* ---- Promote ------------------------------------------------------------ */

/*
 * If our CAS is first, the table is unlinked and ours to retire.  If another
 * promotion was, it retires the table.  If a clear was, top belongs to
 * another chain and the clear retires all of this one.
 */
void nb_migrate_promote(struct nb_map *map, struct nb_table *table)
{
	while (nb_migrate_swept(table)) {
		struct nb_table *top = table;
		/* Relaxed: acquired by all who have set flags, and by their flags by us. */
		struct nb_table *next = nb_load_relaxed(&table->next);

		/* seq_cst: top decides which tables an operation sees. */
		if (!nb_cas_seq_cst(&map->top, &top, next))
			return;
		NBR_PROBE(migration_promote, map, table->number, table->lines, next->lines);
		nb_host_retire_table(map, table, table->bytes + nb_table_key_bytes(table) + nb_heir_bytes(table));
		/* The next one may have been swept while it was not yet top. */
		table = next;
		if (!nb_table_is_left(table)) {
			NBR_PROBE(migration_done, map, table->number, table->lines, nb_count_sum(&table->chain->live));
			return;
		}
	}
}

int nb_migrate_finish(struct nb_map *map, struct nb_table **top)
{
	for (;;) {
		struct nb_table *table = *top = nb_load_seq_cst(&map->top);
		size_t block;

		/* seq_cst: NULL decides that all keys are in this table. */
		if (!nb_load_seq_cst(&table->next))
			return 0;
		while ((block = unswept_block(table)) < table->blocks) {
			int error;

			if (!nb_migrate_sweep(map, table, block, &error))
				return error;
		}
		nb_migrate_promote(map, table);
	}
}

/* ---- Settle ------------------------------------------------------------- */

/* Whether `table` is being left, and it or one after it is large. */
static bool large_from(struct nb_table *table)
{
	struct nb_table *next;

	/* seq_cst: see host.c. */
	for (; (next = nb_load_seq_cst(&table->next)); table = next)
		if (table->blocks >= NB_SETTLE_MIN)
			return true;
	return false;
}

bool nb_migrate_is_large(struct nb_map *map)
{
	return large_from(nb_load_seq_cst(&map->top));
}

static struct nb_progress progress(struct nb_map *map)
{
	struct nb_table *table = nb_load_seq_cst(&map->top);

	return (struct nb_progress){table->number, nb_migrate_handed_out(table)};
}

int nb_migrate_settle(struct nb_map *map, struct nb_progress *last, size_t moved, size_t blocks)
{
	struct nb_progress now = progress(map);
	/* After a clear another table can have the number. */
	bool same = now.number == last->number && now.handed_out >= last->handed_out;
	bool moving = now.handed_out - (same ? last->handed_out : 0) >= moved;
	int error = 0;

	while (!moving && !error) {
		struct nb_table *table = nb_load_seq_cst(&map->top);
		struct nb_lane *lane;
		size_t block;

		/* Of the table that was read: by now the map may have another. */
		if (!large_from(table))
			break;
		block = blocks ? take_block(table, &lane) : unswept_block(table);
		if (block == table->blocks)
			nb_migrate_promote(map, table);
		else if (!blocks--)
			break;
		else
			(void)nb_migrate_sweep(map, table, block, &error);
	}
	*last = progress(map);
	return moving ? 1 : error;
}
