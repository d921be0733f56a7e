/*
 * dump: see dump.h.  Prints what it finds, one word after the other: beside
 * writers a key may be shown in two states, or in none.
 *
 *   map: 3 entries
 *   table 1: 8 slots, 4 used, being left: 1 of 2 blocks copied
 *     0.0 key "Ada" MOVED, CARRIED 0x98
 *     0.1 CLOSED
 *   table 2: 16 slots, 1 used
 *     1.0 key "Ada" VALUE 0x98
 *
 * A slot is named by its line and its place in that; states have the names of slot.h,
 * tables and heirs those of table.h and heir.h.
 */
#include "dump.h"

#include <errno.h>
#include <inttypes.h>

#include "hash.h"
#include "heir.h"
#include "report.h"

/* ---- Keys --------------------------------------------------------------- */

/* So many bytes of a string or a range are shown. */
#define TEXT_MAX 80

static void print_text(const unsigned char *text, size_t size, FILE *out)
{
	fputc('"', out);
	for (size_t i = 0; i < size && i < TEXT_MAX; i++) {
		if (text[i] == '"' || text[i] == '\\')
			fprintf(out, "\\%c", text[i]);
		else if (text[i] >= ' ' && text[i] < 0x7f)
			fputc(text[i], out);
		else
			fprintf(out, "\\x%02x", (unsigned)text[i]);
	}
	fputc('"', out);
	if (size > TEXT_MAX)
		fprintf(out, "... (%zu bytes)", size);
}

/* The ready-made types' keys are known; of others the pointer is. */
static void print_plainly(const struct nb_keys *keys, uint64_t word, FILE *out)
{
	const void *object, *text;
	size_t size;

	if (keys->kind == NB_INTEGER) {
		fprintf(out, "%" PRIu64, nb_integer_of_word(keys, word));
		return;
	}
	object = nb_object_of_word(keys, word);
	if (nb_hash_text(keys->hash, object, &text, &size))
		print_text(text, size, out);
	else
		fprintf(out, "%p", object);
}

/* ---- Slots -------------------------------------------------------------- */

/* One dump. */
struct dump {
	const struct nb_keys *keys;
	const struct nb_printer *printer; /* or NULL */
	bool gone;			  /* within nb_map_destroy() keys may be: their pointers are shown */
	FILE *out;
};

static void dump_key(const struct dump *dump, uint64_t word)
{
	fputs(" key ", dump->out);
	if (dump->gone && dump->keys->kind == NB_OBJECT)
		fprintf(dump->out, "%p", nb_object_of_word(dump->keys, word));
	else if (dump->printer)
		dump->printer->print(dump->printer, dump->keys, word, dump->out);
	else
		print_plainly(dump->keys, word, dump->out);
}

/* The state's name as in slot.h's diagram. */
static const char *state_name(uint64_t word)
{
	bool value = nb_has_value(word);
	bool tomb = nb_payload(word) == NB_TOMB;

	switch (nb_phase(word)) {
	case NB_OPEN:
		return value ? "VALUE" : tomb ? "TOMB" : "EMPTY";
	case NB_FROZEN:
		return value ? "FROZEN" : tomb ? "SEALED_TOMB" : "SEALED_EMPTY";
	case NB_MOVED:
		return "MOVED";
	default:
		return value ? "MOVED, CARRIED" : tomb ? "SEALED_TOMB, CARRIED" : "SEALED_EMPTY, CARRIED";
	}
}

static void dump_value(uint64_t word, FILE *out)
{
	fprintf(out, " %s", state_name(word));
	if (nb_has_value(word))
		fprintf(out, " 0x%" PRIx64, nb_payload(word));
	fputc('\n', out);
}

static void dump_slot(const struct dump *dump, uint64_t key, uint64_t value)
{
	if (key == NB_KEY_CLOSED) {
		fputs(" CLOSED\n", dump->out);
		return;
	}
	dump_key(dump, key);
	dump_value(value, dump->out);
}

static void dump_slots(const struct dump *dump, struct nb_table *table)
{
	for (size_t at = 0; at < table->lines; at++)
		for (unsigned i = 0; i < NB_LINE_SLOTS; i++) {
			/* acquire: the value word, and what the key's pointer leads to,
			 * are read after it. */
			uint64_t key = nb_load_acquire(&table->line[at].key[i]);

			if (key == NB_KEY_EMPTY)
				break;
			fprintf(dump->out, "  %zu.%u", at, i);
			dump_slot(dump, key, nb_load_acquire(&table->line[at].value[i]));
		}
}

/* The integer keys that have a side slot. */
static void dump_aside(const struct dump *dump, struct nb_chain *chain)
{
	for (uint64_t word = 0; dump->keys->kind == NB_INTEGER && word <= NB_KEY_CLOSED; word++) {
		uint64_t value = nb_load_acquire(&chain->side[word]);

		if (value == NB_EMPTY)
			continue;
		fputs("  aside", dump->out);
		dump_key(dump, word);
		dump_value(value, dump->out);
	}
}

/* ---- Tables ------------------------------------------------------------- */

static void dump_heirs(struct nb_table *table, FILE *out)
{
	for (unsigned place = 0; place < NB_HEIRS; place++) {
		struct nb_table *heir = nb_heir_at(table, place);

		if (heir)
			/* Relaxed: a statistic. */
			fprintf(out, "  heir: %zu slots, %" PRIu64 " of %zu slices cleared\n", nb_table_capacity(heir),
				nb_load_relaxed(&heir->cleared), heir->slices);
	}
}

static void dump_table(struct nb_table *table, FILE *out)
{
	bool left = nb_table_is_left(table);

	fprintf(out, "table %" PRIu64 ": %zu slots, %" PRIu64 " used", table->number, nb_table_capacity(table),
		nb_claims_sum(&table->used));
	if (left)
		fprintf(out, ", being left: %zu of %zu blocks copied", nb_blocks_swept(table), table->blocks);
	fputc('\n', out);
	if (!left)
		dump_heirs(table, out);
}

/* Whether `out` took it all, also what it held back. */
static int error_of(FILE *out)
{
	return fflush(out) || ferror(out) ? -EIO : 0;
}

int nb_map_dump(struct nb_map *map, FILE *out, const struct nb_printer *printer)
{
	const struct dump dump = {&map->keys, printer, map->dismantled, out};
	/* acquire, here and below: the table will be read. */
	struct nb_table *table = nb_load_acquire(&map->top);

	fprintf(out, "map: %zu entries\n", nb_map_count(map));
	dump_aside(&dump, table->chain);
	for (; table; table = nb_load_acquire(&table->next)) {
		dump_table(table, out);
		dump_slots(&dump, table);
	}
	return error_of(out);
}

int nb_map_dump_tables(struct nb_map *map, FILE *out)
{
	/* acquire, here and below: the table will be read. */
	struct nb_table *table = nb_load_acquire(&map->top);

	fprintf(out, "map: %zu entries\n", nb_map_count(map));
	for (; table; table = nb_load_acquire(&table->next))
		dump_table(table, out);
	return error_of(out);
}
