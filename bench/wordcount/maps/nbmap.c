/*
 * The map nbmap, in a reclamation domain of its own; of both kinds of key.
 *
 * Boxes that are incremented in place are removed as nbmap.h has it: marked dead by the
 * exchange that takes what they hold, then removed, by whoever finds them dead.
 */
#include "maps.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../flavor.h"

/* How many entries a sweep visits before it asks whether to stop. */
#define SWEEP_STRIDE 256u

struct box {
	uint64_t count;
};

/* A box that is incremented in place. */
struct tally {
	_Atomic uint64_t count; /* with DEAD: nothing that counts */
};

#define DEAD (UINT64_C(1) << 63)

struct state {
	struct counter_options options;
	struct nbmap_domain *domain;
	struct nbmap *words;	   /* for INPUT_WORDS, else NULL */
	struct nbmap_u64 *numbers; /* for INPUT_U64, else NULL */
};

static void free_box(void *value, void *arg)
{
	(void)arg;
	free(value);
}

/* 0: a dead tally. */
static uint64_t count_of(const struct state *state, const void *value)
{
	uint64_t count;

	switch (state->options.values) {
	case COUNTER_NEW_BOXES:
		return ((const struct box *)value)->count;
	case COUNTER_IN_PLACE:
		/* Relaxed, as all accesses to it: nothing but the number itself is asked for. */
		count = atomic_load_explicit(&((const struct tally *)value)->count, memory_order_relaxed);
		return count & DEAD ? 0 : count;
	default:
		return nbmap_int_of(value);
	}
}

/* ---- Making ------------------------------------------------------------- */

static int new_map(struct state *state)
{
	struct nbmap_type type = {0};
	struct nbmap_config config = {.type = &type, .arg = state, .domain = state->domain};

	if (state->options.items == INPUT_WORDS)
		type = *nbmap_type_bytes();
	if (state->options.values != COUNTER_INTEGERS)
		type.value_free = free_box;
	return state->options.items == INPUT_WORDS ? nbmap_new(&state->words, &config)
						   : nbmap_u64_new(&state->numbers, &config);
}

static int create(void **made, const struct counter_options *options)
{
	struct nbmap_domain_config config = {.flavor = options->flavor, .limit_objects = options->limit};
	struct state *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	state->options = *options;

	int err = nbmap_domain_new(&state->domain, &config);

	if (!err) {
		err = new_map(state);
		if (err)
			nbmap_domain_destroy(state->domain);
	}
	if (err)
		free(state);
	else
		*made = state;
	return err;
}

static int destroy(void *arg)
{
	struct state *state = arg;
	int err = state->words ? nbmap_destroy(state->words) : nbmap_u64_destroy(state->numbers);

	if (!err)
		err = nbmap_domain_destroy(state->domain);
	if (!err)
		free(state);
	return err;
}

/* ---- Sections ----------------------------------------------------------- */

static void register_thread(void *arg)
{
	const struct state *state = arg;

	flavor_register(state->options.flavor);
}

static void unregister_thread(void *arg)
{
	const struct state *state = arg;

	flavor_unregister(state->options.flavor);
}

static void enter(void *arg)
{
	struct state *state = arg;

	if (state->words)
		nbmap_enter(state->words);
	else
		nbmap_u64_enter(state->numbers);
}

static void leave(void *arg)
{
	struct state *state = arg;

	if (state->words)
		nbmap_leave(state->words);
	else
		nbmap_u64_leave(state->numbers);
}

static void offline(void *arg)
{
	const struct state *state = arg;

	flavor_offline(state->options.flavor);
}

static void online(void *arg)
{
	const struct state *state = arg;

	flavor_online(state->options.flavor);
}

static void quiesce(void *arg)
{
	const struct state *state = arg;

	flavor_quiesce(state->options.flavor);
}

static void reclaim(void *arg)
{
	struct state *state = arg;

	if (state->words)
		nbmap_reclaim(state->words);
	else
		nbmap_u64_reclaim(state->numbers);
}

/* ---- Counting ----------------------------------------------------------- */

/* A word, or a number. */
struct key {
	struct nbmap_bytes word;
	uint64_t number;
};

static struct key key_of(const struct state *state, const void *item, size_t size)
{
	struct key key = {.word = {.data = item, .size = size}};

	if (!state->words)
		memcpy(&key.number, item, sizeof(key.number));
	return key;
}

/* One more than `current`; a box made for a lost attempt is used again. */
static int step(const struct box *current, void **value)
{
	struct box *box = *value ? *value : malloc(sizeof(*box));

	if (!box)
		return -ENOMEM;
	box->count = current ? current->count + 1 : 1;
	*value = box;
	return NBMAP_SET;
}

static int step_word(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	(void)arg;
	return step(current, value);
}

static int step_number(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	(void)arg;
	return step(current, value);
}

static int add_by_new_box(struct state *state, const struct key *key)
{
	return state->words ? nbmap_update(state->words, &key->word, step_word, NULL, NULL)
			    : nbmap_u64_update(state->numbers, key->number, step_number, NULL, NULL);
}

static void *new_tally(const void *key, void *arg)
{
	(void)key;
	(void)arg;
	return calloc(1, sizeof(struct tally));
}

static void *new_tally_of_number(uint64_t key, void *arg)
{
	(void)key;
	return new_tally(NULL, arg);
}

static int add_in_place(struct state *state, const struct key *key)
{
	void *value;
	int err;

	do {
		err = state->words
			      ? nbmap_get_or_add(state->words, &key->word, new_tally, NULL, &value)
			      : nbmap_u64_get_or_add(state->numbers, key->number, new_tally_of_number, NULL, &value);
		if (err)
			return err;

		struct tally *tally = value;

		if (!(atomic_fetch_add_explicit(&tally->count, 1, memory_order_relaxed) & DEAD))
			return 0;
		err = state->words ? nbmap_del_if(state->words, &key->word, tally, NULL)
				   : nbmap_u64_del_if(state->numbers, key->number, tally, NULL);
	} while (!err || err == -ENOENT || err == -EAGAIN);
	return err;
}

static int add_integer(struct state *state, const struct key *key)
{
	return state->words ? nbmap_add_int(state->words, &key->word, 1, NULL)
			    : nbmap_u64_add_int(state->numbers, key->number, 1, NULL);
}

static int add(void *arg, const void *item, size_t size)
{
	struct state *state = arg;
	const struct key key = key_of(state, item, size);

	switch (state->options.values) {
	case COUNTER_NEW_BOXES:
		return add_by_new_box(state, &key);
	case COUNTER_IN_PLACE:
		return add_in_place(state, &key);
	default:
		return add_integer(state, &key);
	}
}

/* ---- Walking ------------------------------------------------------------ */

/* An entry met on a walk, whichever kind of key it has. */
struct entry {
	const void *word; /* the map's own key */
	uint64_t number;
	void *value;
	const void *bytes; /* the key as a range of bytes */
	size_t size;
};

static int walk_init(struct state *state, struct nbmap_iter *iter)
{
	return state->words ? nbmap_iter_init(state->words, iter) : nbmap_u64_iter_init(state->numbers, iter);
}

static bool walk_next(struct state *state, struct nbmap_iter *iter, struct entry *entry)
{
	if (state->words) {
		if (!nbmap_iter_next(iter, &entry->word, &entry->value))
			return false;

		const struct nbmap_bytes *word = entry->word;

		entry->bytes = word->data;
		entry->size = word->size;
		return true;
	}
	entry->bytes = &entry->number;
	entry->size = sizeof(entry->number);
	return nbmap_u64_iter_next(iter, &entry->number, &entry->value);
}

/* Whoever else has removed the value has done it for us. */
static int remove_value(struct state *state, const struct entry *entry, bool *done)
{
	int err = state->words ? nbmap_del_if(state->words, entry->word, entry->value, NULL)
			       : nbmap_u64_del_if(state->numbers, entry->number, entry->value, NULL);

	*done = !err;
	return err == -EAGAIN || err == -ENOENT ? 0 : err;
}

/*
 * Only the very value that was judged rare is removed: whoever counts the word
 * up meanwhile makes this fail, and nothing is lost.  A box cannot be freed and
 * made again within the section.
 */
static int remove_rare(struct state *state, const struct entry *entry, uint64_t count, struct reference *removed)
{
	bool done;
	int err = remove_value(state, entry, &done);

	return done ? reference_add(removed, entry->bytes, entry->size, count) : err;
}

/* With what it has been counted up to by then. */
static int take_tally(struct state *state, const struct entry *entry, struct reference *removed)
{
	struct tally *tally = entry->value;
	uint64_t count = atomic_exchange_explicit(&tally->count, DEAD, memory_order_relaxed);
	bool done;
	int err = reference_add(removed, entry->bytes, entry->size, count);

	return err ? err : remove_value(state, entry, &done);
}

static int sweep(void *self, uint64_t rare, struct reference *removed, counter_stop *stop, void *arg)
{
	struct state *state = self;
	struct nbmap_iter iter;
	struct entry entry;
	int err = walk_init(state, &iter);

	for (unsigned visited = 1; !err && walk_next(state, &iter, &entry); visited++) {
		uint64_t count = count_of(state, entry.value);

		if (count == 0 || count > rare)
			err = 0;
		else if (state->options.values == COUNTER_IN_PLACE)
			err = take_tally(state, &entry, removed);
		else
			err = remove_rare(state, &entry, count, removed);
		if (visited % SWEEP_STRIDE == 0 && stop(arg))
			break;
	}
	return err;
}

static int collect(void *arg, struct reference *table)
{
	struct state *state = arg;
	struct nbmap_iter iter;
	struct entry entry;
	int err = walk_init(state, &iter);

	while (!err && walk_next(state, &iter, &entry)) {
		uint64_t count = count_of(state, entry.value);

		if (count > 0)
			err = reference_add(table, entry.bytes, entry.size, count);
	}
	return err;
}

/* ---- Numbers ------------------------------------------------------------ */

static void stats(void *arg, struct nbmap_stats *stats)
{
	struct state *state = arg;

	if (state->words)
		nbmap_stats(state->words, stats);
	else
		nbmap_u64_stats(state->numbers, stats);
}

static int barrier(void *arg)
{
	struct state *state = arg;

	return state->words ? nbmap_barrier(state->words) : nbmap_u64_barrier(state->numbers);
}

static void reclaimed(void *arg, struct nbmap_domain_stats *stats)
{
	struct state *state = arg;

	nbmap_domain_stats(state->domain, stats);
}

const struct counter_map counter_nbmap = {
	.name = "nbmap",
	.create = create,
	.destroy = destroy,
	.add = add,
	.collect = collect,
	.register_thread = register_thread,
	.unregister_thread = unregister_thread,
	.enter = enter,
	.leave = leave,
	.quiesce = quiesce,
	.offline = offline,
	.online = online,
	.reclaim = reclaim,
	.sweep = sweep,
	.barrier = barrier,
	.stats = stats,
	.reclaimed = reclaimed,
};
