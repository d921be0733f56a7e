/*
 * The map GHashTable of GLib behind a readers-writer lock, with C strings for
 * keys.  All counting is writing.
 */
#include "maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

/* Shorter words are looked up without an allocation. */
#define SHORT_WORD 256

struct state {
	GHashTable *table; /* its keys are freed by destroy(), its values by itself */
	GRWLock lock;
	enum counter_values values;
};

struct box {
	uint64_t count;
};

static int create(void **made, const struct counter_options *options)
{
	struct state *state = malloc(sizeof(*state));

	if (!state)
		return -ENOMEM;
	state->values = options->values;
	state->table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
					     options->values == COUNTER_INTEGERS ? NULL : free);
	g_rw_lock_init(&state->lock);
	*made = state;
	return 0;
}

static int destroy(void *arg)
{
	struct state *state = arg;
	GHashTableIter iter;
	void *word;

	g_hash_table_iter_init(&iter, state->table);
	while (g_hash_table_iter_next(&iter, &word, NULL)) {
		g_hash_table_iter_remove(&iter);
		free(word);
	}
	g_hash_table_destroy(state->table);
	g_rw_lock_clear(&state->lock);
	free(state);
	return 0;
}

/* One more than `value`, in a new box unless counts are integers; NULL: no memory. */
static void *successor(const struct state *state, const void *value)
{
	if (state->values == COUNTER_INTEGERS)
		return GSIZE_TO_POINTER(GPOINTER_TO_SIZE(value) + 1);

	struct box *box = malloc(sizeof(*box));

	if (box)
		box->count = value ? ((const struct box *)value)->count + 1 : 1;
	return box;
}

/* Under the lock. */
static int count_word(struct state *state, const char *word)
{
	void *key, *old = NULL, *value;

	if (!g_hash_table_lookup_extended(state->table, word, &key, &old)) {
		key = strdup(word);
		if (!key)
			return -ENOMEM;
	} else if (state->values == COUNTER_IN_PLACE) {
		((struct box *)old)->count++;
		return 0;
	}
	value = successor(state, old);
	if (!value) {
		if (!old)
			free(key);
		return -ENOMEM;
	}
	g_hash_table_insert(state->table, key, value);
	return 0;
}

static int add(void *arg, const void *item, size_t size)
{
	struct state *state = arg;
	char few[SHORT_WORD], *word = size < sizeof(few) ? few : malloc(size + 1);
	int err;

	if (!word)
		return -ENOMEM;
	memcpy(word, item, size);
	word[size] = '\0';
	g_rw_lock_writer_lock(&state->lock);
	err = count_word(state, word);
	g_rw_lock_writer_unlock(&state->lock);
	if (word != few)
		free(word);
	return err;
}

static int collect(void *arg, struct reference *table)
{
	struct state *state = arg;
	GHashTableIter iter;
	void *word, *value;
	int err = 0;

	g_hash_table_iter_init(&iter, state->table);
	while (!err && g_hash_table_iter_next(&iter, &word, &value)) {
		uint64_t count = state->values == COUNTER_INTEGERS ? GPOINTER_TO_SIZE(value)
								   : ((const struct box *)value)->count;

		err = reference_add(table, word, strlen(word), count);
	}
	return err;
}

const struct counter_map counter_glib = {
	.name = "glib",
	.create = create,
	.destroy = destroy,
	.add = add,
	.collect = collect,
};
