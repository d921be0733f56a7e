/*
 * iterate: see iterate.h.
 */
#include "iterate.h"

#include "ops.h"
#include "tuning.h"

/* What a struct nbmap_iter holds.  It is used in place, where the application
 * has declared something else: hence may_alias. */
struct walk {
	struct nb_map *map;
	struct nb_table *table; /* whose slots are read */
	struct nb_table *from;	/* of it and those after it, the first that is not known to be swept */
	uint32_t stride;	/* from stretch to stretch */
	uint16_t aside;		/* of the side slots, to be read next */
	uint16_t found;		/* whether an entry of the table was */
	uint64_t slot;		/* of the table, to be read next; the last stretch may lack it */
	uint64_t left;		/* lines, from the slot's on */
} __attribute__((may_alias));

_Static_assert(sizeof(struct walk) <= sizeof(struct nbmap_iter), "a walk fits its public shell");
_Static_assert(_Alignof(struct walk) <= _Alignof(struct nbmap_iter), "and its alignment");

static struct walk *walk_in(struct nbmap_iter *iter)
{
	return (struct walk *)(void *)iter;
}

static uint64_t stretches(const struct nb_table *table)
{
	return (table->lines + NB_STRETCH_LINES - 1) / NB_STRETCH_LINES;
}

/* The golden section of n, whose multiples spread best, or a little less: prime
 * to n, so that all are met. */
static uint32_t golden_section(uint64_t n)
{
	const uint64_t golden = 40503; /* of 2^16 */
	uint64_t stride = (n >> 16) * golden + ((n & 0xffff) * golden >> 16);

	if (stride > UINT32_MAX)
		stride = UINT32_MAX;
	for (stride += !stride;; stride--) {
		uint64_t a = n, b = stride;

		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		if (a == 1)
			return (uint32_t)stride;
	}
}

/* Worked out once: whoever does so stores the same. */
static uint32_t stride_in(const struct nb_table *table, struct nb_lane *lane)
{
	uint32_t stride = nb_peek(&lane->stride);

	if (!stride) {
		stride = golden_section(stretches(table));
		/* Relaxed: a number, and nothing behind it. */
		nb_store_relaxed(&lane->stride, stride);
	}
	return stride;
}

static uint64_t first_line(const struct nb_table *table, struct nb_lane *lane)
{
	uint64_t hint = nb_peek(&lane->walked);
	uint64_t line = hint ? hint - 1 : lane->start * NB_BLOCK_SLOTS / NB_LINE_SLOTS;

	return line < table->lines ? line : 0;
}

/* The walk's first entry was found in `line`. */
static void leave_hint(struct nb_table *table, uint64_t line)
{
	struct nb_lane *lane = &table->lane[nb_migrate_lane(table)];

	/* Relaxed, and not read-modify-write: any line will do. */
	if (nb_peek(&lane->walked) != line + 1)
		nb_store_relaxed(&lane->walked, line + 1);
}

/* To the next line of the stretch, or the first of the next stretch. */
static void next_line(struct walk *walk)
{
	uint64_t line = walk->slot / NB_LINE_SLOTS, stretch = line / NB_STRETCH_LINES;

	walk->left--;
	if (++line % NB_STRETCH_LINES == 0) {
		stretch += walk->stride;
		if (stretch >= stretches(walk->table))
			stretch -= stretches(walk->table);
		line = stretch * NB_STRETCH_LINES;
	}
	walk->slot = line * NB_LINE_SLOTS;
}

int nb_iterate_init(struct nb_map *map, struct nbmap_iter *iter)
{
	struct walk *walk = walk_in(iter);
	struct nb_table *table;
	struct nb_lane *lane;
	int error;

	error = nb_migrate_finish(map, &table);
	if (error)
		return error;
	lane = &table->lane[nb_migrate_lane(table)];
	*walk = (struct walk){
		.map = map,
		.table = table,
		.from = table,
		.stride = stride_in(table, lane),
		.aside = map->keys.kind == NB_OBJECT ? 2 : 0,
		.slot = first_line(table, lane) * NB_LINE_SLOTS,
		.left = stretches(table) * NB_STRETCH_LINES,
	};
	return 0;
}

/* Past the tables that have been swept since the last look. */
static void catch_up(struct walk *walk)
{
	struct nb_table *next;

	/* acquire: the next one will be read. */
	while ((next = nb_load_acquire(&walk->from->next)) && nb_migrate_swept(walk->from))
		walk->from = next;
}

/* The payload that the slot's key holds now. */
static uint64_t value_at(struct walk *walk, struct nb_line *line, unsigned index, uint64_t stored)
{
	/* seq_cst: decides, as in a get. */
	uint64_t word = nb_load_seq_cst(&line->value[index]);
	uint64_t payload = nb_payload(word) == NB_TOMB ? NB_EMPTY : nb_payload(word);
	struct nb_key key;

	if (nb_is_open(word))
		return payload;
	key = nb_key_of_stored(&walk->map->keys, stored);
	catch_up(walk);
	if (walk->from != walk->table)
		return nb_get_from(walk->map, walk->map->keys.kind, walk->from, &key, NB_EMPTY);
	/* acquire: set, as the slot is not open. */
	return nb_get_from(walk->map, walk->map->keys.kind, nb_load_acquire(&walk->table->next), &key, payload);
}

/* The payload of the next side slot that has a value. */
static uint64_t next_aside(struct walk *walk, uint64_t *word)
{
	while (walk->aside < 2) {
		uint64_t payload;

		*word = walk->aside++;
		/* seq_cst: decides, as in a get. */
		payload = nb_payload(nb_load_seq_cst(&walk->table->chain->side[*word]));
		if (payload != NB_EMPTY && payload != NB_TOMB)
			return payload;
	}
	return NB_EMPTY;
}

/* The payload of the line's next slot whose key has a value.  The walk is then
 * behind that slot, and otherwise in the next line. */
static uint64_t next_of_line(struct walk *walk, struct nb_line *line, uint64_t *word)
{
	unsigned index = (unsigned)(walk->slot % NB_LINE_SLOTS);
	uint64_t payload = NB_EMPTY;

	for (; index < NB_LINE_SLOTS && payload == NB_EMPTY; index++) {
		/* seq_cst: EMPTY says that no key is here, or after it in the line. */
		*word = nb_load_seq_cst(&line->key[index]);
		if (*word <= NB_KEY_CLOSED)
			break;
		payload = value_at(walk, line, index, *word);
	}
	if (payload != NB_EMPTY && !walk->found) {
		walk->found = 1;
		leave_hint(walk->table, walk->slot / NB_LINE_SLOTS);
	}
	if (payload != NB_EMPTY && index < NB_LINE_SLOTS)
		walk->slot += index - walk->slot % NB_LINE_SLOTS;
	else
		next_line(walk);
	return payload;
}

/* The payload of the table's next slot whose key has a value. */
static uint64_t next_of_table(struct walk *walk, uint64_t *word)
{
	struct nb_table *table = walk->table;
	uint64_t payload = NB_EMPTY, passed = 0;

	while (walk->left && payload == NB_EMPTY) {
		uint64_t line = walk->slot / NB_LINE_SLOTS;

		if (line < table->lines)
			payload = next_of_line(walk, &table->line[line], word);
		else
			next_line(walk);
		if (++passed == (uint64_t)table->lanes * NB_BARREN_LINES && !nb_count_sum(&table->chain->live))
			walk->left = 0;
	}
	return payload;
}

bool nb_iterate_next(struct nbmap_iter *iter, uint64_t *word, void **value)
{
	struct walk *walk = walk_in(iter);
	uint64_t payload = next_aside(walk, word);

	if (payload == NB_EMPTY)
		payload = next_of_table(walk, word);
	if (payload == NB_EMPTY)
		return false;
	*value = nb_value_out(payload);
	return true;
}

struct nb_map *nb_iterate_map(const struct nbmap_iter *iter)
{
	return ((const struct walk *)(const void *)iter)->map;
}
