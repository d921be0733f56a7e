/*
 * ops: the parts of a write that own something: the copy of a key, the value
 * an update callback made.
 */
#include "ops.h"

#include "misuse.h"

/* Free a value that was never stored: nobody can see it.  Like any other call of
 * value_free or key_free, it must not wait. */
static void discard(struct nb_map *map, void *value)
{
	bool outer = nbr_callback_begin();

	if (value && map->value_free)
		map->value_free(value, map->keys.arg);
	nbr_callback_end(outer);
}

/* The same of a copied key. */
static void discard_key(const struct nb_keys *keys, const void *object)
{
	bool outer = nbr_callback_begin();

	if (keys->free)
		keys->free((void *)(uintptr_t)object, keys->arg);
	nbr_callback_end(outer);
}

/*
 * The callback was given the spare in *value and has left `value` there.  Whose are
 * they now?
 *
 *   value                  the spare that was      the spare that is
 *   the spare              is this one             value
 *   NULL                   the callback's          none
 *   current                discarded               none: it lives
 *   no value, as put says  discarded               none: not ours
 *   any other              discarded               value
 *
 * But for `current`, which is never discarded, also where it is the spare.
 */
static void take_back(struct nb_map *map, struct nb_write *write, void *current, void *value)
{
	void *spare = write->spare;

	write->spare = value != current && !nb_value_check(value) ? value : NULL;
	if (!value || !spare || spare == value || spare == current)
		return;
	nb_misuse_spare(map, spare);
	discard(map, spare);
}

int nb_decide_update(struct nb_map *map, struct nb_write *write, uint64_t current, uint64_t *target)
{
	void *present = nb_value_out(current), *value = write->spare;
	int action;

	/* The key was absent when we planned, and is so again. */
	if (write->planned && current == NB_EMPTY) {
		*target = write->value;
		return NB_APPLY;
	}
	write->planned = false;
	action = write->update(write, present, &value);
	take_back(map, write, present, value);
	if (action == NBMAP_SET) {
		int error = nb_value_check(value);

		if (error)
			return error;
		write->value = *target = (uintptr_t)value;
		if (*target == current)
			return 0;
		write->planned = current == NB_EMPTY;
		return NB_APPLY;
	}
	if (action == NBMAP_REMOVE && current != NB_EMPTY) {
		*target = NB_TOMB;
		return NB_APPLY;
	}
	if (action == NBMAP_REMOVE || action == NBMAP_KEEP)
		return 0;
	return action < 0 ? action : -EINVAL;
}

int nb_write_key(struct nb_map *map, struct nb_write *write, const struct nb_key *key, uint64_t *word)
{
	const struct nb_keys *keys = &map->keys;
	const void *object = key->object;

	if (write->from.line) {
		/* Relaxed: claimed, and acquired when it was found. */
		*word = nb_load_relaxed(nb_place_key(write->from));
		return 0;
	}
	if (write->dup) {
		*word = write->dup;
		return 0;
	}
	if (keys->dup) {
		object = keys->dup(key->object, keys->arg);
		if (!object)
			return -ENOMEM;
	}
	if (!nb_object_fits(keys, object) || !nb_object_legal(keys, object)) {
		discard_key(keys, object);
		return -ERANGE;
	}
	*word = nb_word_of_object(keys, object, key->hash);
	if (keys->dup)
		write->dup = *word;
	return 0;
}

void nb_write_claimed(struct nb_map *map, struct nb_write *write, uint64_t word)
{
	if (write->from.line) {
		nb_value_carry(nb_place_value(write->from));
		nb_table_disowns(write->left, &map->keys, word);
	} else {
		write->dup = 0;
	}
}

void nb_write_give_back(struct nb_map *map, struct nb_write *write)
{
	if (write->ticket.batch)
		nbr_cancel(map->domain, &write->ticket);
	if (write->dup)
		discard_key(&map->keys, nb_object_of_word(&map->keys, write->dup));
	discard(map, write->spare);
}
