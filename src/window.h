/*
 * window: a get_batch under way.
 *
 * A miss of the cache takes as long as dozens of gets that hit, and a core can
 * wait for many at once.  So three hands go along the keys, each some keys
 * behind the one before: the first asks for the key's home line, the second
 * for the object that the line points to, the last gets.  What the first two
 * do is speed, not correctness: each key is got as by any other get, at a
 * moment of its own.
 */
#ifndef NB_WINDOW_H
#define NB_WINDOW_H

#include "ops.h"
#include "tuning.h"

/* Key i of the batch is at i % NB_WINDOW, from the first hand to the last. */
struct nb_window {
	struct nb_key key[NB_WINDOW];
	bool legal[NB_WINDOW];
	struct nb_table *table; /* whose lines are asked for: a hint */
};

static inline void nb_window_begin(struct nb_window *window, const struct nb_map *map)
{
	window->table = nb_peek(&map->top);
}

static inline struct nb_key *nb_window_key(struct nb_window *window, size_t i)
{
	return &window->key[i % NB_WINDOW];
}

/* The first hand: key i has been prepared. */
static inline void nb_window_ask(struct nb_window *window, size_t i, bool legal)
{
	window->legal[i % NB_WINDOW] = legal;
	if (legal)
		nb_table_prefetch(window->table, nb_window_key(window, i));
}

/* The second: key i's line has come. */
static inline void nb_window_ask_object(struct nb_window *window, const struct nb_map *map, size_t i)
{
	if (window->legal[i % NB_WINDOW])
		nb_table_prefetch_object(window->table, &map->keys, nb_window_key(window, i));
}

/* The last. */
static inline void *nb_window_get(struct nb_window *window, const struct nb_map *map, enum nb_kind kind, size_t i)
{
	void *value = window->legal[i % NB_WINDOW] ? nb_get(map, kind, nb_window_key(window, i)) : NULL;

	/* Values that the map owns are pointers, and wanted. */
	if (map->value_free)
		nb_prefetch(value);
	return value;
}

#endif
