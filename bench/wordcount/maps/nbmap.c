/* The map nbmap, in a reclamation domain of its own; of both kinds of key. */
#include "maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../flavor.h"

/* How many entries a sweep visits before it asks whether to stop. */
#define SWEEP_STRIDE 256u

struct box {
	uint64_t count;
};

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

static uint64_t count_of(const struct state *state, const void *value)
{
	return state->options.boxed ? ((const struct box *)value)->count : nbmap_int_of(value);
}

/* ---- Making ------------------------------------------------------------- */

static int new_map(struct state *state)
{
	struct nbmap_type type = {0};
	struct nbmap_config config = {.type = &type, .arg = state, .domain = state->domain};

	if (state->options.items == INPUT_WORDS)
		type = *nbmap_type_bytes();
	if (state->options.boxed)
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

/* One more than `current`; a box made for a lost attempt is used again. */
static int step(void *current, void **value, const struct state *state)
{
	uint64_t next = current ? count_of(state, current) + 1 : 1;

	if (!state->options.boxed) {
		*value = nbmap_int(next);
		return NBMAP_SET;
	}

	struct box *box = *value ? *value : malloc(sizeof(*box));

	if (!box)
		return -ENOMEM;
	box->count = next;
	*value = box;
	return NBMAP_SET;
}

static int step_word(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	return step(current, value, arg);
}

static int step_number(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	return step(current, value, arg);
}

static int add(void *arg, const void *item, size_t size)
{
	struct state *state = arg;

	if (state->words) {
		struct nbmap_bytes word = {.data = item, .size = size};

		return nbmap_update(state->words, &word, step_word, state, NULL);
	}

	uint64_t number;

	memcpy(&number, item, sizeof(number));
	return nbmap_u64_update(state->numbers, number, step_number, state, NULL);
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

/*
 * Only the very value that was judged rare is removed: whoever counts the word
 * up meanwhile makes this fail (-EAGAIN), and nothing is lost.  A box cannot
 * be freed and made again within the section.
 */
static int remove_rare(struct state *state, const struct entry *entry, struct reference *removed)
{
	void *seen;
	int err = state->words ? nbmap_del_if(state->words, entry->word, entry->value, &seen)
				 : nbmap_u64_del_if(state->numbers, entry->number, entry->value, &seen);

	if (err == -EAGAIN || err == -ENOENT)
		return 0;
	if (err)
		return err;
	return reference_add(removed, entry->bytes, entry->size, count_of(state, seen));
}

static int sweep(void *self, uint64_t rare, struct reference *removed, counter_stop *stop, void *arg)
{
	struct state *state = self;
	struct nbmap_iter iter;
	struct entry entry;
	int err = walk_init(state, &iter);

	for (unsigned visited = 1; !err && walk_next(state, &iter, &entry); visited++) {
		if (count_of(state, entry.value) <= rare)
			err = remove_rare(state, &entry, removed);
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

	while (!err && walk_next(state, &iter, &entry))
		err = reference_add(table, entry.bytes, entry.size, count_of(state, entry.value));
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
