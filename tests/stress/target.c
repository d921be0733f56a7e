/*
 * target: see target.h.
 */
#include "target.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "alone.h"
#include "flavor_thread.h"
#include "run.h"
#include "map.h"

/* ---- Pauses ------------------------------------------------------------- */

static _Thread_local uint64_t pauses;

void target_pauses(uint64_t seed)
{
	pauses = seed;
}

/* Called in the midst of operations. */
static void hesitate(void)
{
	uint64_t r = test_random(&pauses);

	if (r % 64 == 0)
		sched_yield();
	else if (r % 64 < 4)
		for (volatile unsigned i = 0; i < (r >> 32) % 512; i++)
			continue;
}

static uint64_t key_hash(const void *key, uint64_t seed, void *count)
{
	hesitate();
	return count_type().hash(key, seed, count);
}

static bool key_equal(const void *a, const void *b, void *count)
{
	hesitate();
	return count_type().equal(a, b, count);
}

static void *key_dup(const void *key, void *count)
{
	hesitate();
	return count_type().key_dup(key, count);
}

static bool value_equal(const void *a, const void *b, void *count)
{
	hesitate();
	return count_value_equal(a, b, count);
}

static void *allocate(size_t size, size_t align, void *count)
{
	hesitate();
	return count_allocator(count).alloc(size, align, count);
}

static void release(void *block, size_t size, void *count)
{
	count_allocator(count).free(block, size, count);
}

/* ---- Life --------------------------------------------------------------- */

static void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "nbmap-stress: %s: error %d\n", what, -error);
	exit(2);
}

void target_open(struct target *target, const struct target_plan *plan)
{
	struct nbmap_allocator allocator = {allocate, release, NULL};
	struct nbmap_domain_config domain = {.flavor = plan->flavor, .allocator = &allocator};
	struct nbmap_type type = {.hash = key_hash, .equal = key_equal, .key_dup = key_dup};
	struct nbmap_config config = {.type = &type, .flavor = plan->flavor, .allocator = &allocator};

	*target = (struct target){.plan = *plan, .count = count_new()};
	must(target->count ? 0 : -ENOMEM, "memory");
	allocator.arg = config.arg = target->count;
	type.key_free = count_type().key_free;
	if (plan->integer)
		type = (struct nbmap_type){.hash = NULL};
	if (plan->boxed) {
		type.value_free = count_value_free;
		type.value_equal = value_equal;
	}
	if (plan->own_domain) {
		domain.flags = plan->no_thread ? NBMAP_NO_THREAD : 0;
		domain.limit_objects = plan->limit;
		domain.assist = plan->limit / 4;
		must(nbmap_domain_new(&target->domain, &domain), "nbmap_domain_new");
		config.domain = target->domain;
	}
	if (plan->integer)
		must(nbmap_u64_new(&target->integers, &config), "nbmap_u64_new");
	else
		must(nbmap_new(&target->objects, &config), "nbmap_new");
}

bool target_close(struct target *target)
{
	must(target->plan.integer ? nbmap_u64_destroy(target->integers) : nbmap_destroy(target->objects), "destroy");
	if (target->domain)
		must(nbmap_domain_destroy(target->domain), "nbmap_domain_destroy");
	return count_end(target->count);
}

void target_enter(struct target *target)
{
	if (target->plan.integer)
		nbmap_u64_enter(target->integers);
	else
		nbmap_enter(target->objects);
}

void target_leave(struct target *target)
{
	if (target->plan.integer)
		nbmap_u64_leave(target->integers);
	else
		nbmap_leave(target->objects);
	flavor_quiescent(target->plan.flavor);
}

void target_reclaim(struct target *target)
{
	if (target->plan.no_thread)
		must(target->plan.integer ? nbmap_u64_barrier(target->integers) : nbmap_barrier(target->objects),
		     "barrier");
}

static struct nb_map *core(const struct target *target)
{
	return target->plan.integer ? &target->integers->map : &target->objects->map;
}

bool target_valid(struct target *target)
{
	bool valid = alone_valid(core(target));

	if (!valid)
		fprintf(stderr, "the map's invariants do not hold\n");
	return valid && !count_faulty(target->count);
}

uint64_t target_migrations(struct target *target)
{
	return nb_load_relaxed(&core(target)->migrations);
}

/* ---- Values ------------------------------------------------------------- */

static void *value_new(const struct target *target, uint64_t number)
{
	void *value = target->plan.boxed ? count_value(target->count, number) : nbmap_int(number);

	must(value ? 0 : -ENOMEM, "memory");
	return value;
}

static void value_unused(const struct target *target, void *value)
{
	if (value && target->plan.boxed)
		count_value_free(value, target->count);
}

uint64_t target_number(const struct target *target, const void *value)
{
	if (!value)
		return 0;
	return target->plan.boxed ? count_number(value) : nbmap_int_of(value);
}

/* ---- Keys --------------------------------------------------------------- */

uint64_t target_key(const struct target *target, unsigned n)
{
	/* The integers that an implementation may keep for itself, and some beside them. */
	static const uint64_t integers[HISTORY_KEYS] = {
		0, 1, UINT64_MAX, 2, UINT64_C(1) << 63, UINT64_MAX - 1, 42, 3,
	};

	return target->plan.integer ? integers[n] : n;
}

static struct count_key object_key(const struct target *target, uint64_t id)
{
	return count_key_hashed(id, target->plan.hashes ? id % target->plan.hashes : id);
}

/* ---- Calls -------------------------------------------------------------- */

/* nbmap_NAME() or nbmap_u64_NAME() of the key `id`, whose object is `key`. */
#define CALL_0(target, id, key, name)                                                                                  \
	((target)->plan.integer ? nbmap_u64_##name((target)->integers, (id)) : nbmap_##name((target)->objects, (key)))
#define CALL(target, id, key, name, ...)                                                                               \
	((target)->plan.integer ? nbmap_u64_##name((target)->integers, (id), __VA_ARGS__)                              \
				: nbmap_##name((target)->objects, (key), __VA_ARGS__))

struct sum {
	const struct target *target;
	uint64_t arg;
};

static int add_up(void *current, void **value, const struct sum *sum)
{
	uint64_t number = target_number(sum->target, current) + sum->arg;

	hesitate();
	/* The spare of a lost attempt: nobody has seen it. */
	if (*value && sum->target->plan.boxed)
		count_renumber(*value, number);
	else
		*value = value_new(sum->target, number);
	return NBMAP_SET;
}

static int add_up_object(const void *key, void *current, void **value, void *sum)
{
	(void)key;
	return add_up(current, value, sum);
}

static int add_up_integer(uint64_t key, void *current, void **value, void *sum)
{
	(void)key;
	return add_up(current, value, sum);
}

/* A value made before becomes the created one, which is the map's. */
static void *create_for_object(const void *key, void *value)
{
	void *made = *(void **)value;

	(void)key;
	*(void **)value = NULL;
	hesitate();
	return made;
}

static void *create_for_integer(uint64_t key, void *value)
{
	(void)key;
	return create_for_object(NULL, value);
}

/* An add by get_or_add, of a box, which tells who has created. */
static int add_or_get(struct target *target, uint64_t id, const struct count_key *key, void **value, void **seen)
{
	void *made = *value, *received;
	int error = target->plan.integer
			    ? nbmap_u64_get_or_add(target->integers, id, create_for_integer, value, &received)
			    : nbmap_get_or_add(target->objects, key, create_for_object, value, &received);

	if (error || received == made)
		return error;
	*seen = received;
	return -EEXIST;
}

static bool stores(enum history_op op)
{
	return op == HISTORY_PUT || op == HISTORY_ADD || op == HISTORY_SET || op == HISTORY_REPLACE;
}

/* The call itself; `seen` gets the value.  *value is NULL where it is no longer ours. */
static int call(struct target *target, const struct history_event *event, void **value, void *expected, void **seen)
{
	uint64_t id = target_key(target, event->key);
	struct count_key key = object_key(target, id);
	struct sum sum = {target, event->arg};

	switch (event->op) {
	case HISTORY_GET:
		*seen = CALL_0(target, id, &key, get);
		return 0;
	case HISTORY_PUT:
		return CALL(target, id, &key, put, *value, seen);
	case HISTORY_ADD:
		if (target->plan.boxed && event->arg / 8 % 2)
			return add_or_get(target, id, &key, value, seen);
		return CALL(target, id, &key, add, *value, seen);
	case HISTORY_SET:
		return CALL(target, id, &key, set, *value, seen);
	case HISTORY_REPLACE:
		return CALL(target, id, &key, replace, expected, *value, seen);
	case HISTORY_DEL:
		return CALL(target, id, &key, del, seen);
	case HISTORY_DEL_IF:
		return CALL(target, id, &key, del_if, expected, seen);
	case HISTORY_UPDATE:
		if (!target->plan.boxed && event->arg / 8 % 2)
			return CALL(target, id, &key, add_int, (int64_t)event->arg, seen);
		return target->plan.integer ? nbmap_u64_update(target->integers, id, add_up_integer, &sum, seen)
					    : nbmap_update(target->objects, &key, add_up_object, &sum, seen);
	case HISTORY_CLEAR:
		return target->plan.integer ? nbmap_u64_clear(target->integers) : nbmap_clear(target->objects);
	case HISTORY_KEEP:
	case HISTORY_TAKE:
	case HISTORY_GIVE_UP:
	case HISTORY_ADD_INT:
		break; /* the model's */
	}
	return -EINVAL;
}

void target_call(struct target *target, struct history_event *event)
{
	bool compares = event->op == HISTORY_REPLACE || event->op == HISTORY_DEL_IF;
	void *value = stores(event->op) ? value_new(target, event->arg) : NULL;
	void *expected = compares ? value_new(target, event->expected) : NULL;
	void *seen = NULL;

	event->invoked = atomic_fetch_add(&target->clock, 1);
	event->result = call(target, event, &value, expected, &seen);
	event->returned = atomic_fetch_add(&target->clock, 1);
	event->seen = target_number(target, seen);
	if (event->result)
		value_unused(target, value);
	value_unused(target, expected);
}

int target_put(struct target *target, uint64_t id, uint64_t number, uint64_t *seen)
{
	struct count_key key = object_key(target, id);
	void *value = value_new(target, number), *before = NULL;
	int error = CALL(target, id, &key, put, value, &before);

	*seen = target_number(target, before);
	if (error)
		value_unused(target, value);
	return error;
}

int target_del(struct target *target, uint64_t id, uint64_t *seen)
{
	struct count_key key = object_key(target, id);
	void *before = NULL;
	int error = CALL(target, id, &key, del, &before);

	*seen = target_number(target, before);
	return error;
}

void *target_get(struct target *target, uint64_t id)
{
	struct count_key key = object_key(target, id);

	return CALL_0(target, id, &key, get);
}

void target_get_batch(struct target *target, const uint64_t *ids, uint64_t *numbers, unsigned count,
		      uint64_t *invoked, uint64_t *returned)
{
	struct count_key key[TARGET_BATCH];
	const void *object[TARGET_BATCH];
	void *values[TARGET_BATCH];

	for (unsigned i = 0; i < count; i++) {
		key[i] = object_key(target, ids[i]);
		object[i] = &key[i];
	}
	*invoked = atomic_fetch_add(&target->clock, 1);
	if (target->plan.integer)
		nbmap_u64_get_batch(target->integers, ids, values, count);
	else
		nbmap_get_batch(target->objects, object, values, count);
	*returned = atomic_fetch_add(&target->clock, 1);
	for (unsigned i = 0; i < count; i++)
		numbers[i] = target_number(target, values[i]);
}

long target_scan(struct target *target, struct nbmap_cursor *cursor, uint64_t *ids, uint64_t *numbers, size_t n)
{
	struct nbmap_entry objects[TARGET_SCAN];
	struct nbmap_u64_entry integers[TARGET_SCAN];
	long found = target->plan.integer ? nbmap_u64_scan(target->integers, cursor, integers, n)
					  : nbmap_scan(target->objects, cursor, objects, n);

	for (long i = 0; i < found; i++) {
		/* hash() finds a key that is not alive. */
		if (!target->plan.integer)
			count_type().hash(objects[i].key, 0, target->count);
		ids[i] = target->plan.integer ? integers[i].key : ((const struct count_key *)objects[i].key)->id;
		numbers[i] = target_number(target, target->plan.integer ? integers[i].value : objects[i].value);
	}
	return found;
}

size_t target_walk(struct target *target)
{
	struct nbmap_iter iter;
	const void *object;
	uint64_t integer;
	void *value;
	size_t met = 0;

	if (target->plan.integer ? nbmap_u64_iter_init(target->integers, &iter)
				 : nbmap_iter_init(target->objects, &iter))
		return 0;
	while (target->plan.integer ? nbmap_u64_iter_next(&iter, &integer, &value)
				    : nbmap_iter_next(&iter, &object, &value)) {
		/* hash() finds a key that is not alive. */
		if (!target->plan.integer)
			count_type().hash(object, 0, target->count);
		target_number(target, value);
		met++;
	}
	return met;
}
