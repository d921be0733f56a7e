/*
 * iterate: see iterate.h.
 */
#include "iterate.h"

#include <string.h>

#include "ops.h"
#include "tuning.h"

/* What a struct nbmap_iter holds. */
struct walk {
	struct nb_map *map;
	struct nb_table *table; /* whose slots are read */
	struct nb_table *from;  /* of it and those after it, the first that is not known to be swept */
	uint64_t stride;        /* from stretch to stretch; 0: all are read */
	uint64_t stretch;       /* begins and ends with 0 */
	uint32_t slot;          /* of the stretch, to be read next */
	uint32_t aside;         /* of the side slots, to be read next */
};

_Static_assert(sizeof(struct walk) <= sizeof(struct nbmap_iter), "a walk fits its public shell");
_Static_assert(_Alignof(struct walk) <= _Alignof(struct nbmap_iter), "and its alignment");

/* Copied in and out: the shell has another type, and no aliasing is owed. */
static struct walk load(const struct nbmap_iter *iter)
{
	struct walk walk;

	memcpy(&walk, iter, sizeof(walk));
	return walk;
}

static void store(struct nbmap_iter *iter, const struct walk *walk)
{
	memcpy(iter, walk, sizeof(*walk));
}

static uint64_t stretches(const struct nb_table *table)
{
	return (table->lines + NB_STRETCH_LINES - 1) / NB_STRETCH_LINES;
}

/* The golden section of n, whose multiples spread best, or a little less: prime
 * to n, so that all are met. */
static uint64_t stride_of(uint64_t n)
{
	const uint64_t golden = 40503; /* of 2^16 */
	uint64_t stride = (n >> 16) * golden + ((n & 0xffff) * golden >> 16);

	for (stride += !stride;; stride--) {
		uint64_t a = n, b = stride;

		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		if (a == 1)
			return stride;
	}
}

static void next_stretch(struct walk *walk)
{
	walk->stretch = (walk->stretch + walk->stride) % stretches(walk->table);
	walk->slot = 0;
	if (!walk->stretch)
		walk->stride = 0;
}

/* The line that is read next, or NULL at the end of the stretch. */
static struct nb_line *line_at(const struct walk *walk)
{
	uint64_t line = walk->stretch * NB_STRETCH_LINES + walk->slot / NB_LINE_SLOTS;

	if (walk->slot >= NB_STRETCH_LINES * NB_LINE_SLOTS || line >= walk->table->lines)
		return NULL;
	return &walk->table->line[line];
}

int nb_iterate_init(struct nb_map *map, struct nbmap_iter *iter)
{
	struct walk walk = {.map = map};
	int error;

	error = nb_migrate_finish(map, &walk.table);
	if (error)
		return error;
	walk.from = walk.table;
	walk.stride = stride_of(stretches(walk.table));
	if (map->keys.kind == NB_OBJECT)
		walk.aside = 2;
	store(iter, &walk);
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

bool nb_iterate_next(struct nbmap_iter *iter, uint64_t *word, void **value)
{
	struct walk walk = load(iter);
	uint64_t payload = NB_EMPTY;

	while (payload == NB_EMPTY && walk.aside < 2) {
		*word = walk.aside++;
		payload = nb_payload(nb_load_seq_cst(&walk.table->chain->side[*word]));
		if (payload == NB_TOMB)
			payload = NB_EMPTY;
	}
	while (payload == NB_EMPTY && walk.stride) {
		struct nb_line *line = line_at(&walk);
		unsigned index = (unsigned)(walk.slot % NB_LINE_SLOTS);

		if (!line) {
			next_stretch(&walk);
			continue;
		}
		/* seq_cst: EMPTY says that no key is here, or after it in the line. */
		*word = nb_load_seq_cst(&line->key[index]);
		if (*word <= NB_KEY_CLOSED) {
			walk.slot += NB_LINE_SLOTS - index;
			continue;
		}
		walk.slot++;
		payload = value_at(&walk, line, index, *word);
	}
	store(iter, &walk);
	if (payload == NB_EMPTY)
		return false;
	*value = nb_value_out(payload);
	return true;
}

struct nb_map *nb_iterate_map(const struct nbmap_iter *iter)
{
	return load(iter).map;
}
