/*
 * report: see report.h.  Reads what it finds, one word after the other; a
 * picture of a moving map is a blurred one.
 */
#include "report.h"

#include <errno.h>
#include <inttypes.h>

#include "heir.h"
#include "host.h"
#include "reclaim.h"

size_t nb_map_count(struct nb_map *map)
{
	/* acquire: the chain will be read. */
	return (size_t)nb_count_sum(&nb_load_acquire(&map->top)->chain->live);
}

static size_t stripes_bytes(struct nb_count *count)
{
	size_t bytes = 0;

	for (struct nb_stripes *wide = nb_load_acquire(&count->wide); wide; wide = wide->older)
		bytes += nb_host_block_size(nb_stripes_size(wide->mask + 1));
	return bytes;
}

void nb_map_stats(struct nb_map *map, struct nbmap_stats *stats)
{
	struct nb_table *top = nb_load_acquire(&map->top);
	struct nbr_stats garbage;

	nbr_domain_stats(map->domain, &garbage);
	*stats = (struct nbmap_stats){
		.entries = (size_t)nb_count_sum(&top->chain->live),
		.used = (size_t)nb_count_sum(&top->used),
		.capacity = nb_table_capacity(top),
		.bytes = nb_map_size(map->keys.ready) + nb_host_block_size(sizeof(struct nb_chain)),
		.migrations = nb_load_relaxed(&map->migrations), /* a statistic */
		.pending_objects = garbage.pending_objects,
		.pending_bytes = garbage.pending_bytes,
	};
	stats->bytes += stripes_bytes(&top->chain->live) + stripes_bytes(&top->chain->value_bytes);
	for (struct nb_table *table = top; table; table = nb_load_acquire(&table->next)) {
		stats->tables++;
		stats->bytes += nb_host_block_size(table->bytes) + nb_heir_bytes(table);
	}
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

static void dump_slot(const struct nb_keys *keys, uint64_t key, uint64_t value, FILE *out)
{
	if (key == NB_KEY_CLOSED) {
		fputs(" CLOSED\n", out);
		return;
	}
	if (keys->kind == NB_INTEGER)
		fprintf(out, " key %" PRIu64, nb_integer_of_word(keys, key));
	else
		fprintf(out, " key %p", nb_object_of_word(keys, key));
	dump_value(value, out);
}

static void dump_table(const struct nb_keys *keys, struct nb_table *table, FILE *out)
{
	fprintf(out, "table %" PRIu64 ": %zu slots, %" PRIu64 " used%s\n", table->number, nb_table_capacity(table),
		nb_count_sum(&table->used), nb_load_acquire(&table->next) ? ", being left" : "");
	for (size_t at = 0; at < table->lines; at++)
		for (unsigned i = 0; i < NB_LINE_SLOTS; i++) {
			/* acquire: the value word is read after its key. */
			uint64_t key = nb_load_acquire(&table->line[at].key[i]);

			if (key == NB_KEY_EMPTY)
				break;
			fprintf(out, "  %zu.%u", at, i);
			dump_slot(keys, key, nb_load_acquire(&table->line[at].value[i]), out);
		}
}

int nb_map_dump(struct nb_map *map, FILE *out)
{
	struct nb_table *table = nb_load_acquire(&map->top);
	const struct nb_keys *keys = &map->keys;

	fprintf(out, "map: %zu entries\n", nb_map_count(map));
	for (uint64_t word = 0; keys->kind == NB_INTEGER && word <= NB_KEY_CLOSED; word++) {
		uint64_t value = nb_load_acquire(&table->chain->side[word]);

		if (value == NB_EMPTY)
			continue;
		fprintf(out, "  aside key %" PRIu64, nb_integer_of_word(keys, word));
		dump_value(value, out);
	}
	for (; table; table = nb_load_acquire(&table->next))
		dump_table(keys, table, out);
	return ferror(out) ? -EIO : 0;
}
