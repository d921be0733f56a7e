/*
 * fuzz: all public calls, of both kinds of map, driven by bytes against a plain
 * array of keys and values.
 *
 * An input is a header, which makes a domain and a map, and a list of steps.
 * The header chooses the kind, the type of the keys, how they hash, who owns
 * the values, limits, sizes, and at times something that must be refused.
 * Every byte string is an input: one that is too short reads as zeroes.
 *
 * The reference (`struct fuzz`, value[]) holds for each of a few keys the very
 * pointer that the map should hold.  What is compared:
 *
 *   each call     its result, what it left in `seen`, and after an error that
 *                 nothing changed
 *   update        what the callback is shown
 *   add_int       the sum, or that there is none
 *   a walk        that each key was met as nbmap.h promises, with a value that
 *                 it had since the walk began
 *   a scan        the same of each cycle, across sections, with the value that the
 *                 key has; and -E2BIG only for so many keys of one hash
 *   get_batch     each answer, and that nothing beside them was written
 *   in between    get of all keys, count, stats, the first line of a dump,
 *                 nb_map_valid()
 *   at the end    that every block, key and value was freed once (count_alloc)
 *
 * Failures of allocation are asked for by a step and strike the one after it.
 * -ENOMEM without one, or -ENOBUFS without a limit, is a difference.
 *
 * One thread only: what several do is the business of model/ and stress/.
 */
#include "fuzz.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count_alloc.h"
#include "life.h"
#include "map.h"
#include "nbmap.h"
#include "unmix.h"

#define KEYS 40u
#define STEPS_MAX 1000u
#define WALKS 2u
#define HELD 6u
#define NOBODY KEYS
#define BATCH_MAX 64u
#define SCANS 2u

/* Whether a call may answer this beside what the reference says. */
enum { MAY_NOMEM = 1, MAY_NOBUFS = 2 };

enum key_type { COUNTED, BORROWED, STRING, BYTES, POINTER, KEY_TYPES };
/* ADVERSARIAL: every home is the last line, whatever the size, and so each probe wraps. */
enum hashing { CONSTANT, ONE_BIT, IDENTITY, GOOD, ADVERSARIAL };

/* A walk under way, and what it may show. */
struct walk {
	bool active;
	struct nbmap_iter iter;
	bool steady[KEYS]; /* has had a value since the walk began */
	bool met[KEYS];
	unsigned helds[KEYS]; /* values that it had since then; above HELD: too many to tell */
	void *held[KEYS][HELD];
};

/* A cycle of scans under way. */
struct cycle {
	struct nbmap_cursor cursor;
	bool steady[KEYS]; /* has had a value since the cycle began */
	bool met[KEYS];
};

static struct fuzz {
	/* the input */
	const uint8_t *at, *end;
	/* the map */
	struct nbmap *object;
	struct nbmap_u64 *integer;
	struct nb_map *core;
	struct nbmap_domain *domain;
	struct count *count, *domain_count;
	enum key_type key_type;
	enum hashing hashing;
	uint64_t seed; /* the map's */
	bool wide, owned, equal_values, limited;
	unsigned depth; /* of sections */
	/* failures for the next call */
	unsigned fail_nth;
	bool fail_on; /* and all after it */
	/* a key on its way into a call; overwritten by the next */
	struct count_key scratch;
	char text[16];
	struct nbmap_bytes bytes;
	/* the reference */
	void *value[KEYS];
	struct walk walk[WALKS];
	struct cycle cycle[SCANS];
	/* what is being done, for the message */
	const char *doing;
	unsigned step;
} f;

/* Borrowed keys must outlive the map; unowned values may be pointers to anything. */
static struct count_key borrowed[KEYS];
static _Alignas(8) char somewhere[256][8];

__attribute__((format(printf, 1, 2))) static _Noreturn void differ(const char *format, ...)
{
	va_list list;

	fprintf(stderr, "fuzz: step %u, %s: ", f.step, f.doing);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	abort();
}

/* ---- Bytes -------------------------------------------------------------- */

static unsigned byte(void)
{
	return f.at < f.end ? *f.at++ : 0;
}

static uint64_t word_of_input(void)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8; i++)
		word = word << 8 | byte();
	return word;
}

/* ---- Keys --------------------------------------------------------------- */

static uint64_t hash_of(unsigned id)
{
	switch (f.hashing) {
	case CONSTANT:
		return 7;
	case ONE_BIT:
		return id & 1;
	case IDENTITY:
		return id;
	case ADVERSARIAL:
		return unmix64(~(uint64_t)id) ^ f.seed;
	default:
		return nb_mix64(id + 1);
	}
}

/* Words 0 and 1 stand for the keys that live aside; the same hashings, by way of the map's own secrets. */
static uint64_t integer_key(unsigned id)
{
	switch (f.hashing) {
	case CONSTANT:
		return nb_integer_of_word(&f.core->keys, id);
	case ONE_BIT:
		return nb_integer_of_word(&f.core->keys, id < 2 ? id : id | (uint64_t)(id & 1) << 63);
	case IDENTITY:
		return id == KEYS - 1 ? UINT64_MAX : id;
	case ADVERSARIAL:
		return nb_integer_of_word(&f.core->keys, id < 2 ? id : ~(uint64_t)id);
	default:
		return nb_mix64(id);
	}
}

static const void *object_key(unsigned id)
{
	switch (f.key_type) {
	case COUNTED:
		f.scratch = count_key_hashed(id, hash_of(id));
		return &f.scratch;
	case BORROWED:
		return &borrowed[id];
	case STRING:
		snprintf(f.text, sizeof(f.text), "%u", id);
		if (!id)
			f.text[0] = '\0';
		return f.text;
	case BYTES:
		memset(f.text, (int)id, sizeof(f.text));
		f.bytes = (struct nbmap_bytes){id ? f.text : NULL, id ? 1 + id % sizeof(f.text) : 0};
		return &f.bytes;
	default:
		return (const void *)(uintptr_t)(f.wide ? (uint64_t)id << 58 | 8 : 8 * (uint64_t)(id + 1));
	}
}

/* The other way. */
static unsigned object_id(const void *key)
{
	switch (f.key_type) {
	case COUNTED:
	case BORROWED:
		return (unsigned)((const struct count_key *)key)->id;
	case STRING:
		return *(const char *)key ? (unsigned)strtoul(key, NULL, 10) : 0;
	case BYTES:
		return ((const struct nbmap_bytes *)key)->size
			       ? *(const unsigned char *)((const struct nbmap_bytes *)key)->data
			       : 0;
	default:
		return (unsigned)(f.wide ? (uintptr_t)key >> 58 : (uintptr_t)key / 8 - 1);
	}
}

static unsigned integer_id(uint64_t key)
{
	for (unsigned id = 0; id < KEYS; id++)
		if (integer_key(id) == key)
			return id;
	return NOBODY;
}

/* An object key that outlives the next one. */
struct lasting {
	struct count_key counted;
	char text[sizeof(f.text)];
	struct nbmap_bytes bytes;
};

#define KEY_CALL(name, id)                                                                                             \
	(f.object ? nbmap_##name(f.object, object_key(id)) : nbmap_u64_##name(f.integer, integer_key(id)))
#define CALL(name, id, ...)                                                                                            \
	(f.object ? nbmap_##name(f.object, object_key(id), __VA_ARGS__)                                                \
		  : nbmap_u64_##name(f.integer, integer_key(id), __VA_ARGS__))
#define MAP_CALL(name) (f.object ? nbmap_##name(f.object) : nbmap_u64_##name(f.integer))

/* ---- Values ------------------------------------------------------------- */

static void *fresh_value(unsigned number)
{
	void *value;

	if (!f.owned)
		return number == 255 ? nbmap_int(NBMAP_INT_MAX)
		       : number & 1  ? (void *)somewhere[number]
				     : nbmap_int(number);
	value = count_value(f.count, number);
	if (!value)
		differ("no memory for a value");
	return value;
}

/* A value that the map did not take. */
static void drop(void *value)
{
	if (f.owned && value)
		count_value_free(value, f.count);
}

/* What no map may store, and what it says to that. */
static void *bad_value(unsigned which, int *error)
{
	*error = which % 16 == 1 ? -ERANGE : -EINVAL;
	return which % 16 < 8 ? (void *)(uintptr_t)(which % 8) : somewhere[which] + 1 + which % 3;
}

/* Unowned values that differ in high bits only are equal. */
static bool alike(const void *a, const void *b, void *arg)
{
	(void)arg;
	return (uintptr_t)a % 64 == (uintptr_t)b % 64;
}

static bool equal(const void *a, const void *b)
{
	return a == b || (f.equal_values && (f.owned ? count_value_equal(a, b, f.count) : alike(a, b, NULL)));
}

/* ---- The reference ------------------------------------------------------ */

static void note(struct walk *walk, unsigned id)
{
	if (!f.value[id])
		walk->steady[id] = false;
	else if (walk->helds[id]++ < HELD)
		walk->held[id][walk->helds[id] - 1] = f.value[id];
}

static void assign(unsigned id, void *value)
{
	f.value[id] = value;
	for (unsigned i = 0; i < WALKS; i++)
		if (f.walk[i].active)
			note(&f.walk[i], id);
	for (unsigned i = 0; i < SCANS && !value; i++)
		f.cycle[i].steady[id] = false;
}

static size_t entries(void)
{
	size_t n = 0;

	for (unsigned id = 0; id < KEYS; id++)
		n += f.value[id] != NULL;
	return n;
}

/* ---- Sections, failures ------------------------------------------------- */

static void enter(void)
{
	MAP_CALL(enter);
	f.depth++;
}

static void leave(void)
{
	MAP_CALL(leave);
	if (--f.depth)
		return;
	for (unsigned i = 0; i < WALKS; i++)
		f.walk[i].active = false;
}

static void inside(void)
{
	if (!f.depth)
		enter();
}

static void outside(void)
{
	while (f.depth)
		leave();
}

static void arm(void)
{
	struct count *both[] = {f.count, f.domain_count};

	for (unsigned i = 0; f.fail_nth && i < 2; i++) {
		if (f.fail_on)
			count_fail_from(both[i], COUNT_MEMORY | COUNT_KEYS, f.fail_nth);
		else
			count_fail_nth(both[i], COUNT_MEMORY | COUNT_KEYS, f.fail_nth);
	}
}

/* Which errors there was cause for since arm(). */
static unsigned disarm(void)
{
	uint64_t failures = count_fail_stop(f.count) + count_fail_stop(f.domain_count);

	if (!f.fail_nth)
		failures = 0; /* of an earlier call */
	f.fail_nth = 0;
	return (failures ? MAY_NOMEM : 0u) | (f.limited ? MAY_NOBUFS : 0u);
}

/* Whether a call ended as it should: true if so, false if it was excused. */
static bool ended(int result, int expected, unsigned may)
{
	if (result == expected)
		return true;
	if (result == -ENOMEM && (may & MAY_NOMEM))
		return false;
	if (result == -ENOBUFS && (may & MAY_NOBUFS))
		return false;
	differ("returned %d, expected %d", result, expected);
}

/* ---- Checks ------------------------------------------------------------- */

static void check_key(unsigned id)
{
	void *value = KEY_CALL(get, id);

	if (value != f.value[id])
		differ("key %u holds %p, expected %p", id, value, f.value[id]);
	if (value && f.owned)
		(void)count_number(value); /* must be alive */
}

static void check_stats(void)
{
	struct nbmap_stats stats;

	if (f.object)
		nbmap_stats(f.object, &stats);
	else
		nbmap_u64_stats(f.integer, &stats);
	if (stats.entries != entries() || stats.used > stats.capacity || !stats.capacity || !stats.tables)
		differ("stats: %zu entries, %zu used, %zu slots, %zu tables; expected %zu entries", stats.entries,
		       stats.used, stats.capacity, stats.tables, entries());
	if (stats.bytes > count_bytes(f.count) || (!stats.pending_objects && stats.bytes != count_bytes(f.count)))
		differ("stats: %zu bytes, %" PRIu64 " objects pending, allocated %" PRIu64, stats.bytes,
		       stats.pending_objects, count_bytes(f.count));
}

static void check_all(void)
{
	size_t count = MAP_CALL(count);

	if (count != entries())
		differ("count is %zu, expected %zu", count, entries());
	for (unsigned id = 0; id < KEYS; id++)
		check_key(id);
	check_stats();
	if (!nb_map_valid(f.core))
		differ("the invariants do not hold");
	if (count_faulty(f.count) || count_faulty(f.domain_count))
		differ("memory was misused");
}

static void check_dump(void)
{
	char *text = NULL;
	size_t size, shown = SIZE_MAX;
	FILE *out = open_memstream(&text, &size);
	int result;

	if (!out)
		differ("no memory for a stream");
	result = f.object ? nbmap_dump(f.object, out) : nbmap_u64_dump(f.integer, out);
	fclose(out);
	if (result || sscanf(text, "map: %zu entries", &shown) != 1 || shown != entries())
		differ("dump returned %d and began '%.20s', expected %zu entries", result, text, entries());
	free(text);
	/* And a stream that fails. */
	out = fopen("/dev/full", "w");
	if (!out)
		return;
	setvbuf(out, NULL, _IONBF, 0);
	result = f.object ? nbmap_dump(f.object, out) : nbmap_u64_dump(f.integer, out);
	fclose(out);
	if (result != -EIO)
		differ("dump to a full device returned %d", result);
}

/* ---- Writes ------------------------------------------------------------- */

static char untouched; /* what `seen` points to before a call */

static bool sets_seen(int result)
{
	return !result || result == -EEXIST || result == -ENOENT || result == -EAGAIN;
}

/*
 * After a write of `id`: `result` against `expected`; the key then holds
 * `target`.  Frees `fresh` if the map did not take it.
 */
static void settle(unsigned id, int result, int expected, unsigned may, void *seen, void *target, void *fresh)
{
	void *before = f.value[id];
	bool as_expected = ended(result, expected, may);

	if (seen != (sets_seen(result) ? before : &untouched))
		differ("seen is %p, the key held %p", seen, before);
	if (as_expected && !result && target != before)
		assign(id, target);
	if (fresh && f.value[id] != fresh)
		drop(fresh);
	if (!as_expected || result)
		check_all();
	else
		check_key(id);
}

enum verb { PUT, ADD, SET, REPLACE, DEL, DEL_IF, VERBS };

static const char *const verb_name[] = {"put", "add", "set", "replace", "del", "del_if"};

static int call_verb(enum verb verb, unsigned id, const void *expected, void *value, void **seen)
{
	switch (verb) {
	case PUT:
		return CALL(put, id, value, seen);
	case ADD:
		return CALL(add, id, value, seen);
	case SET:
		return CALL(set, id, value, seen);
	case REPLACE:
		return CALL(replace, id, expected, value, seen);
	case DEL:
		return CALL(del, id, seen);
	default:
		return CALL(del_if, id, expected, seen);
	}
}

/* What a verb with a good value should answer. */
static int answer_of(enum verb verb, const void *current, const void *expected)
{
	switch (verb) {
	case PUT:
		return 0;
	case ADD:
		return current ? -EEXIST : 0;
	case SET:
	case DEL:
		return current ? 0 : -ENOENT;
	default:
		return !expected ? -EINVAL : !current ? -ENOENT : equal(current, expected) ? 0 : -EAGAIN;
	}
}

static void step_write(enum verb verb)
{
	unsigned id = byte() % KEYS, how = byte(), number = byte(), may;
	bool stores = verb != DEL && verb != DEL_IF;
	void *current = f.value[id], *seen = &untouched, *value = NULL, *fresh = NULL, *old = NULL;
	const void *expected = current;
	int bad = 0, answer, result;

	f.doing = verb_name[verb];
	inside();
	/* The value: a fresh one, the present one, or one that is refused. */
	if (stores && how % 8 == 7)
		value = bad_value(number, &bad);
	else if (stores && how % 8 == 6 && current)
		value = current;
	else if (stores)
		value = fresh = fresh_value(number);
	/* The expected one: the present, an equal one, another, nothing. */
	if (how / 8 % 8 == 7)
		expected = NULL;
	else if (how / 8 % 8 > 3 && (verb == REPLACE || verb == DEL_IF))
		expected = old = fresh_value(byte());
	answer = answer_of(verb, current, expected);
	if (bad)
		answer = verb == REPLACE && !expected ? -EINVAL : bad;
	arm();
	result = call_verb(verb, id, expected, value, how & 128 ? NULL : &seen);
	may = disarm();
	if (how & 128)
		seen = sets_seen(result) ? current : &untouched;
	settle(id, result, answer, may, seen, stores ? value : NULL, fresh);
	drop(old);
}

/* ---- Update ------------------------------------------------------------- */

struct script {
	unsigned id, how, number, calls;
	void *last; /* what the last call left in *value, where that may come back */
	void *store;
	int answer;
};

enum how {
	UPDATE_SET,
	UPDATE_SAME,
	UPDATE_BAD,
	UPDATE_NULL,
	UPDATE_KEEP,
	UPDATE_REMOVE,
	UPDATE_FAIL,
	UPDATE_ODD,
	HOWS
};

/* The bytes say what is done; the reference, what that must lead to. */
static int run_script(struct script *script, void *current, void **value)
{
	bool leave_spare = script->how & 8;

	if (current != f.value[script->id])
		differ("the callback was shown %p, the key holds %p", current, f.value[script->id]);
	if (*value != script->last)
		differ("the callback was given %p as its spare, expected %p", *value, script->last);
	script->calls++;
	script->answer = 0;
	script->store = current;
	switch (script->how % HOWS) {
	case UPDATE_SET:
		if (!*value)
			*value = fresh_value(script->number);
		script->store = script->last = *value;
		return NBMAP_SET;
	case UPDATE_SAME:
		if (!current)
			return NBMAP_REMOVE;
		*value = current;
		return NBMAP_SET;
	case UPDATE_BAD:
		*value = bad_value(script->number, &script->answer);
		return NBMAP_SET;
	case UPDATE_NULL:
		*value = NULL;
		script->answer = -EINVAL;
		return NBMAP_SET;
	}
	/* A value that is left and not stored is the map's to free, where it owns them. */
	if (leave_spare && !*value)
		script->last = *value = fresh_value(script->number);
	switch (script->how % HOWS) {
	case UPDATE_KEEP:
		return NBMAP_KEEP;
	case UPDATE_REMOVE:
		script->store = NULL;
		return NBMAP_REMOVE;
	case UPDATE_FAIL:
		script->answer = -EPROTO;
		return -EPROTO;
	default:
		script->answer = -EINVAL;
		return 3 + (int)script->number;
	}
}

static int update_object(const void *key, void *current, void **value, void *arg)
{
	struct script *script = arg;

	if (object_id(key) != script->id)
		differ("the callback was given another key");
	return run_script(script, current, value);
}

static int update_integer(uint64_t key, void *current, void **value, void *arg)
{
	struct script *script = arg;

	if (key != integer_key(script->id))
		differ("the callback was given another key");
	return run_script(script, current, value);
}

static void step_update(void)
{
	struct script script = {.id = byte() % KEYS, .how = byte(), .number = byte()};
	void *seen = &untouched;
	unsigned may;
	int result;

	f.doing = "update";
	inside();
	if (script.how == 255) {
		result = f.object ? nbmap_update(f.object, object_key(script.id), NULL, NULL, &seen)
				  : nbmap_u64_update(f.integer, integer_key(script.id), NULL, NULL, &seen);
		f.fail_nth = 0;
		settle(script.id, result, -EINVAL, 0, seen, NULL, NULL);
		return;
	}
	arm();
	result = f.object ? nbmap_update(f.object, object_key(script.id), update_object, &script, &seen)
			  : nbmap_u64_update(f.integer, integer_key(script.id), update_integer, &script, &seen);
	may = disarm();
	if (!script.calls && !result)
		differ("the callback was not called");
	/* What was made and not stored is the map's business: count_alloc tells. */
	settle(script.id, result, script.answer, may, seen, script.store, NULL);
}

/* ---- Sums --------------------------------------------------------------- */

/* Small, or so that the sum is at an end of the integers or just past it, or any. */
static int64_t draw_delta(unsigned how, uint64_t present)
{
	const int64_t least = -(int64_t)present, most = (int64_t)(NBMAP_INT_MAX - present);

	switch (how / 4 % 8) {
	case 0:
		return least;
	case 1:
		return least - 1;
	case 2:
		return most;
	case 3:
		return most + 1;
	case 4:
		return (int64_t)word_of_input();
	default:
		return (int64_t)byte() - 128;
	}
}

/* The answer, and the value that it then is. */
static int sum_of(uint64_t present, int64_t delta, void **sum)
{
	const uint64_t size = delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta;

	if (delta < 0 ? size > present : size > NBMAP_INT_MAX - present)
		return -ERANGE;
	*sum = nbmap_int(delta < 0 ? present - size : present + size);
	return 0;
}

static void step_add_int(unsigned how)
{
	unsigned id = byte() % KEYS, may;
	void *current = f.value[id], *seen = &untouched, *target = current;
	uint64_t present = current ? nbmap_int_of(current) : 0;
	int64_t delta;
	int result, expected;

	f.doing = "add_int";
	if ((uintptr_t)current - (uintptr_t)somewhere < sizeof(somewhere))
		return; /* a pointer, to which nothing can be added */
	inside();
	delta = draw_delta(how, f.owned ? 0 : present);
	expected = f.owned ? -EINVAL : sum_of(present, delta, &target);
	arm();
	result = CALL(add_int, id, delta, how & 64 ? NULL : &seen);
	may = disarm();
	if (how & 64)
		seen = sets_seen(result) ? current : &untouched;
	else if (result == -ERANGE && seen != current)
		differ("seen is %p, the key held %p", seen, current);
	else if (result == -ERANGE)
		seen = &untouched;
	settle(id, result, expected, may, seen, target, NULL);
}

/* ---- Batches ------------------------------------------------------------ */

/* A key that no map has, by which a batch may be interrupted. */
static const void *no_key(unsigned how)
{
	return f.wide && how & 16 ? (const void *)1 : NULL;
}

/* The key, where it stays until the batch is over. */
static const void *lasting_key(unsigned id, struct lasting *lasting)
{
	const void *key = object_key(id);

	lasting->counted = f.scratch;
	memcpy(lasting->text, f.text, sizeof(f.text));
	lasting->bytes = f.bytes;
	if (key == &f.scratch)
		return &lasting->counted;
	if (key == f.text)
		return lasting->text;
	if (key != &f.bytes)
		return key;
	if (lasting->bytes.data)
		lasting->bytes.data = lasting->text;
	return &lasting->bytes;
}

/* Up to 64 keys: a stride through all, from one on. */
static void step_batch(unsigned how)
{
	struct lasting lasting[BATCH_MAX];
	const void *object[BATCH_MAX];
	uint64_t integer[BATCH_MAX];
	void *values[BATCH_MAX + 1];
	unsigned id[BATCH_MAX], n = byte() % (BATCH_MAX + 1), first = byte(), stride = byte();
	uint64_t made = count_made(f.count, COUNT_MEMORY) + count_made(f.count, COUNT_KEYS);

	f.doing = "get_batch";
	inside();
	for (unsigned i = 0; i <= n; i++)
		values[i] = &untouched;
	for (unsigned i = 0; i < n; i++) {
		id[i] = (first + i * stride) % KEYS;
		integer[i] = integer_key(id[i]);
		if (f.object)
			object[i] = lasting_key(id[i], &lasting[i]);
		if (f.object && how & 8 && i % 4 == 1) {
			object[i] = no_key(how);
			id[i] = NOBODY;
		}
	}
	arm();
	if (f.object)
		nbmap_get_batch(f.object, object, values, n);
	else
		nbmap_u64_get_batch(f.integer, integer, values, n);
	if (disarm() & MAY_NOMEM || made != count_made(f.count, COUNT_MEMORY) + count_made(f.count, COUNT_KEYS))
		differ("it asked for memory");
	for (unsigned i = 0; i < n; i++) {
		void *expected = id[i] == NOBODY ? NULL : f.value[id[i]];

		if (values[i] != expected)
			differ("answer %u, of key %u, is %p, expected %p", i, id[i], values[i], expected);
	}
	if (values[n] != &untouched)
		differ("it wrote behind its %u answers", n);
	check_all();
}

/* ---- Keys that are refused ---------------------------------------------- */

static void step_odd_key(void)
{
	unsigned how = byte();
	const void *key = NULL;
	void *seen = &untouched, *value;
	bool absent = false;
	int result, expected = -EINVAL;

	if (!f.object)
		return;
	f.doing = "a key that is refused";
	f.fail_nth = 0;
	inside();
	if (f.wide && how & 1) {
		key = (const void *)(uintptr_t)1;
	} else if (!f.wide && f.key_type == POINTER && how & 1) {
		/* May be looked for, and is not there. */
		key = (const void *)((uintptr_t)1 << 63 | 8);
		absent = true;
	}
	if (nbmap_get(f.object, key))
		differ("it has a value");
	value = fresh_value(0);
	switch (how / 2 % 6) {
	case 0:
		result = nbmap_put(f.object, key, value, &seen);
		expected = absent ? -ERANGE : -EINVAL;
		break;
	case 1:
		result = nbmap_add(f.object, key, value, &seen);
		expected = absent ? -ERANGE : -EINVAL;
		break;
	case 2:
		result = nbmap_set(f.object, key, value, &seen);
		expected = absent ? -ENOENT : -EINVAL;
		break;
	case 3:
		result = nbmap_replace(f.object, key, value, value, &seen);
		expected = absent ? -ENOENT : -EINVAL;
		break;
	case 4:
		result = nbmap_del(f.object, key, &seen);
		expected = absent ? -ENOENT : -EINVAL;
		break;
	default:
		result = nbmap_del_if(f.object, key, value, &seen);
		expected = absent ? -ENOENT : -EINVAL;
		break;
	}
	drop(value);
	if (!ended(result, expected, f.limited ? MAY_NOBUFS : 0))
		expected = result;
	if (seen != (sets_seen(expected) ? NULL : &untouched))
		differ("seen is %p", seen);
	check_all();
}

/* ---- Walks -------------------------------------------------------------- */

static void step_walk_begin(void)
{
	struct walk *walk = &f.walk[byte() % WALKS];
	int result;

	f.doing = "iter_init";
	inside();
	memset(walk, 0, sizeof(*walk));
	arm();
	result = f.object ? nbmap_iter_init(f.object, &walk->iter) : nbmap_u64_iter_init(f.integer, &walk->iter);
	walk->active = ended(result, 0, disarm());
	for (unsigned id = 0; id < KEYS; id++) {
		walk->steady[id] = f.value[id] != NULL;
		note(walk, id);
	}
	check_all();
}

static bool was_held(const struct walk *walk, unsigned id, const void *value)
{
	for (unsigned i = 0; i < walk->helds[id] && i < HELD; i++)
		if (walk->held[id][i] == value)
			return true;
	return walk->helds[id] > HELD;
}

static bool walk_on(struct walk *walk)
{
	const void *object;
	uint64_t integer;
	void *value;
	unsigned id;

	if (f.object ? !nbmap_iter_next(&walk->iter, &object, &value)
		     : !nbmap_u64_iter_next(&walk->iter, &integer, &value)) {
		for (id = 0; id < KEYS; id++)
			if (walk->steady[id] && !walk->met[id])
				differ("the walk left out key %u", id);
		return false;
	}
	id = f.object ? object_id(object) : integer_id(integer);
	if (id >= KEYS)
		differ("the walk met a key that was never put");
	if (walk->met[id])
		differ("the walk met key %u twice", id);
	walk->met[id] = true;
	if (!value || !was_held(walk, id, value))
		differ("the walk met key %u with %p, which it never had", id, value);
	if (f.owned)
		(void)count_number(value);
	return true;
}

static void step_walk(void)
{
	unsigned how = byte();
	struct walk *walk = &f.walk[how % WALKS];
	unsigned left = how / WALKS % 8 == 7 ? UINT32_MAX : 1 + how / WALKS % 8;

	f.doing = "iter_next";
	while (walk->active && left--)
		if (!walk_on(walk)) {
			if (walk_on(walk))
				differ("the walk went on after its end");
			walk->active = false;
		}
}

/* ---- Scans -------------------------------------------------------------- */

static void begin_cycle(struct cycle *cycle)
{
	for (unsigned id = 0; id < KEYS; id++) {
		cycle->steady[id] = f.value[id] != NULL;
		cycle->met[id] = false;
	}
}

/* Whether more than n keys that have a value have one hash. */
static bool hashes_collide(size_t n)
{
	for (unsigned id = 0; f.object && id < KEYS; id++) {
		uint64_t hash = nb_key_of_object(&f.core->keys, object_key(id)).hash;
		size_t same = 0;

		for (unsigned other = 0; other < KEYS; other++)
			same += f.value[other] && nb_key_of_object(&f.core->keys, object_key(other)).hash == hash;
		if (same > n)
			return true;
	}
	return false;
}

static void meet_entry(struct cycle *cycle, unsigned id, const void *value)
{
	if (id >= KEYS)
		differ("the scan met a key that was never put");
	if (cycle->met[id])
		differ("the scan met key %u twice", id);
	cycle->met[id] = true;
	if (!value || value != f.value[id])
		differ("the scan met key %u with %p, and it has %p", id, value, f.value[id]);
	if (f.owned)
		(void)count_number(value);
}

/* One call; false where the cycle ends, or does not go on. */
static bool scan_on(struct cycle *cycle, size_t n)
{
	struct nbmap_entry objects[KEYS];
	struct nbmap_u64_entry integers[KEYS];
	struct nbmap_cursor before = cycle->cursor;
	long found = f.object ? nbmap_scan(f.object, &cycle->cursor, objects, n)
			      : nbmap_u64_scan(f.integer, &cycle->cursor, integers, n);

	if (found < 0) {
		if (found != -E2BIG || !hashes_collide(n))
			differ("returned %ld", found);
		if (memcmp(&before, &cycle->cursor, sizeof(before)))
			differ("the cursor moved, in spite of an error");
		return false;
	}
	if ((size_t)found > n)
		differ("returned %ld, with room for %zu", found, n);
	for (long i = 0; i < found; i++)
		meet_entry(cycle, f.object ? object_id(objects[i].key) : integer_id(integers[i].key),
			   f.object ? objects[i].value : integers[i].value);
	if (cycle->cursor.cycle == before.cycle)
		return true;
	if (cycle->cursor.cycle != before.cycle + 1)
		differ("several cycles at once");
	for (unsigned id = 0; id < KEYS; id++)
		if (cycle->steady[id] && !cycle->met[id])
			differ("the cycle left out key %u", id);
	begin_cycle(cycle);
	return false;
}

static void check_no_cursor(void)
{
	struct nbmap_cursor broken;
	long found;

	memset(&broken, 0xff, sizeof(broken));
	found = f.object ? nbmap_scan(f.object, &broken, NULL, 1) : nbmap_u64_scan(f.integer, &broken, NULL, 1);
	if (found != -EINVAL)
		differ("with no cursor it returned %ld", found);
	broken = (struct nbmap_cursor){0};
	found = f.object ? nbmap_scan(f.object, &broken, NULL, 0) : nbmap_u64_scan(f.integer, &broken, NULL, 0);
	if (found != -EINVAL)
		differ("without room it returned %ld", found);
}

/* One call, or all of the cycle; or a new beginning. */
static void step_scan(unsigned how)
{
	struct cycle *cycle = &f.cycle[how / 4 % SCANS];
	size_t n = how & 8 ? KEYS : 1 + byte() % 6;
	uint64_t made = count_made(f.count, COUNT_MEMORY) + count_made(f.count, COUNT_KEYS);
	bool more = true;

	f.doing = "scan";
	inside();
	if (how & 16) {
		cycle->cursor = nbmap_cursor_at(how & 32 ? word_of_input() : 0);
		begin_cycle(cycle);
	}
	arm();
	while (more)
		more = scan_on(cycle, n) && how & 64;
	check_no_cursor();
	if (disarm() & MAY_NOMEM || made != count_made(f.count, COUNT_MEMORY) + count_made(f.count, COUNT_KEYS))
		differ("it asked for memory");
	check_all();
}

/* ---- The whole map ------------------------------------------------------ */

static void step_clear(void)
{
	int result;

	f.doing = "clear";
	inside();
	arm();
	result = MAP_CALL(clear);
	if (ended(result, 0, disarm()))
		for (unsigned id = 0; id < KEYS; id++)
			if (f.value[id])
				assign(id, NULL);
	check_all();
}

static void step_section(void)
{
	unsigned how = byte();

	f.doing = "sections";
	if (how % 4 == 0 && f.depth < 4)
		enter();
	else if (how % 4 == 1 && f.depth)
		leave();
	else
		outside();
}

static void step_reclaim(void)
{
	unsigned how = byte();
	long freed;

	f.doing = "reclaim";
	f.fail_nth = 0;
	if (how & 1) {
		inside();
		if (MAP_CALL(reclaim) != -EDEADLK || MAP_CALL(barrier) != -EDEADLK || MAP_CALL(destroy) != -EDEADLK)
			differ("inside a section it did not say -EDEADLK");
		check_all();
		return;
	}
	outside();
	freed = how & 2 ? MAP_CALL(barrier) : MAP_CALL(reclaim);
	if (freed < 0)
		differ("returned %ld", freed);
	inside();
	if (how & 2) {
		struct nbmap_stats stats;

		if (f.object)
			nbmap_stats(f.object, &stats);
		else
			nbmap_u64_stats(f.integer, &stats);
		if (stats.pending_objects || stats.pending_bytes)
			differ("after a barrier %" PRIu64 " objects wait", stats.pending_objects);
	}
	check_all();
}

static void step_domain(void)
{
	struct nbmap_domain_stats stats;

	f.doing = "the domain";
	f.fail_nth = 0;
	if (!f.domain)
		return;
	nbmap_domain_stats(f.domain, &stats);
	if (stats.pending_bytes && !stats.pending_objects)
		differ("bytes wait and no object does");
	if (nbmap_domain_destroy(f.domain) != -EBUSY)
		differ("it could be destroyed under its map");
}

static void run_steps(void)
{
	for (f.step = 1; f.at < f.end && f.step <= STEPS_MAX; f.step++) {
		unsigned op = byte() % 32;

		if (op < 4 * VERBS)
			step_write((enum verb)(op % VERBS));
		else if (op == 24)
			step_update();
		else if (op == 25)
			step_walk_begin();
		else if (op == 26)
			step_walk();
		else if (op == 27) {
			unsigned how = byte();

			f.fail_nth = 1 + how % 8;
			f.fail_on = how & 128;
		} else if (op == 28)
			step_section();
		else if (op == 29)
			step_reclaim();
		else if (op == 30) {
			unsigned how = byte();

			if (how >= 128 && how % 4 == 2)
				step_batch(how);
			else if (how >= 128 && how % 4 == 3)
				step_scan(how);
			else if (how >= 128 && how % 4 == 1)
				step_add_int(how);
			else if (how % 4 == 0)
				step_clear();
			else if (how % 4 == 1)
				step_odd_key();
			else
				step_domain();
		} else {
			f.doing = "dump";
			inside();
			check_dump();
			check_all();
		}
	}
}

/* ---- Making ------------------------------------------------------------- */

static void on_limit(const struct nbmap_domain_stats *stats, void *arg)
{
	(void)stats;
	if (arg != &f)
		differ("on_limit was given another argument");
}

/* A domain as the bytes have it, or the shared one. */
static void make_domain(void)
{
	struct nbmap_allocator allocator = count_allocator(f.domain_count);
	struct nbmap_domain_config config = {.flags = NBMAP_NO_THREAD, .allocator = &allocator, .arg = &f};
	unsigned how = byte();
	int expected = 0, result;

	if (how % 4 == 0)
		return;
	if (how & 4) {
		config.on_limit = on_limit;
		if (how & 8)
			config.flags |= NBMAP_LIMIT_REPORTS_ONLY;
		config.limit_objects = byte();
		config.limit_bytes = byte() * (size_t)64;
		f.limited = !(how & 8) && (config.limit_objects || config.limit_bytes);
	}
	if (how & 16)
		config.assist = 1 + byte() % 8;
	if (how % 32 == 31) { /* refused */
		expected = -EINVAL;
		if (how & 32)
			config.reserved[byte() % 4] = 1;
		else if (how & 64)
			allocator.free = NULL;
		else
			config.flavor = (enum nbmap_flavor)4;
	}
	result = nbmap_domain_new(&f.domain, &config);
	if (result != expected)
		differ("nbmap_domain_new returned %d, expected %d", result, expected);
	if (result) {
		f.domain = NULL;
		f.limited = false;
	}
}

static struct nbmap_type type_of_keys(void)
{
	struct nbmap_type type = count_type();

	switch (f.key_type) {
	case COUNTED:
		break;
	case BORROWED:
		type.key_dup = NULL;
		type.key_free = NULL;
		break;
	case STRING:
		type = *nbmap_type_string();
		break;
	case BYTES:
		type = *nbmap_type_bytes();
		break;
	default:
		type = *nbmap_type_pointer();
		break;
	}
	type.value_free = f.owned ? count_value_free : NULL;
	type.value_equal = !f.equal_values ? NULL : f.owned ? count_value_equal : alike;
	return type;
}

/* Make `config` one that must be refused, or could be but must not.  Returns what it then leads to. */
static int spoil(unsigned how, struct nbmap_config *config, struct nbmap_type *type, struct nbmap_allocator *allocator,
		 bool object)
{
	switch (how % 16) {
	case 1:
		config->reserved[byte() % 4] = 1 + byte();
		return -EINVAL;
	case 2:
		config->flags |= NBMAP_LIMIT_REPORTS_ONLY;
		return -EINVAL;
	case 3:
		config->flags |= 32u << byte() % 27;
		return -EINVAL;
	case 4:
		allocator->alloc = NULL;
		return -EINVAL;
	case 5:
		allocator->free = NULL;
		return -EINVAL;
	case 6:
		type->hash = object ? NULL : count_type().hash;
		return -EINVAL;
	case 7:
		type->equal = object ? NULL : count_type().equal;
		return -EINVAL;
	case 8: /* one without the other: the wrong way round */
		type->key_dup = NULL;
		type->key_free = count_type().key_free;
		return -EINVAL;
	case 9:
		config->type = NULL;
		return object ? -EINVAL : 0;
	case 10:
		if (!object)
			config->flags |= NBMAP_WIDE_KEYS;
		return object ? 0 : -EINVAL;
	case 11:
		config->capacity = SIZE_MAX - byte();
		return -ENOMEM;
	case 12:
		config->min_capacity = SIZE_MAX - byte();
		return -ENOMEM;
	case 13:
		config->flavor = (enum nbmap_flavor)(4 + byte());
		return f.domain ? 0 : -EINVAL; /* not looked at beside a domain */
	case 14:
		config->flags ^= NBMAP_NO_THREAD;
		return f.domain ? -EINVAL : 0;
	default:
		return 0;
	}
}

/* Whether there is a map. */
static bool make_map(void)
{
	unsigned kind = byte(), values = byte(), odd = byte(), fail = byte(), may;
	struct nbmap_allocator allocator = count_allocator(f.count);
	struct nbmap_config config = {.arg = f.count, .allocator = &allocator, .domain = f.domain};
	bool object = kind & 1;
	struct nbmap_type type;
	int expected, result;

	f.hashing = odd & 64 ? ADVERSARIAL : (enum hashing)(kind >> 1 & 3);
	f.key_type = (enum key_type)((kind >> 3) % KEY_TYPES);
	f.wide = object && values & 4;
	f.owned = values & 1;
	f.equal_values = values & 2;
	config.flags = (f.domain ? 0 : NBMAP_NO_THREAD) | NBMAP_FIXED_SEED | (f.wide ? NBMAP_WIDE_KEYS : 0) |
		       (values & 64 ? NBMAP_SMALL_PAGES : 0);
	config.seed = f.seed = values & 8 ? word_of_input() : byte();
	config.capacity = values & 16 ? byte() : 0;
	config.min_capacity = values & 32 ? byte() : 0;
	if ((values & 0xf0) == 0xf0) /* counters with stripes; rarely, as it is slow */
		config.capacity *= 32;
	type = object ? type_of_keys() : count_value_type();
	if (!object) {
		type.value_free = f.owned ? count_value_free : NULL;
		type.value_equal = !f.equal_values ? NULL : f.owned ? count_value_equal : alike;
	}
	config.type = &type;
	expected = spoil(odd < 32 ? odd : 0, &config, &type, &allocator, object);
	if (!config.type)
		f.owned = f.equal_values = false;
	if (odd % 16 == 14 && odd < 32 && !f.domain)
		config.flags |= NBMAP_NO_THREAD; /* no threads here */
	for (unsigned id = 0; id < KEYS; id++)
		borrowed[id] = count_key_hashed(id, hash_of(id));
	f.fail_nth = fail < 64 ? fail % 8 : 0;
	f.fail_on = fail & 32;
	arm();
	result = object ? nbmap_new(&f.object, &config) : nbmap_u64_new(&f.integer, &config);
	may = disarm();
	if (!ended(result, expected, may) || result)
		return false;
	f.wide = config.flags & NBMAP_WIDE_KEYS;
	f.core = object ? &f.object->map : &f.integer->map;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&f, 0, sizeof(f));
	f.at = data;
	f.end = data + size;
	f.doing = "making";
	f.count = count_new();
	f.domain_count = count_new();
	if (!f.count || !f.domain_count)
		differ("no memory to count with");
	make_domain();
	if (make_map()) {
		run_steps();
		f.doing = "the end";
		inside();
		check_all();
		outside();
		if (MAP_CALL(destroy))
			differ("the map could not be destroyed");
	} else if (nbmap_destroy(NULL) || nbmap_u64_destroy(NULL)) {
		differ("NULL could not be destroyed");
	}
	if (nbmap_domain_destroy(f.domain))
		differ("the domain could not be destroyed");
	if (!count_end(f.count) || !count_end(f.domain_count))
		differ("memory was misused, or leaked");
	return 0;
}
