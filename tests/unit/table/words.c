/*
 * words: see words.h.
 */
#include "words.h"

const char *const at_names[ATS] = {
	"VACANT",
	"EMPTY",
	"VALUE",
	"TOMB",
	"SEALED_EMPTY",
	"FROZEN",
	"SEALED_TOMB",
	"MOVED",
	"SEALED_EMPTY, CARRIED",
	"MOVED, CARRIED",
	"SEALED_TOMB, CARRIED",
	"CLOSED",
	"FULL",
};

bool is_slot(enum at at)
{
	return at != AT_VACANT && at != AT_CLOSED && at != AT_FULL;
}

uint64_t word_at(enum at at, uint64_t value)
{
	switch (at) {
	case AT_VALUE:
		return value;
	case AT_TOMB:
		return NB_TOMB;
	case AT_SEALED_EMPTY:
		return NB_EMPTY | NB_FROZEN;
	case AT_FROZEN:
		return value | NB_FROZEN;
	case AT_SEALED_TOMB:
		return NB_TOMB | NB_FROZEN;
	case AT_MOVED:
		return value | NB_MOVED;
	case AT_CARRIED_EMPTY:
		return NB_EMPTY | NB_CARRIED;
	case AT_CARRIED_VALUE:
		return value | NB_CARRIED;
	case AT_CARRIED_TOMB:
		return NB_TOMB | NB_CARRIED;
	default:
		return NB_EMPTY;
	}
}

bool has_value(enum at at)
{
	return nb_has_value(word_at(at, 4096));
}

void make_at(struct core *core, struct nb_table *table, const struct nb_key *key, enum at at, uint64_t value)
{
	if (at == AT_CLOSED)
		core_close_place(core, table, key);
	else if (at == AT_FULL)
		core_fill(core, table);
	else if (is_slot(at))
		nb_store_relaxed(nb_place_value(core_claim(core, table, key, core_word(core, key))),
				 word_at(at, value));
}

void wipe(struct nb_table *table)
{
	for (size_t slot = 0; slot < nb_table_capacity(table); slot++)
		nb_store_relaxed(&table->line[slot / NB_LINE_SLOTS].value[slot % NB_LINE_SLOTS], NB_EMPTY);
}
