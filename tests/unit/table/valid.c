/*
 * valid: nb_map_valid() sees each invariant that is broken.
 */
#include "suite.h"

/* A table of three lines on the way out: line 0 full, line 1 with one passer-by of it, line 2 half closed. */
static struct nb_table *sound_table(struct core *core)
{
	struct nb_table *table = core_top(core, 3);
	struct nb_key key;

	for (unsigned n = 0; n < 5; n++) {
		key = core_key(core, core_hash(3, 0, n));
		core_put(core, table, &key, n == 3 ? NB_EMPTY : NB_TOMB);
	}
	for (unsigned n = 0; n < 2; n++) {
		key = core_key(core, core_hash(3, 2, n));
		core_put(core, table, &key, n ? NB_TOMB : NB_EMPTY);
	}
	key = core_key(core, core_hash(3, 2, 3));
	core_close_place(core, table, &key);
	return table;
}

/* One broken invariant each: what is stored where it must not be. */
struct breakage {
	const char *what;
	unsigned line, index;
	enum { KEY_WORD, KEY_AT_HOME_IN, KEY_OF_SLOT_0, VALUE_WORD } kind;
	uint64_t word; /* KEY_AT_HOME_IN: the line */
};

static const struct breakage breakages[] = {
	{"a gap in a line", 1, 2, KEY_AT_HOME_IN, 1},
	{"a key after CLOSED", 2, 3, KEY_AT_HOME_IN, 2},
	{"two CLOSED", 2, 3, KEY_WORD, NB_KEY_CLOSED},
	{"CLOSED after a gap", 1, 3, KEY_WORD, NB_KEY_CLOSED},
	{"a key past a line with room", 2, 1, KEY_AT_HOME_IN, 1},
	{"a key past a closed line", 0, 3, KEY_AT_HOME_IN, 2},
	{"a key twice in a line", 0, 2, KEY_OF_SLOT_0, 0},
	{"a key twice in two lines", 1, 1, KEY_OF_SLOT_0, 0},
	{"a line that lost a key", 0, 3, KEY_WORD, NB_KEY_EMPTY},
	{"a full line closed", 0, 3, KEY_WORD, NB_KEY_CLOSED},
	{"MOVED without payload", 0, 1, VALUE_WORD, NB_EMPTY | NB_MOVED},
	{"MOVED with a tombstone", 0, 1, VALUE_WORD, NB_TOMB | NB_MOVED},
	{"a value without a key", 1, 1, VALUE_WORD, 4096},
	{"a value in a closed slot", 2, 2, VALUE_WORD, 4096},
	{"a value behind a closed slot", 2, 3, VALUE_WORD, NB_TOMB},
};
#define BREAKAGES (int)(sizeof(breakages) / sizeof(*breakages))

START_TEST(valid_sees_broken_table)
{
	const struct breakage *b = &breakages[_i / 2];
	struct core core;
	struct nb_table *table;
	nb_word *word;
	uint64_t was, now;

	core_open(&core, (enum nb_kind)(_i % 2), false);
	table = sound_table(&core);
	ck_assert(nb_table_valid(table, &core.map->keys));
	word = b->kind == VALUE_WORD ? &table->line[b->line].value[b->index] : &table->line[b->line].key[b->index];
	was = nb_load_relaxed(word);
	now = b->word;
	if (b->kind == KEY_OF_SLOT_0)
		now = nb_load_relaxed(&table->line[0].key[0]);
	else if (b->kind == KEY_AT_HOME_IN)
		now = core_key(&core, core_hash(3, (size_t)b->word, 50)).word;
	nb_store_relaxed(word, now);
	ck_assert_msg(!nb_table_valid(table, &core.map->keys), "%s was not seen", b->what);
	ck_assert(!nb_map_valid(core.map));
	nb_store_relaxed(word, was);
	ck_assert(nb_table_valid(table, &core.map->keys));
	core_close(&core);
}
END_TEST

START_TEST(valid_sees_broken_map)
{
	struct core core;
	struct nb_table *table, *next;
	struct nb_chain *chain;
	struct nb_chain stranger = {.side = {NB_EMPTY, NB_EMPTY}};
	struct nb_key key;

	core_open(&core, (enum nb_kind)_i, false);
	table = core_top(&core, 1);
	chain = table->chain;
	next = core_link(&core, table, 1);
	key = core_key(&core, HASH);
	core_put(&core, table, &key, core_value(&core, 1));
	ck_assert(nb_map_valid(core.map));
	/* An entry too many, and too few. */
	core_live(&core, 1);
	ck_assert(!nb_map_valid(core.map));
	core_live(&core, -2);
	ck_assert(!nb_map_valid(core.map));
	core_live(&core, 1);
	/* Tables out of step. */
	next->number++;
	ck_assert(!nb_map_valid(core.map));
	next->number--;
	next->chain = &stranger;
	ck_assert(!nb_map_valid(core.map));
	next->chain = chain;
	nb_store_relaxed(&next->chain->newest, 1);
	ck_assert(!nb_map_valid(core.map));
	nb_store_relaxed(&next->chain->newest, 2);
	/* Side slots are never frozen, and object keys have none. */
	nb_store_relaxed(&chain->side[1], NB_TOMB | NB_FROZEN);
	ck_assert(!nb_map_valid(core.map));
	nb_store_relaxed(&chain->side[1], NB_TOMB);
	ck_assert(nb_map_valid(core.map) == (core.kind == NB_INTEGER));
	nb_store_relaxed(&chain->side[1], NB_EMPTY);
	core_close(&core);
}
END_TEST

void add_valid(TCase *tcase)
{
	tcase_add_loop_test(tcase, valid_sees_broken_table, 0, KINDS * BREAKAGES);
	tcase_add_loop_test(tcase, valid_sees_broken_map, 0, KINDS);
}
