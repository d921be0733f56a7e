/*
 * count_alloc: see count_alloc.h.
 *
 * A block as malloc sees it:
 *
 *   | ... struct header | what was asked for | guard word |
 *     offset bytes        aligned
 *
 * `offset` is a multiple of the alignment; the header stands at its end, just
 * before the block, where the free finds it.
 */
#include "count_alloc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beneath.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define ALIVE UINT64_C(0x616c6976652e2e2e)
#define DEAD UINT64_C(0x646561642e2e2e2e)
#define GUARD UINT64_C(0x67756172642e2e2e)

/* Sanitizers end the process when asked for what no machine has; malloc just says no. */
#define LARGEST (SIZE_MAX >> 24)

#define KINDS 3
#define KEPT 4096		  /* freed blocks kept from malloc */
#define KEPT_SIZE ((size_t)65536) /* and no larger one than this */

struct header {
	_Atomic uint64_t state; /* ALIVE, DEAD */
	struct count *count;
	size_t size;   /* asked for */
	size_t offset; /* of the block in what malloc gave */
	unsigned kind; /* index */
};

struct count {
	_Atomic uint64_t made[KINDS];
	_Atomic uint64_t freed[KINDS];
	_Atomic uint64_t bytes;
	_Atomic uint64_t sizes[KINDS]; /* of keys and values, as their numbers say */
	_Atomic uint64_t faults;
	bool keep;
	/* failure injection */
	_Atomic unsigned fail_kinds; /* 0: none */
	_Atomic uint64_t fail_first, fail_last;
	_Atomic uint64_t fail_seed;
	_Atomic unsigned fail_rate; /* of 1024; 0: by first and last */
	_Atomic uint64_t attempts, failures;
	/* freed blocks: a ring */
	_Atomic uint64_t kept_next;
	_Atomic(struct header *) kept[KEPT];
};

#define relaxed_load(object) atomic_load_explicit((object), memory_order_relaxed)
#define relaxed_store(object, value) atomic_store_explicit((object), (value), memory_order_relaxed)
#define relaxed_add(object, n) atomic_fetch_add_explicit((object), (n), memory_order_relaxed)

static const char *const kind_names[KINDS] = {"blocks", "keys", "values"};

static unsigned index_of(unsigned kind)
{
	return kind == COUNT_MEMORY ? 0 : kind == COUNT_KEYS ? 1 : 2;
}

static void fault(struct count *count, const char *what, const void *block)
{
	fprintf(stderr, "count: %s: %p\n", what, block);
	relaxed_add(&count->faults, 1);
}

/* ---- Failure injection -------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static bool must_fail(struct count *count, unsigned kind)
{
	unsigned rate;
	uint64_t n;
	bool fail;

	if (!(relaxed_load(&count->fail_kinds) & kind))
		return false;
	n = relaxed_add(&count->attempts, 1) + 1;
	rate = relaxed_load(&count->fail_rate);
	if (rate)
		fail = mix(relaxed_load(&count->fail_seed) + n * UINT64_C(0x9e3779b97f4a7c15)) % 1024 < rate;
	else
		fail = n >= relaxed_load(&count->fail_first) && n <= relaxed_load(&count->fail_last);
	if (fail)
		relaxed_add(&count->failures, 1);
	return fail;
}

static void arm(struct count *count, unsigned kinds, uint64_t first, uint64_t last, unsigned rate)
{
	relaxed_store(&count->fail_kinds, 0);
	relaxed_store(&count->fail_first, first);
	relaxed_store(&count->fail_last, last);
	relaxed_store(&count->fail_rate, rate);
	relaxed_store(&count->attempts, 0);
	relaxed_store(&count->failures, 0);
	relaxed_store(&count->fail_kinds, kinds);
}

void count_fail_nth(struct count *count, unsigned kinds, uint64_t nth)
{
	arm(count, kinds, nth, nth, 0);
}

void count_fail_from(struct count *count, unsigned kinds, uint64_t nth)
{
	arm(count, kinds, nth, UINT64_MAX, 0);
}

void count_fail_randomly(struct count *count, unsigned kinds, uint64_t seed, unsigned in_1024)
{
	relaxed_store(&count->fail_seed, seed);
	arm(count, in_1024 ? kinds : 0, 0, 0, in_1024);
}

uint64_t count_fail_stop(struct count *count)
{
	relaxed_store(&count->fail_kinds, 0);
	return relaxed_load(&count->failures);
}

uint64_t count_attempts(struct count *count)
{
	return relaxed_load(&count->attempts);
}

/* ---- Blocks ------------------------------------------------------------- */

static struct header *header_of(const void *block)
{
	return (struct header *)(void *)((uintptr_t)block - sizeof(struct header));
}

static void release(struct header *header)
{
	free((char *)(header + 1) - header->offset);
}

static void *make(struct count *count, unsigned kind, size_t size, size_t align)
{
	const uint64_t guard = GUARD;
	struct header *header;
	size_t offset, total;
	char *block;

	if (must_fail(count, kind))
		return NULL;
	if (align < _Alignof(struct header))
		align = _Alignof(struct header);
	offset = (sizeof(*header) + align - 1) / align * align;
	if (size > LARGEST)
		return NULL;
	total = (offset + size + sizeof(guard) + align - 1) / align * align;
	block = aligned_alloc(align, total);
	if (!block)
		return NULL;
	block += offset;
	header = header_of(block);
	header->count = count;
	header->size = size;
	header->offset = offset;
	header->kind = index_of(kind);
	relaxed_store(&header->state, ALIVE);
	memset(block, COUNT_FRESH, size);
	memcpy(block + size, &guard, sizeof(guard));
	relaxed_add(&count->made[header->kind], 1);
	if (kind == COUNT_MEMORY)
		relaxed_add(&count->bytes, size);
	return block;
}

static void unmake(struct count *count, unsigned kind, void *block)
{
	struct header *header = header_of(block);
	uint64_t state = ALIVE, guard;

	if (!atomic_compare_exchange_strong_explicit(&header->state, &state, DEAD, memory_order_relaxed,
						     memory_order_relaxed)) {
		fault(count, state == DEAD ? "freed twice" : "freed, but never made", block);
		return;
	}
	if (header->count != count || header->kind != index_of(kind))
		fault(count, "freed as what it is not", block);
	memcpy(&guard, (char *)block + header->size, sizeof(guard));
	if (guard != GUARD)
		fault(count, "written past its end", block);
	memset(block, COUNT_DEAD, header->size);
	relaxed_add(&count->freed[header->kind], 1);
	if (header->kind == index_of(COUNT_MEMORY))
		relaxed_add(&count->bytes, -(uint64_t)header->size);
	if (count->keep && header->size <= KEPT_SIZE)
		/* acq_rel: the block changes hands. */
		header = atomic_exchange_explicit(&count->kept[relaxed_add(&count->kept_next, 1) % KEPT], header,
						  memory_order_acq_rel);
	if (header)
		release(header);
}

/* ---- Counts ------------------------------------------------------------- */

struct count *count_new(void)
{
	struct count *count = calloc(1, sizeof(*count));

	if (count)
		count->keep = !SANITIZED && !RUNNING_ON_VALGRIND;
	return count;
}

uint64_t count_made(struct count *count, unsigned kind)
{
	return relaxed_load(&count->made[index_of(kind)]);
}

uint64_t count_alive(struct count *count, unsigned kind)
{
	return count_made(count, kind) - relaxed_load(&count->freed[index_of(kind)]);
}

uint64_t count_sizes(struct count *count, unsigned kind)
{
	return relaxed_load(&count->sizes[index_of(kind)]);
}

uint64_t count_bytes(struct count *count)
{
	return relaxed_load(&count->bytes);
}

bool count_faulty(struct count *count)
{
	return relaxed_load(&count->faults) != 0;
}

bool count_balanced(struct count *count)
{
	bool balanced = !count_faulty(count);

	for (unsigned i = 0; i < KINDS; i++) {
		uint64_t made = relaxed_load(&count->made[i]);
		uint64_t freed = relaxed_load(&count->freed[i]);

		if (made == freed)
			continue;
		fprintf(stderr, "count: %s: %llu made, %llu freed\n", kind_names[i], (unsigned long long)made,
			(unsigned long long)freed);
		balanced = false;
	}
	return balanced;
}

bool count_end(struct count *count)
{
	bool balanced = count_balanced(count);

	for (size_t i = 0; i < KEPT; i++) {
		struct header *header = relaxed_load(&count->kept[i]);

		if (header)
			release(header);
	}
	free(count);
	return balanced;
}

/* ---- Memory ------------------------------------------------------------- */

static void *memory_alloc(size_t size, size_t align, void *count)
{
	return make(count, COUNT_MEMORY, size, align);
}

static void memory_free(void *block, size_t size, void *count)
{
	if (header_of(block)->size != size && relaxed_load(&header_of(block)->state) == ALIVE)
		fault(count, "freed with a size that it does not have", block);
	unmake(count, COUNT_MEMORY, block);
}

struct nbmap_allocator count_allocator(struct count *count)
{
	return (struct nbmap_allocator){.alloc = memory_alloc, .free = memory_free, .arg = count};
}

/* ---- Keys --------------------------------------------------------------- */

static const struct count_key *living(const void *object, struct count *count)
{
	const struct count_key *key = object;

	if (key->mark != COUNT_KEY_MARK)
		fault(count, "key used that is not alive", key);
	return key;
}

static uint64_t key_hash(const void *key, uint64_t seed, void *count)
{
	(void)seed;
	return living(key, count)->hash;
}

static bool key_equal(const void *a, const void *b, void *count)
{
	return living(a, count)->id == living(b, count)->id;
}

static void *key_dup(const void *object, void *arg)
{
	struct count *count = arg;
	const struct count_key *key = living(object, count);
	struct count_key *copy = make(count, COUNT_KEYS, sizeof(*copy), _Alignof(struct count_key));

	if (copy) {
		*copy = *key;
		relaxed_add(&count->sizes[index_of(COUNT_KEYS)], COUNT_KEY_SIZE(key->id));
	}
	return copy;
}

static void key_free(void *key, void *arg)
{
	struct count *count = arg;

	relaxed_add(&count->sizes[index_of(COUNT_KEYS)], -(uint64_t)COUNT_KEY_SIZE(((struct count_key *)key)->id));
	unmake(count, COUNT_KEYS, key);
}

/* ---- Values ------------------------------------------------------------- */

struct value {
	uint64_t number;
};

void *count_value(struct count *count, uint64_t number)
{
	struct value *value = make(count, COUNT_VALUES, sizeof(*value), _Alignof(struct value));

	if (value) {
		value->number = number;
		relaxed_add(&count->sizes[index_of(COUNT_VALUES)], COUNT_VALUE_SIZE(number));
	}
	return value;
}

uint64_t count_number(const void *value)
{
	struct header *header = header_of(value);

	if (relaxed_load(&header->state) != ALIVE)
		fault(header->count, "value read that is not alive", value);
	return ((const struct value *)value)->number;
}

void count_renumber(void *value, uint64_t number)
{
	struct count *count = header_of(value)->count;

	relaxed_add(&count->sizes[index_of(COUNT_VALUES)],
		    COUNT_VALUE_SIZE(number) - COUNT_VALUE_SIZE(count_number(value)));
	((struct value *)value)->number = number;
}

void count_value_free(void *value, void *arg)
{
	struct count *count = arg;

	relaxed_add(&count->sizes[index_of(COUNT_VALUES)],
		    -(uint64_t)COUNT_VALUE_SIZE(((struct value *)value)->number));
	unmake(count, COUNT_VALUES, value);
}

bool count_value_equal(const void *a, const void *b, void *count)
{
	(void)count;
	return count_number(a) == count_number(b);
}

size_t count_value_size(const void *value, void *count)
{
	(void)count;
	return COUNT_VALUE_SIZE(count_number(value));
}

size_t count_key_size(const void *key, void *count)
{
	return COUNT_KEY_SIZE(living(key, count)->id);
}

struct nbmap_type count_type(void)
{
	return (struct nbmap_type){
		.hash = key_hash,
		.equal = key_equal,
		.key_dup = key_dup,
		.key_free = key_free,
		.value_free = count_value_free,
	};
}

struct nbmap_type count_value_type(void)
{
	return (struct nbmap_type){.value_free = count_value_free};
}
