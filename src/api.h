/*
 * api: the public functions, written once for both kinds of map.
 *
 * objects.c and integers.c include this after defining
 *   NB_API(name)   the public name
 *   NB_OUTER       the public map type
 *   NB_KIND        NB_OBJECT or NB_INTEGER
 *   nb_public_key  the public key type, as a parameter
 *   nb_key_array   an element of an array of public keys
 *   nb_key_out     the public key type, as a result of iteration
 *   nb_entry       the public type of an entry, as a result of a scan
 *   nb_update_fn   the public callback type of update
 *   nb_create_fn   and of get_or_add
 *   nb_print_fn    and of a dump
 * and the functions
 *   bool prepare(const struct nb_keys *, nb_public_key, const uint64_t *hash, struct nb_key *)
 *        false for a key that cannot be looked for; `hash` is the type's, or NULL
 *        where it is not known
 *   nb_key_out key_of_word(const struct nb_keys *, uint64_t word)
 * What the functions promise is in nbmap.h; what they do is in ops.h.
 */
#include "clear.h"
#include "dump.h"
#include "facade.h"
#include "iterate.h"
#include "life.h"
#include "misuse.h"
#include "ops.h"
#include "print.h"
#include "range.h"
#include "report.h"
#include "window.h"

/* ---- Life --------------------------------------------------------------- */

int NB_API(new)(struct NB_OUTER **outer, const struct nbmap_config *config)
{
	struct nb_map *map;
	int error = outer ? nb_map_new(&map, NB_KIND, config) : -EINVAL;

	if (!error)
		*outer = (struct NB_OUTER *)(void *)map;
	return error;
}

int NB_API(destroy)(struct NB_OUTER *outer)
{
	if (!outer)
		return 0;
	nb_misuse_destroy(&outer->map, __func__);
	return nb_map_destroy(&outer->map);
}

int NB_API(clear)(struct NB_OUTER *outer)
{
	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	return nb_map_clear(&outer->map);
}

void NB_API(enter)(struct NB_OUTER *outer)
{
	nb_misuse_enter(outer->map.domain, __func__);
	nbr_enter(outer->map.domain);
}

void NB_API(leave)(struct NB_OUTER *outer)
{
	nbr_leave(outer->map.domain);
}

int NB_API(barrier)(struct NB_OUTER *outer)
{
	return nbr_barrier(outer->map.domain);
}

long NB_API(reclaim)(struct NB_OUTER *outer)
{
	return nbr_reclaim(outer->map.domain);
}

long NB_API(reclaim_within)(struct NB_OUTER *outer, uint64_t ns)
{
	return nbr_reclaim_within(outer->map.domain, ns);
}

int NB_API(synchronize)(struct NB_OUTER *outer)
{
	return nbr_synchronize(outer->map.domain);
}

int NB_API(retire)(struct NB_OUTER *outer, void *object, void (*free)(void *object, void *arg), void *arg)
{
	nb_misuse_section(&outer->map, __func__);
	nb_store_relaxed(&outer->map.retired, 1); /* read when no thread is left */
	return nb_domain_retire(outer->map.domain, object, free, arg);
}

struct nbmap_domain *NB_API(domain_of)(struct NB_OUTER *outer)
{
	return nb_domain_out(outer->map.domain);
}

/* ---- One key ------------------------------------------------------------ */

NB_INLINE void *get_key(const struct nb_map *map, nb_public_key public_key, const uint64_t *hash)
{
	const struct nb_map *busy = nb_misuse_begin(map);
	struct nb_key key;
	void *value = prepare(&map->keys, public_key, hash, &key) ? nb_get(map, NB_KIND, &key) : NULL;

	nb_misuse_end(busy);
	return value;
}

void *NB_API(get)(struct NB_OUTER *outer, nb_public_key key)
{
	nb_misuse_section(&outer->map, __func__);
	return get_key(&outer->map, key, NULL);
}

NB_INLINE void get_keys(const struct nb_map *map, nb_key_array *keys, const uint64_t *hashes, void **values,
			size_t count)
{
	const struct nb_map *busy = nb_misuse_begin(map);
	struct nb_window window;

	nb_window_begin(&window, map);
	for (size_t i = 0; i < count + NB_WINDOW; i++) {
		if (i >= NB_WINDOW)
			values[i - NB_WINDOW] = nb_window_get(&window, map, NB_KIND, i - NB_WINDOW);
		if (i < count)
			nb_window_ask(
				&window, i,
				prepare(&map->keys, keys[i], hashes ? &hashes[i] : NULL, nb_window_key(&window, i)));
		if (NB_KIND == NB_OBJECT && i >= NB_WINDOW / 2 && i - NB_WINDOW / 2 < count)
			nb_window_ask_object(&window, map, i - NB_WINDOW / 2);
	}
	nb_misuse_end(busy);
}

void NB_API(get_batch)(struct NB_OUTER *outer, nb_key_array *keys, void **values, size_t count)
{
	nb_misuse_section(&outer->map, __func__);
	get_keys(&outer->map, keys, NULL, values, count);
}

NB_INLINE int write_key(struct NB_OUTER *outer, enum nb_verb verb, struct nb_write *write, nb_public_key public_key,
			const uint64_t *hash, void **seen)
{
	const struct nb_map *busy = nb_misuse_begin(&outer->map);
	struct nb_key key;
	int result = -EINVAL;

	if (prepare(&outer->map.keys, public_key, hash, &key)) {
		result = nb_write(&outer->map, NB_KIND, verb, write, &key);
		if (seen && (!result || result == -EEXIST || result == -ENOENT || result == -EAGAIN ||
			     (verb == NB_ADD_INT && result == -ERANGE)))
			*seen = nb_value_out(write->seen);
	}
	nb_misuse_end(busy);
	return result;
}

NB_INLINE int write_value(struct NB_OUTER *outer, enum nb_verb verb, struct nb_write *write, nb_public_key public_key,
			  const uint64_t *hash, void *value, void **seen)
{
	int error = nb_value_check(value);

	write->value = (uintptr_t)value;
	return error ? error : write_key(outer, verb, write, public_key, hash, seen);
}

int NB_API(put)(struct NB_OUTER *outer, nb_public_key key, void *value, void **seen)
{
	struct nb_write write;

	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	nb_write_begin(&write);
	return write_value(outer, NB_PUT, &write, key, NULL, value, seen);
}

int NB_API(add)(struct NB_OUTER *outer, nb_public_key key, void *value, void **seen)
{
	struct nb_write write;

	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	nb_write_begin(&write);
	return write_value(outer, NB_ADD, &write, key, NULL, value, seen);
}

int NB_API(set)(struct NB_OUTER *outer, nb_public_key key, void *value, void **seen)
{
	struct nb_write write;

	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	nb_write_begin(&write);
	return write_value(outer, NB_SET, &write, key, NULL, value, seen);
}

int NB_API(replace)(struct NB_OUTER *outer, nb_public_key key, const void *expected, void *value, void **seen)
{
	struct nb_write write;

	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	nb_write_begin(&write);
	write.expected = expected;
	return expected ? write_value(outer, NB_REPLACE, &write, key, NULL, value, seen) : -EINVAL;
}

int NB_API(del)(struct NB_OUTER *outer, nb_public_key key, void **seen)
{
	struct nb_write write;

	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	nb_write_begin(&write);
	return write_key(outer, NB_DEL, &write, key, NULL, seen);
}

int NB_API(del_if)(struct NB_OUTER *outer, nb_public_key key, const void *expected, void **seen)
{
	struct nb_write write;

	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	nb_write_begin(&write);
	write.expected = expected;
	return expected ? write_key(outer, NB_DEL_IF, &write, key, NULL, seen) : -EINVAL;
}

/* An update under way; the write comes first, so that one leads to the other. */
struct update {
	struct nb_write write;
	nb_public_key key;
	nb_update_fn *fn;
	void *arg;
};

static int call_update(struct nb_write *write, void *current, void **value)
{
	struct update *update = (struct update *)(void *)write;

	return update->fn(update->key, current, value, update->arg);
}

static inline void update_begin(struct update *update, nb_public_key key, nb_update_fn *fn, void *arg)
{
	nb_write_begin(&update->write);
	update->write.update = call_update;
	update->key = key;
	update->fn = fn;
	update->arg = arg;
}

int NB_API(update)(struct NB_OUTER *outer, nb_public_key key, nb_update_fn *fn, void *arg, void **seen)
{
	struct update update;

	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	update_begin(&update, key, fn, arg);
	return fn ? write_key(outer, NB_UPDATE, &update.write, key, NULL, seen) : -EINVAL;
}

/* A map that frees its values has no integers. */
NB_INLINE int add_to_key(struct NB_OUTER *outer, nb_public_key key, const uint64_t *hash, int64_t delta, void **seen)
{
	struct nb_write write;

	if (outer->map.value_free)
		return -EINVAL;
	nb_write_begin(&write);
	write.value = (uint64_t)delta;
	return write_key(outer, NB_ADD_INT, &write, key, hash, seen);
}

int NB_API(add_int)(struct NB_OUTER *outer, nb_public_key key, int64_t delta, void **seen)
{
	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	return add_to_key(outer, key, NULL, delta, seen);
}

/* A get_or_add under way: an update that keeps what is there, and creates what is not. */
struct creation {
	struct nb_write write;
	nb_public_key key;
	nb_create_fn *create;
	void *arg;
};

/* Creates once at most: what an attempt on an absent key has planned stands until the
 * key is found present. */
static int call_create(struct nb_write *write, void *current, void **value)
{
	struct creation *creation = (struct creation *)(void *)write;

	if (current)
		return NBMAP_KEEP;
	*value = creation->create(creation->key, creation->arg);
	return *value ? NBMAP_SET : -ENOMEM;
}

/* The value of `key`, which a get did not find. */
NB_APART int create_value(struct nb_map *map, struct creation *creation, const struct nb_key *key, void **value)
{
	struct nb_write *write = &creation->write;
	int result;

	nb_write_begin(write);
	write->update = call_create;
	result = nb_write(map, NB_KIND, NB_UPDATE, write, key);
	if (!result)
		*value = nb_value_out(write->seen == NB_EMPTY ? write->value : write->seen);
	return result;
}

/* `key` has been prepared. */
NB_INLINE int get_or_create(struct nb_map *map, struct creation *creation, const struct nb_key *key, void **value)
{
	void *found = nb_get(map, NB_KIND, key);
	int error = found ? 0 : create_value(map, creation, key, &found);

	if (value && !error)
		*value = found;
	return error;
}

NB_INLINE int get_or_add_key(struct nb_map *map, nb_public_key public_key, const uint64_t *hash, nb_create_fn *create,
			     void *arg, void **value)
{
	const struct nb_map *busy = nb_misuse_begin(map);
	struct creation creation;
	struct nb_key key;
	int result = -EINVAL;

	creation.key = public_key;
	creation.create = create;
	creation.arg = arg;
	if (create && prepare(&map->keys, public_key, hash, &key))
		result = get_or_create(map, &creation, &key, value);
	nb_misuse_end(busy);
	return result;
}

int NB_API(get_or_add)(struct NB_OUTER *outer, nb_public_key key, nb_create_fn *create, void *arg, void **value)
{
	nb_misuse_section(&outer->map, __func__);
	nb_misuse_change(&outer->map, __func__);
	return get_or_add_key(&outer->map, key, NULL, create, arg, value);
}

/* ---- All keys ----------------------------------------------------------- */

int NB_API(iter_init)(struct NB_OUTER *outer, struct nbmap_iter *iter)
{
	nb_misuse_section(&outer->map, __func__);
	/* A walk begins by finishing a migration. */
	if (outer->map.dismantled)
		return -EDEADLK;
	return nb_iterate_init(&outer->map, iter);
}

bool NB_API(iter_next)(struct nbmap_iter *iter, nb_key_out *key, void **value)
{
	uint64_t word;

	nb_misuse_section(nb_iterate_map(iter), __func__);
	if (!nb_iterate_next(iter, &word, value))
		return false;
	*key = key_of_word(&nb_iterate_map(iter)->keys, word);
	return true;
}

static void put_entry(void *entries, size_t i, const struct nb_keys *keys, uint64_t word, void *value)
{
	((nb_entry *)entries)[i] = (nb_entry){key_of_word(keys, word), value};
}

long NB_API(scan)(struct NB_OUTER *outer, struct nbmap_cursor *cursor, nb_entry *entries, size_t n)
{
	const struct nb_map *busy = nb_misuse_begin(&outer->map);
	long found;

	nb_misuse_section(&outer->map, __func__);
	found = nb_range_scan(&outer->map, cursor, put_entry, entries, n);
	nb_misuse_end(busy);
	return found;
}

size_t NB_API(count)(struct NB_OUTER *outer)
{
	nb_misuse_section(&outer->map, __func__);
	return nb_map_count(&outer->map);
}

void NB_API(stats)(struct NB_OUTER *outer, struct nbmap_stats *stats)
{
	const struct nb_map *busy = nb_misuse_begin(&outer->map);

	nb_misuse_section(&outer->map, __func__);
	nb_map_stats(&outer->map, stats);
	nb_misuse_end(busy);
}

int NB_API(stats_print)(struct NB_OUTER *outer, FILE *out, enum nbmap_format format)
{
	struct nbmap_stats stats;

	nb_misuse_enter(outer->map.domain, __func__);
	nbr_enter(outer->map.domain);
	nb_misuse_section(&outer->map, __func__); /* for QSBR entered by nobody */
	NB_API(stats)(outer, &stats);
	nbr_leave(outer->map.domain);
	return nb_print_stats(&stats, out, format);
}

/* How a caller prints keys; the printer comes first, so that one leads to the other. */
struct printer {
	struct nb_printer printer;
	nb_print_fn *print;
	void *arg;
};

static void call_print(const struct nb_printer *inner, const struct nb_keys *keys, uint64_t word, FILE *out)
{
	const struct printer *printer = (const struct printer *)(const void *)inner;

	printer->print(key_of_word(keys, word), out, printer->arg);
}

static int dump_map(struct nb_map *map, FILE *out, const struct nb_printer *printer)
{
	const struct nb_map *busy = nb_misuse_begin(map);
	int error = nb_map_dump(map, out, printer);

	nb_misuse_end(busy);
	return error;
}

int NB_API(dump)(struct NB_OUTER *outer, FILE *out)
{
	nb_misuse_section(&outer->map, __func__);
	return dump_map(&outer->map, out, NULL);
}

int NB_API(dump_with)(struct NB_OUTER *outer, FILE *out, nb_print_fn *print, void *arg)
{
	const struct printer printer = {{call_print}, print, arg};

	nb_misuse_section(&outer->map, __func__);
	return dump_map(&outer->map, out, print ? &printer.printer : NULL);
}

int NB_API(dump_tables)(struct NB_OUTER *outer, FILE *out)
{
	nb_misuse_section(&outer->map, __func__);
	return nb_map_dump_tables(&outer->map, out);
}
