/*
 * subject: see subject.h.
 */
#include "subject.h"

#include <check.h>
#include <errno.h>

#include "crew.h"
#include "flavor_thread.h"
#include "map.h"
#include "run.h"

int subject_open(struct subject *subject, bool integer, struct count *count, const struct nbmap_config *base)
{
	struct nbmap_type type = integer ? count_value_type() : count_type();
	struct nbmap_allocator allocator = count_allocator(count);
	struct nbmap_config config = base ? *base : (struct nbmap_config){.type = NULL};

	if (base && base->type) {
		type.value_size = base->type->value_size;
		type.key_size = integer ? NULL : base->type->key_size;
	}
	config.type = &type;
	config.arg = count;
	config.allocator = &allocator;
	*subject = (struct subject){.flavor = config.flavor, .integer = integer, .count = count};
	return integer ? nbmap_u64_new(&subject->integers, &config) : nbmap_new(&subject->objects, &config);
}

int subject_close(struct subject *subject)
{
	return subject->integer ? nbmap_u64_destroy(subject->integers) : nbmap_destroy(subject->objects);
}

void subject_begin(struct subject *subject, bool integer, const struct nbmap_domain_config *domain,
		   const struct nbmap_config *base)
{
	struct count *count = count_new();
	struct nbmap_domain_config domain_config = *domain;
	struct nbmap_config config = *base;
	struct nbmap_allocator allocator;

	ck_assert_ptr_nonnull(count);
	allocator = count_allocator(count);
	domain_config.flavor = base->flavor;
	domain_config.allocator = &allocator;
	ck_assert_int_eq(nbmap_domain_new(&config.domain, &domain_config), 0);
	ck_assert_int_eq(subject_open(subject, integer, count, &config), 0);
	flavor_register(subject->flavor);
	subject_enter(subject);
}

void subject_end(struct subject *subject)
{
	struct nbmap_domain *domain = subject_domain(subject);

	subject_leave(subject);
	ck_assert_int_eq(subject_close(subject), 0);
	ck_assert_int_eq(nbmap_domain_destroy(domain), 0);
	flavor_unregister(subject->flavor);
	ck_assert(count_end(subject->count));
}

struct nb_map *subject_core(const struct subject *subject)
{
	return subject->integer ? &subject->integers->map : &subject->objects->map;
}

void subject_enter(const struct subject *subject)
{
	if (subject->integer)
		nbmap_u64_enter(subject->integers);
	else
		nbmap_enter(subject->objects);
}

void subject_leave(const struct subject *subject)
{
	if (subject->integer)
		nbmap_u64_leave(subject->integers);
	else
		nbmap_leave(subject->objects);
	flavor_quiescent(subject->flavor);
}

int subject_synchronize(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_synchronize(subject->integers) : nbmap_synchronize(subject->objects);
}

long subject_reclaim(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_reclaim(subject->integers) : nbmap_reclaim(subject->objects);
}

long subject_reclaim_within(const struct subject *subject, uint64_t ns)
{
	return subject->integer ? nbmap_u64_reclaim_within(subject->integers, ns)
				: nbmap_reclaim_within(subject->objects, ns);
}

int subject_retire(const struct subject *subject, void *object, void (*free)(void *object, void *arg), void *arg)
{
	return subject->integer ? nbmap_u64_retire(subject->integers, object, free, arg)
				: nbmap_retire(subject->objects, object, free, arg);
}

struct nbmap_domain *subject_domain(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_domain_of(subject->integers) : nbmap_domain_of(subject->objects);
}

int subject_barrier(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_barrier(subject->integers) : nbmap_barrier(subject->objects);
}

void subject_settle(const struct subject *subject)
{
	subject_leave(subject);
	crew_check(!subject_barrier(subject));
	subject_enter(subject);
}

int subject_clear(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_clear(subject->integers) : nbmap_clear(subject->objects);
}

size_t subject_size(const struct subject *subject)
{
	return subject->integer ? nbmap_u64_count(subject->integers) : nbmap_count(subject->objects);
}

void subject_stats(const struct subject *subject, struct nbmap_stats *stats)
{
	if (subject->integer)
		nbmap_u64_stats(subject->integers, stats);
	else
		nbmap_stats(subject->objects, stats);
}

/* ---- Its values --------------------------------------------------------- */

/* A value's number is its key's and its own, side by side. */
static void *value_new(const struct subject *subject, uint64_t id, uint32_t number)
{
	return count_value(subject->count, id << 32 | number);
}

/* The value's own number; it must be alive and the key's. */
static uint32_t number_of(uint64_t id, const void *value)
{
	uint64_t number;

	if (!value)
		return 0;
	number = count_number(value);
	crew_check(number >> 32 == id);
	return (uint32_t)number;
}

static void value_unused(const struct subject *subject, void *value)
{
	if (value)
		count_value_free(value, subject->count);
}

/* ---- Its operations, one function for two kinds ------------------------- */

/* nbmap_NAME() or nbmap_u64_NAME() of the key `id`. */
#define CALL_0(subject, id, name)                                                                                      \
	((subject)->integer ? nbmap_u64_##name((subject)->integers, (id))                                              \
			    : nbmap_##name((subject)->objects, &(const struct count_key){COUNT_KEY_MARK, (id), (id)}))
#define CALL(subject, id, name, ...)                                                                                   \
	((subject)->integer ? nbmap_u64_##name((subject)->integers, (id), __VA_ARGS__)                                 \
			    : nbmap_##name((subject)->objects, &(const struct count_key){COUNT_KEY_MARK, (id), (id)},  \
					   __VA_ARGS__))

int subject_put(const struct subject *subject, uint64_t id, uint32_t number)
{
	void *value = value_new(subject, id, number);
	int error = value ? CALL(subject, id, put, value, NULL) : -ENOMEM;

	if (error)
		value_unused(subject, value);
	return error;
}

void subject_put_range(const struct subject *subject, uint64_t from, uint64_t to)
{
	for (uint64_t id = from; id < to; id++)
		crew_check(!subject_put(subject, id, (uint32_t)id + 1));
}

uint32_t subject_get(const struct subject *subject, uint64_t id)
{
	return number_of(id, CALL_0(subject, id, get));
}

int subject_del(const struct subject *subject, uint64_t id)
{
	void *seen = NULL;
	int error = CALL(subject, id, del, &seen);

	number_of(id, seen);
	return error;
}

static int increment(const struct subject *subject, uint64_t id, const void *current, void **value)
{
	uint32_t number = number_of(id, current) + 1;
	void *made;

	/* A lost attempt's value, if it happens to be the one needed; else the map frees it. */
	if (*value && number_of(id, *value) == number)
		return NBMAP_SET;
	made = value_new(subject, id, number);
	if (!made)
		return -ENOMEM;
	*value = made;
	return NBMAP_SET;
}

static int increment_object(const void *key, void *current, void **value, void *subject)
{
	return increment(subject, ((const struct count_key *)key)->id, current, value);
}

static int increment_integer(uint64_t key, void *current, void **value, void *subject)
{
	return increment(subject, key, current, value);
}

int subject_update(const struct subject *subject, uint64_t id)
{
	struct subject copy = *subject; /* not const: it goes through void * */
	struct count_key key = count_key(id);

	return subject->integer ? nbmap_u64_update(subject->integers, id, increment_integer, &copy, NULL)
				: nbmap_update(subject->objects, &key, increment_object, &copy, NULL);
}

/* A value that is to be made, and what was. */
struct creation {
	const struct subject *subject;
	uint64_t id;
	uint32_t number;
	void *made;
};

static void *create(struct creation *creation)
{
	crew_check(!creation->made);
	return creation->made = value_new(creation->subject, creation->id, creation->number);
}

static void *create_for_object(const void *key, void *arg)
{
	crew_check(((const struct count_key *)key)->id == ((struct creation *)arg)->id);
	return create(arg);
}

static void *create_for_integer(uint64_t key, void *arg)
{
	crew_check(key == ((struct creation *)arg)->id);
	return create(arg);
}

int subject_get_or_add(const struct subject *subject, uint64_t id, uint32_t number)
{
	struct creation creation = {subject, id, number, NULL};
	struct count_key key = count_key(id);
	void *value;
	int error = subject->integer
			    ? nbmap_u64_get_or_add(subject->integers, id, create_for_integer, &creation, &value)
			    : nbmap_get_or_add(subject->objects, &key, create_for_object, &creation, &value);

	if (!error)
		crew_check(number_of(id, value) == number || value != creation.made);
	return error;
}

int subject_walk(const struct subject *subject, struct nbmap_iter *iter)
{
	return subject->integer ? nbmap_u64_iter_init(subject->integers, iter)
				: nbmap_iter_init(subject->objects, iter);
}

bool subject_next(const struct subject *subject, struct nbmap_iter *iter, uint64_t *id, uint32_t *number)
{
	const void *key;
	void *value;

	if (subject->integer) {
		if (!nbmap_u64_iter_next(iter, id, &value))
			return false;
	} else {
		if (!nbmap_iter_next(iter, &key, &value))
			return false;
		crew_check(((const struct count_key *)key)->mark == COUNT_KEY_MARK);
		*id = ((const struct count_key *)key)->id;
	}
	*number = number_of(*id, value);
	return true;
}

long subject_scan(const struct subject *subject, struct nbmap_cursor *cursor, uint64_t *ids, uint32_t *numbers,
		  size_t n)
{
	struct nbmap_entry objects[SUBJECT_SCAN_MAX];
	struct nbmap_u64_entry integers[SUBJECT_SCAN_MAX];
	long found;

	crew_check(n <= SUBJECT_SCAN_MAX);
	found = subject->integer ? nbmap_u64_scan(subject->integers, cursor, integers, n)
				 : nbmap_scan(subject->objects, cursor, objects, n);
	crew_check(found <= (long)n);
	for (long i = 0; i < found; i++) {
		if (subject->integer) {
			ids[i] = integers[i].key;
		} else {
			crew_check(((const struct count_key *)objects[i].key)->mark == COUNT_KEY_MARK);
			ids[i] = ((const struct count_key *)objects[i].key)->id;
		}
		numbers[i] = number_of(ids[i], subject->integer ? integers[i].value : objects[i].value);
	}
	return found;
}

/* ---- Any operation ------------------------------------------------------ */

/* A write that stores `value` or not, as its answer says. */
static void random_store(const struct subject *subject, unsigned verb, uint64_t id, void *value)
{
	void *seen = NULL;
	int result;

	if (verb == 0)
		result = CALL(subject, id, add, value, &seen);
	else if (verb == 1)
		result = CALL(subject, id, set, value, &seen);
	else
		result = CALL(subject, id, put, value, &seen);
	crew_check(result == 0 || (verb == 0 && result == -EEXIST) || (verb == 1 && result == -ENOENT));
	/* What was there belongs to another; so does what we stored, now. */
	crew_check(result == -EEXIST ? seen != NULL : result != -ENOENT || !seen);
	number_of(id, seen);
	if (result)
		value_unused(subject, value);
}

/* A write that applies if nobody changes the key between our get and it. */
static void random_conditional(const struct subject *subject, bool del, uint64_t id, void *value)
{
	void *expected = CALL_0(subject, id, get);
	void *seen = NULL;
	int result;

	if (!expected) {
		value_unused(subject, value);
		return;
	}
	if (del)
		result = CALL(subject, id, del_if, expected, &seen);
	else
		result = CALL(subject, id, replace, expected, value, &seen);
	crew_check(result == 0 || result == -ENOENT || result == -EAGAIN);
	crew_check(result ? seen != expected : seen == expected);
	number_of(id, seen);
	if (result || del)
		value_unused(subject, value);
}

void subject_random(const struct subject *subject, uint64_t *random, uint64_t ids, bool clears)
{
	uint64_t r = test_random(random);
	uint64_t id = (r >> 32) % ids;
	void *value;
	int result;

	switch (r % 16) {
	case 0:
	case 1:
		crew_check(!subject_update(subject, id));
		return;
	case 2:
	case 3:
	case 4:
	case 5:
		result = subject_del(subject, id);
		crew_check(result == 0 || result == -ENOENT);
		return;
	case 6:
		if (clears && !(r >> 16 & 31))
			crew_check(!subject_clear(subject));
		return;
	case 7:
		(void)subject_get(subject, id);
		return;
	case 8:
		crew_check(!subject_get_or_add(subject, id, (uint32_t)(r >> 20) | 1));
		return;
	default:
		value = value_new(subject, id, (uint32_t)(r >> 20) | 1);
		crew_check(value != NULL);
		if (r % 16 < 12)
			random_conditional(subject, r & 16, id, value);
		else
			random_store(subject, (r >> 4) % 4, id, value);
	}
}
