/*
 * chain: see chain.h.
 */
#include "chain.h"

#include "suite.h"

void open_chain(struct chain *c, enum nb_kind kind)
{
	core_open(&c->core, kind, true);
	c->table[0] = core_top(&c->core, 2);
	c->table[1] = core_link(&c->core, c->table[0], 1);
	c->table[2] = core_link(&c->core, c->table[1], 3);
	c->key = core_key(&c->core, HASH);
	c->value = core_value(&c->core, 77);
	c->origin = core_put(&c->core, c->table[0], &c->key, c->value | NB_FROZEN);
	core_live(&c->core, 1);
}

void copy_origin(struct chain *c)
{
	ck_assert_int_eq(nb_migrate_copy(c->core.map, c->table[0], c->origin), 0);
}

void close_chain(struct chain *c, bool finish)
{
	struct nb_table *top;

	if (finish) {
		uint64_t before = core_get(&c->core, &c->key);

		ck_assert_int_eq(nb_migrate_finish(c->core.map, &top), 0);
		ck_assert_ptr_null(nb_load_relaxed(&top->next));
		ck_assert_uint_eq(core_get(&c->core, &c->key), before);
		core_breathe(&c->core);
		ck_assert_uint_eq(core_get(&c->core, &c->key), before);
	}
	core_close(&c->core);
}
