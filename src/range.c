/*
 * range: see range.h.
 */
#include "range.h"

#include <errno.h>
#include <limits.h>

#include "ops.h"
#include "tuning.h"

/* The visit of one range, and where it puts what it finds. */
struct visit {
	struct nb_map *map;
	const struct nb_cursor *cursor;
	struct nb_hashes range;
	struct nb_table *top, *last;
	nb_range_put *put;
	void *array;
	size_t found, room; /* in the array */
	bool overflowed;    /* there was another entry, and no room */
	size_t lines;	    /* that were read, by all visits of the call */
};

/* ---- Tables ------------------------------------------------------------- */

/* Which tables there are; returns the lines of the largest. */
static size_t find_tables(struct visit *visit)
{
	/* seq_cst: a clear is ordered by this word. */
	struct nb_table *table = visit->top = nb_load_seq_cst(&visit->map->top), *next;
	size_t lines = table->lines;

	/* seq_cst: NULL decides that all keys are in the tables so far. */
	while ((next = nb_load_seq_cst(&table->next))) {
		table = next;
		if (lines < table->lines)
			lines = table->lines;
	}
	visit->last = table;
	return lines;
}

/* Whether one of the tables before `table` has a slot of the key. */
static bool stands_before(const struct visit *visit, const struct nb_table *table, const struct nb_key *key)
{
	const struct nb_keys *keys = &visit->map->keys;
	struct nb_table *earlier = visit->top;

	/* acquire: set, as we have gone this way. */
	for (; earlier != table; earlier = nb_load_acquire(&earlier->next)) {
		struct nb_place place;

		if (nb_table_find(earlier, keys, keys->kind, key, &place) == NB_FOUND)
			return true;
	}
	return false;
}

/* ---- Slots, lines ------------------------------------------------------- */

static bool in_range(const struct visit *visit, uint64_t hash)
{
	return visit->range.first <= hash && hash <= visit->range.last && nb_cursor_wants(visit->cursor, hash);
}

/* The payload that the key of a slot of `table` holds now, as a get finds it that
 * comes to the slot; NB_EMPTY if nothing. */
static uint64_t value_of(const struct visit *visit, struct nb_table *table, struct nb_place place,
			 const struct nb_key *key)
{
	/* seq_cst: decides, as in a get. */
	uint64_t word = nb_load_seq_cst(nb_place_value(place));
	uint64_t payload = nb_payload(word) == NB_TOMB ? NB_EMPTY : nb_payload(word);

	if (nb_is_open(word))
		return payload;
	/* acquire: set, as the slot is not open. */
	return nb_get_from(visit->map, visit->map->keys.kind, nb_load_acquire(&table->next), key, payload);
}

/* The key that stands as `word` holds `payload`. */
static void report(struct visit *visit, uint64_t word, uint64_t payload)
{
	if (payload == NB_EMPTY)
		return;
	if (visit->found == visit->room)
		visit->overflowed = true;
	else
		visit->put(visit->array, visit->found++, &visit->map->keys, word, nb_value_out(payload));
}

/* Returns whether the line is full: then keys of the range may be in the next. */
static bool visit_line(struct visit *visit, struct nb_table *table, struct nb_line *line)
{
	for (unsigned i = 0; i < NB_LINE_SLOTS && !visit->overflowed; i++) {
		/* seq_cst: EMPTY says that no key is here, or after it. */
		uint64_t word = nb_load_seq_cst(&line->key[i]);
		struct nb_key key;

		if (word <= NB_KEY_CLOSED)
			return false;
		key = nb_key_of_stored(&visit->map->keys, word);
		if (in_range(visit, key.hash) && !stands_before(visit, table, &key))
			report(visit, word, value_of(visit, table, (struct nb_place){line, i}, &key));
	}
	return true;
}

static void visit_table(struct visit *visit, struct nb_table *table)
{
	size_t at = nb_table_home(table, visit->range.first);
	size_t homes = nb_table_home(table, visit->range.last) - at; /* after the first */

	for (size_t n = 0; n < table->lines && !visit->overflowed; n++) {
		bool full = visit_line(visit, table, &table->line[at]);

		visit->lines++;
		if (n >= homes && !full)
			return;
		if (++at == table->lines)
			at = 0;
	}
}

/* The integer keys whose words, and hashes, are EMPTY and CLOSED. */
static void visit_sides(struct visit *visit)
{
	for (uint64_t word = NB_KEY_EMPTY; word <= NB_KEY_CLOSED; word++) {
		uint64_t payload;

		if (!in_range(visit, word))
			continue;
		payload = nb_payload(nb_load_seq_cst(&visit->top->chain->side[word]));
		report(visit, word, payload == NB_TOMB ? NB_EMPTY : payload);
	}
}

/* ---- Ranges ------------------------------------------------------------- */

/* Whether there was room for all. */
static bool visit_range(struct visit *visit)
{
	struct nb_table *table = visit->top;

	visit->overflowed = false;
	if (visit->map->keys.kind == NB_INTEGER)
		visit_sides(visit);
	for (;;) {
		visit_table(visit, table);
		if (table == visit->last || visit->overflowed)
			return !visit->overflowed;
		/* acquire: set, as the last table comes after. */
		table = nb_load_acquire(&table->next);
	}
}

/* So many hashes as have their homes in `stretch` lines, of a table of `lines`;
 * rounded up, or a whole interval would be one hash too long. */
static uint64_t hashes_of(size_t stretch, size_t lines)
{
	return stretch < lines ? (UINT64_MAX / lines + 1) * stretch : UINT64_MAX;
}

/* So many lines as there is room for, if they are full. */
static size_t stretch_for(size_t room)
{
	size_t lines = room / NB_LINE_SLOTS;

	return lines < 1 ? 1 : lines < NB_STRETCH_LINES ? lines : NB_STRETCH_LINES;
}

/*
 * The next range.  True: the cursor has passed it, or a part of it that there was
 * room for.  False: there was no room for all of it, but there is something to
 * show, or for one hash of it.
 */
static bool take_range(struct visit *visit, struct nb_cursor *cursor)
{
	size_t lines = find_tables(visit), before = visit->found;

	nb_cursor_fit(cursor, lines);
	visit->range = nb_cursor_next(cursor, hashes_of(stretch_for(visit->room - before), lines));
	while (!visit_range(visit)) {
		visit->found = before;
		if (before || visit->range.first == visit->range.last)
			return false;
		visit->range.last = visit->range.first + (visit->range.last - visit->range.first) / 2;
	}
	nb_cursor_pass(cursor, visit->range);
	return true;
}

long nb_range_scan(struct nb_map *map, struct nbmap_cursor *shell, nb_range_put *put, void *array, size_t n)
{
	struct nb_cursor cursor;
	uint64_t cycle;
	struct visit visit = {
		.map = map,
		.cursor = &cursor,
		.put = put,
		.array = array,
		.room = n < LONG_MAX / 4 ? n : LONG_MAX / 4,
	};

	if (!n || !shell)
		return -EINVAL;
	cursor = nb_cursor_load(shell);
	if (!nb_cursor_valid(&cursor))
		return -EINVAL;
	cycle = cursor.cycle;
	/* A line's worth of room is enough to go on: less, and it would often be read
	 * for nothing. */
	do {
		if (!take_range(&visit, &cursor)) {
			if (!visit.found)
				return -E2BIG;
			break;
		}
	} while (cursor.cycle == cycle && (!visit.found || visit.room - visit.found >= NB_LINE_SLOTS) &&
		 visit.lines < NB_SCAN_LINES * visit.room + NB_STRETCH_LINES);
	nb_cursor_store(shell, &cursor);
	return (long)visit.found;
}
