/* counter: counting in an nbmap, for both kinds of key.  See counter.h. */
#include "counter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "flavor.h"

/* How many entries a sweep visits before it asks whether to stop. */
#define SWEEP_STRIDE 256u

struct box {
	uint64_t count;
};

static void free_box(void *value, void *arg)
{
	struct counter *counter = arg;

	free(value);
	atomic_fetch_add_explicit(&counter->boxes_freed, 1, memory_order_relaxed);
}

static uint64_t count_of(const struct counter *counter, const void *value)
{
	return counter->boxed ? ((const struct box *)value)->count : nbmap_int_of(value);
}

/* ---- Making ------------------------------------------------------------- */

static int new_map(struct counter *counter)
{
	struct nbmap_type type = {0};
	struct nbmap_config config = {.type = &type, .arg = counter, .domain = counter->domain};

	if (counter->items == INPUT_WORDS)
		type = *nbmap_type_bytes();
	if (counter->boxed)
		type.value_free = free_box;
	return counter->items == INPUT_WORDS ? nbmap_new(&counter->words, &config)
					     : nbmap_u64_new(&counter->numbers, &config);
}

int counter_new(struct counter *counter, enum input_items items, enum nbmap_flavor flavor, bool boxed, size_t limit)
{
	struct nbmap_domain_config config = {.flavor = flavor, .limit_objects = limit};
	int err;

	*counter = (struct counter){.items = items, .flavor = flavor, .boxed = boxed};
	err = nbmap_domain_new(&counter->domain, &config);
	if (err)
		return err;
	err = new_map(counter);
	if (err)
		nbmap_domain_destroy(counter->domain);
	return err;
}

int counter_destroy(struct counter *counter)
{
	int err = counter->words ? nbmap_destroy(counter->words) : nbmap_u64_destroy(counter->numbers);

	return err ? err : nbmap_domain_destroy(counter->domain);
}

/* ---- Sections ----------------------------------------------------------- */

void counter_register(const struct counter *counter)
{
	flavor_register(counter->flavor);
}

void counter_unregister(const struct counter *counter)
{
	flavor_unregister(counter->flavor);
}

void counter_enter(struct counter *counter)
{
	if (counter->words)
		nbmap_enter(counter->words);
	else
		nbmap_u64_enter(counter->numbers);
}

void counter_leave(struct counter *counter)
{
	if (counter->words)
		nbmap_leave(counter->words);
	else
		nbmap_u64_leave(counter->numbers);
}

void counter_offline(const struct counter *counter)
{
	flavor_offline(counter->flavor);
}

void counter_online(const struct counter *counter)
{
	flavor_online(counter->flavor);
}

void counter_breathe(struct counter *counter)
{
	counter_leave(counter);
	flavor_quiesce(counter->flavor);
	counter_enter(counter);
}

void counter_relieve(struct counter *counter)
{
	counter_leave(counter);
	counter_offline(counter);
	if (counter->words)
		nbmap_reclaim(counter->words);
	else
		nbmap_u64_reclaim(counter->numbers);
	counter_online(counter);
	counter_enter(counter);
}

/* ---- Counting ----------------------------------------------------------- */

/* One more than `current`; a box made for a lost attempt is used again. */
static int step(void *current, void **value, const struct counter *counter)
{
	uint64_t next = current ? count_of(counter, current) + 1 : 1;

	if (!counter->boxed) {
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

int counter_add(struct counter *counter, const void *item, size_t size)
{
	if (counter->words) {
		struct nbmap_bytes word = {.data = item, .size = size};

		return nbmap_update(counter->words, &word, step_word, counter, NULL);
	}

	uint64_t number;

	memcpy(&number, item, sizeof(number));
	return nbmap_u64_update(counter->numbers, number, step_number, counter, NULL);
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

static int walk_init(struct counter *counter, struct nbmap_iter *iter)
{
	return counter->words ? nbmap_iter_init(counter->words, iter) : nbmap_u64_iter_init(counter->numbers, iter);
}

static bool walk_next(struct counter *counter, struct nbmap_iter *iter, struct entry *entry)
{
	if (counter->words) {
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
static int remove_rare(struct counter *counter, const struct entry *entry, struct reference *removed)
{
	void *seen;
	int err = counter->words ? nbmap_del_if(counter->words, entry->word, entry->value, &seen)
				 : nbmap_u64_del_if(counter->numbers, entry->number, entry->value, &seen);

	if (err == -EAGAIN || err == -ENOENT)
		return 0;
	if (err)
		return err;
	return reference_add(removed, entry->bytes, entry->size, count_of(counter, seen));
}

int counter_sweep(struct counter *counter, uint64_t rare, struct reference *removed, bool (*stop)(void *arg), void *arg)
{
	struct nbmap_iter iter;
	struct entry entry;
	int err = walk_init(counter, &iter);

	for (unsigned visited = 1; !err && walk_next(counter, &iter, &entry); visited++) {
		if (count_of(counter, entry.value) <= rare)
			err = remove_rare(counter, &entry, removed);
		if (visited % SWEEP_STRIDE == 0 && stop(arg))
			break;
	}
	return err;
}

int counter_collect(struct counter *counter, struct reference *table)
{
	struct nbmap_iter iter;
	struct entry entry;
	int err = walk_init(counter, &iter);

	while (!err && walk_next(counter, &iter, &entry))
		err = reference_add(table, entry.bytes, entry.size, count_of(counter, entry.value));
	return err;
}

/* ---- Numbers ------------------------------------------------------------ */

void counter_stats(struct counter *counter, struct nbmap_stats *stats)
{
	if (counter->words)
		nbmap_stats(counter->words, stats);
	else
		nbmap_u64_stats(counter->numbers, stats);
}

int counter_barrier(struct counter *counter)
{
	return counter->words ? nbmap_barrier(counter->words) : nbmap_u64_barrier(counter->numbers);
}

uint64_t counter_reclaimed(struct counter *counter, struct nbmap_domain_stats *stats)
{
	uint64_t boxes = atomic_load_explicit(&counter->boxes_freed, memory_order_relaxed);

	nbmap_domain_stats(counter->domain, stats);
	return stats->freed_bytes + boxes * sizeof(struct box);
}
