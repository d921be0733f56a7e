/*
 * table: making, freeing and checking one.
 *
 * A table is one allocation:
 *
 *   | struct nb_table, lanes | tallies of `used`, stripes of `key_bytes` | key_bytes |
 *   | swept bits, if more than a word | spill bits, likewise | lines |
 *
 * Tallies, stripes and lines begin with a cache line.  What comes before these
 * bits is cleared and filled in when the table is made, and grows with the
 * threads only; the rest is cleared in slices (heir.h).
 */
#include "table.h"

#include "host.h"
#include "map.h"
#include "tuning.h"

/* Sizes of the parts before the lines. */
struct layout {
	size_t sharers; /* shared tallies of `used`, and lanes */
	size_t threads; /* own ones */
	size_t stripes; /* of other counters */
	size_t used_at, key_stripes_at, key_bytes_at, swept_at, spill_at, rest_at, lines_at, size;
};

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static size_t blocks_of(size_t lines)
{
	return (lines * NB_LINE_SLOTS + NB_BLOCK_SLOTS - 1) / NB_BLOCK_SLOTS;
}

/* Of so many words, those that have no place in the table's structure. */
static size_t apart(size_t words)
{
	return words > 1 ? words : 0;
}

static size_t swept_words(size_t lines)
{
	return apart((blocks_of(lines) + NB_FEW_BLOCKS - 1) / NB_FEW_BLOCKS);
}

static size_t spill_words(size_t lines)
{
	return apart(nb_spill_words(lines));
}

/* `sized`: in a map that counts its keys' bytes. */
static struct layout layout_of(size_t lines, bool sized)
{
	size_t slots = lines * NB_LINE_SLOTS;
	struct layout l;

	l.sharers = nb_claims_sharers(slots);
	l.threads = nb_claims_threads(slots, l.sharers);
	l.stripes = nb_count_stripes(slots);
	l.used_at = sizeof(struct nb_table) + l.sharers * sizeof(struct nb_lane);
	if (l.threads)
		l.used_at = round_up(l.used_at, sizeof(struct nb_claims_tally));
	l.key_stripes_at = l.used_at + nb_claims_size(l.sharers, l.threads);
	l.key_bytes_at = l.key_stripes_at + (sized && l.stripes > 1 ? nb_stripes_size(l.stripes) : 0);
	l.swept_at = l.key_bytes_at + (sized ? sizeof(struct nb_count) : 0);
	l.spill_at = l.swept_at + swept_words(lines) * sizeof(nb_word);
	l.lines_at = round_up(l.spill_at + spill_words(lines) * sizeof(nb_word), sizeof(struct nb_line));
	l.rest_at = spill_words(lines) ? l.swept_at : l.lines_at;
	l.size = l.lines_at + lines * sizeof(struct nb_line);
	return l;
}

size_t nb_table_size(size_t lines)
{
	return layout_of(lines, false).size;
}

/* The largest power of two not above n, less one; 0 for n = 0. */
static uint64_t mask_below(uint64_t n)
{
	uint64_t mask = 0;

	while (mask * 2 + 2 <= n)
		mask = mask * 2 + 1;
	return mask;
}

/* Give a count of the chain's stripes when a table of it is large, be it the
 * first, and more of them when one is far larger. */
static void widen(struct nb_map *map, struct nb_count *count, size_t stripes)
{
	struct nb_stripes *wide, *old = nb_load_acquire(&count->wide);

	if (stripes == 1 || (old && stripes < NB_WIDEN * (old->mask + 1)))
		return;
	wide = nb_host_alloc(map, nb_stripes_size(stripes));
	if (!wide)
		return; /* speed, not correctness */
	nb_stripes_begin(wide, stripes, old);
	/* acq_rel: pairs with the acquires in count.h and count.c. */
	if (!nb_cas_acq_rel(&count->wide, &old, wide))
		nb_host_free(map, wide, nb_stripes_size(stripes));
}

/* Lanes as long as one another, or one block longer. */
static void lay_lanes(struct nb_table *table)
{
	size_t start = 0, length = table->blocks / table->lanes, longer = table->blocks % table->lanes;

	for (size_t i = 0; i < table->lanes; i++) {
		table->lane[i].start = start;
		table->lane[i].length = length + (i < longer);
		start += table->lane[i].length;
	}
}

static void stripe_count(struct nb_count *count, char *at, size_t number)
{
	struct nb_stripes *stripes = (struct nb_stripes *)(void *)at;

	if (number == 1)
		return; /* it has none */
	nb_stripes_begin(stripes, number, NULL);
	/* Relaxed: the table itself is published after. */
	nb_store_relaxed(&count->wide, stripes);
}

static void share_claims(struct nb_claims *claims, char *at, const struct layout *l, size_t slots)
{
	claims->shared = (struct nb_claims_tally *)(void *)at;
	claims->share_mask = (uint32_t)l->sharers - 1;
	claims->threads = (uint32_t)l->threads;
	claims->keep = mask_below(slots / (NB_CHECKS * l->threads));
}

struct nb_table *nb_table_make(struct nb_map *map, struct nb_chain *chain, struct nb_size size, uint64_t number)
{
	struct layout l;
	struct nb_table *table;
	size_t lines = size.lines;
	char *base;

	/* An eighth of the address space: nothing computed from it can wrap. */
	if (!lines || lines > SIZE_MAX / 8 / sizeof(struct nb_line))
		return NULL;
	l = layout_of(lines, map->keys.size);
	table = nb_host_take(map, l.size);
	if (!table)
		return NULL;
	base = (char *)table;
	if (!nb_host_zeroes(map, l.size)) {
		nb_host_clear(table, l.swept_at);
		table->slices = (l.size - l.rest_at + NB_CLEAR_BYTES - 1) / NB_CLEAR_BYTES;
	}
	table->line = (struct nb_line *)(void *)(base + l.lines_at);
	table->lines = lines;
	table->chain = chain;
	table->number = number;
	table->calm_mask = mask_below(lines * NB_LINE_SLOTS / (NB_CHECKS * l.sharers));
	nb_store_relaxed(&table->check_mask, table->calm_mask); /* published with the table */
	table->blocks = blocks_of(lines);
	table->lanes = (uint32_t)l.sharers;
	table->churned = size.churned;
	lay_lanes(table);
	if (swept_words(lines))
		table->swept.words = (nb_word *)(void *)(base + l.swept_at);
	table->spill = spill_words(lines) ? (nb_word *)(void *)(base + l.spill_at) : &table->few_spill;
	table->bytes = l.size;
	if (l.threads)
		share_claims(&table->used, base + l.used_at, &l, lines * NB_LINE_SLOTS);
	if (map->keys.size) {
		table->key_bytes = (struct nb_count *)(void *)(base + l.key_bytes_at);
		stripe_count(table->key_bytes, base + l.key_stripes_at, l.stripes);
	}
	widen(map, &chain->live, l.stripes);
	if (map->value_size)
		widen(map, &chain->value_bytes, l.stripes);
	return table;
}

/* Where its slices begin. */
static char *first_cleared(struct nb_table *table)
{
	if (swept_words(table->lines))
		return (char *)(uintptr_t)table->swept.words;
	return spill_words(table->lines) ? (char *)(uintptr_t)table->spill : (char *)(uintptr_t)table->line;
}

void nb_table_clear_slice(struct nb_table *table, size_t slice)
{
	char *start = first_cleared(table) + slice * NB_CLEAR_BYTES, *end = (char *)table + table->bytes;

	/* Others go on in between, and may stop here. */
	NB_POINT(start);
	nb_host_clear(start, end - start < NB_CLEAR_BYTES ? (size_t)(end - start) : NB_CLEAR_BYTES);
}

void nb_table_clear(struct nb_table *table)
{
	size_t slice = 0;

	for (; slice < table->slices; slice++)
		nb_table_clear_slice(table, slice);
	/* Relaxed: nobody else sees them before the table is published. */
	nb_store_relaxed(&table->taken, slice);
	nb_store_relaxed(&table->cleared, slice);
}

struct nb_table *nb_table_new(struct nb_map *map, struct nb_chain *chain, struct nb_size size, uint64_t number)
{
	struct nb_table *table = nb_table_make(map, chain, size, number);

	if (table)
		nb_table_clear(table);
	return table;
}

/* Invariants 1 and 2, and the value words. */
static bool line_valid(struct nb_line *line)
{
	bool ended = false;

	for (unsigned i = 0; i < NB_LINE_SLOTS; i++) {
		uint64_t key = nb_load_relaxed(&line->key[i]);
		uint64_t value = nb_load_relaxed(&line->value[i]);

		if (!nb_value_valid(value))
			return false;
		if (ended && key != NB_KEY_EMPTY)
			return false;
		ended = key <= NB_KEY_CLOSED;
		if (ended && value != NB_EMPTY)
			return false;
	}
	return true;
}

bool nb_table_valid(const struct nb_table *table, const struct nb_keys *keys)
{
	for (size_t at = 0; at < table->lines; at++) {
		struct nb_line *line = &table->line[at];

		if (!line_valid(line))
			return false;
		/* 3 and 4: a probe for each key ends at the slot it was read from. */
		for (unsigned i = 0; i < NB_LINE_SLOTS && nb_load_relaxed(&line->key[i]) > NB_KEY_CLOSED; i++) {
			struct nb_key key = nb_key_of_stored(keys, nb_load_relaxed(&line->key[i]));
			struct nb_place place;

			if (nb_table_find(table, keys, keys->kind, &key, &place) != NB_FOUND || place.line != line ||
			    place.index != i)
				return false;
		}
	}
	return true;
}
