/*
 * progress: what an operation may not call: anything that waits for another
 * thread, or that makes something on first use for all threads, or memory that
 * does not come from the map's allocator.
 *
 * The program is linked so that those calls of the library's own code come here
 * first (--wrap), and a thread says when it is in an operation.  What liburcu
 * calls is not seen.  Each thread is a fresh one, and each operation is the first
 * of some thread.
 */
#include <check.h>
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "crew.h"
#include "flavor_thread.h"
#include "nbmap.h"
#include "run.h"

#define KINDS 2
#define KEYS 3000

/* ---- Watched ------------------------------------------------------------ */

/* The operation that this thread is in, or NULL.  volatile: a compiler that knows
 * malloc() thinks that it does not look here. */
static _Thread_local const char *volatile inside;

static void watch(const char *call)
{
	const char *operation = inside;

	inside = NULL;
	if (operation) {
		fprintf(stderr, "%s() is called in nbmap_%s()\n", call, operation);
		abort();
	}
}

#define WATCHED(type, name, parameters, ...)                                                                           \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		watch(#name);                                                                                          \
		return __real_##name(__VA_ARGS__);                                                                     \
	}

WATCHED(void *, malloc, (size_t size), size)
WATCHED(void *, calloc, (size_t n, size_t size), n, size)
WATCHED(void *, realloc, (void *block, size_t size), block, size)
WATCHED(void *, aligned_alloc, (size_t align, size_t size), align, size)
WATCHED(void *, mmap, (void *at, size_t size, int prot, int flags, int file, off_t off), at, size, prot, flags, file,
	off)
WATCHED(int, munmap, (void *at, size_t size), at, size)
WATCHED(int, pthread_once, (pthread_once_t * once, void (*init)(void)), once, init)
WATCHED(int, pthread_key_create, (pthread_key_t * key, void (*end)(void *)), key, end)
WATCHED(int, pthread_mutex_lock, (pthread_mutex_t * mutex), mutex)
WATCHED(int, pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex), cond, mutex)
WATCHED(int, pthread_cond_timedwait, (pthread_cond_t * cond, pthread_mutex_t *mutex, const struct timespec *end), cond,
	mutex, end)
WATCHED(int, pthread_create, (pthread_t * id, const pthread_attr_t *attr, void *(*run)(void *), void *arg), id, attr,
	run, arg)
WATCHED(int, pthread_join, (pthread_t id, void **result), id, result)
WATCHED(int, sem_wait, (sem_t * semaphore), semaphore)
WATCHED(int, nanosleep, (const struct timespec *time, struct timespec *left), time, left)
WATCHED(void *, dlsym, (void *handle, const char *symbol), handle, symbol)

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
	watch("free");
	__real_free(block);
}

/* ---- Memory of the map's and the domain's -------------------------------- */

static void *alloc(size_t size, size_t align, void *arg)
{
	const char *operation = inside;
	void *block;

	(void)arg;
	inside = NULL;
	block = aligned_alloc(align, (size + align - 1) / align * align);
	inside = operation;
	return block;
}

static void dealloc(void *block, size_t size, void *arg)
{
	const char *operation = inside;

	(void)size;
	(void)arg;
	inside = NULL;
	free(block);
	inside = operation;
}

static const struct nbmap_allocator allocator = {.alloc = alloc, .free = dealloc};

static _Atomic uint64_t freed;

static void count_free(void *value, void *arg)
{
	(void)value;
	(void)arg;
	atomic_fetch_add_explicit(&freed, 1, memory_order_relaxed);
}

/* ---- Operations --------------------------------------------------------- */

static struct nbmap *objects;
static struct nbmap_u64 *integers;
/* Their addresses are the object keys, and the values, which nobody reads. */
static uint64_t object[KEYS], value_of[100];

/* An expression with ! says that it looks at a result: compilers want that of some. */
#define IN(name, expression) (inside = #name, (void)(expression), inside = NULL)
/* `...` follows the key. */
#define ON_KEY(name, key, ...)                                                                                         \
	do {                                                                                                           \
		if (objects)                                                                                           \
			IN(name, nbmap_##name(objects, &object[key] __VA_ARGS__));                                     \
		else                                                                                                   \
			IN(name, nbmap_u64_##name(integers, key __VA_ARGS__));                                         \
	} while (0)
/* `...` follows the map. */
#define ON_MAP(name, ...)                                                                                              \
	do {                                                                                                           \
		if (objects)                                                                                           \
			IN(name, nbmap_##name(objects __VA_ARGS__));                                                   \
		else                                                                                                   \
			IN(name, nbmap_u64_##name(integers __VA_ARGS__));                                              \
	} while (0)

static int raise_object(const void *key, void *current, void **value, void *arg)
{
	(void)key;
	(void)arg;
	*value = current == &value_of[0] ? &value_of[1] : &value_of[0];
	return NBMAP_SET;
}

static int raise_integer(uint64_t key, void *current, void **value, void *arg)
{
	(void)key;
	return raise_object(NULL, current, value, arg);
}

static void update(uint64_t key)
{
	if (objects)
		IN(update, nbmap_update(objects, &object[key], raise_object, NULL, NULL));
	else
		IN(update, nbmap_u64_update(integers, key, raise_integer, NULL, NULL));
}

static void *create_for_object(const void *key, void *value)
{
	(void)key;
	return value;
}

static void *create_for_integer(uint64_t key, void *value)
{
	(void)key;
	return value;
}

static void get_or_add(uint64_t key, void *value)
{
	if (objects)
		IN(get_or_add, !nbmap_get_or_add(objects, &object[key], create_for_object, value, NULL));
	else
		IN(get_or_add, !nbmap_u64_get_or_add(integers, key, create_for_integer, value, NULL));
}

static void walk(void)
{
	struct nbmap_iter iter;
	const void *pointer;
	uint64_t key;
	void *value;
	bool more = true;

	if (objects)
		IN(iter_init, !nbmap_iter_init(objects, &iter));
	else
		IN(iter_init, !nbmap_u64_iter_init(integers, &iter));
	while (more) {
		if (objects)
			IN(iter_next, more = nbmap_iter_next(&iter, &pointer, &value));
		else
			IN(iter_next, more = nbmap_u64_iter_next(&iter, &key, &value));
	}
}

enum { GET, PUT, ADD, SET, DEL, UPDATE, GET_OR_ADD, RETIRE, COUNT, STATS, WALK, CLEAR, OPERATIONS };

static void operate(unsigned which, uint64_t random)
{
	uint64_t key = random % KEYS;
	struct nbmap_stats stats;

	switch (which) {
	case GET:
		ON_KEY(get, key, );
		break;
	case PUT:
		ON_KEY(put, key, , &value_of[random % 100], NULL);
		break;
	case ADD:
		ON_KEY(add, key, , &value_of[random % 100], NULL);
		break;
	case SET:
		ON_KEY(set, key, , &value_of[random % 100], NULL);
		break;
	case DEL:
		ON_KEY(del, key, , NULL);
		break;
	case UPDATE:
		update(key);
		break;
	case GET_OR_ADD:
		get_or_add(key, &value_of[random % 100]);
		break;
	case RETIRE:
		if (objects)
			IN(retire, !nbmap_retire(objects, &freed, count_free, NULL));
		else
			IN(retire, !nbmap_u64_retire(integers, &freed, count_free, NULL));
		break;
	case COUNT:
		ON_MAP(count, );
		break;
	case STATS:
		ON_MAP(stats, , &stats);
		break;
	case WALK:
		walk();
		break;
	case CLEAR:
		ON_MAP(clear, );
		break;
	}
}

/* One operation after the other, those that touch the whole map seldom. */
static void work(struct crew_member *member)
{
	unsigned first = *(unsigned *)member->arg + member->index;

	for (uint64_t i = 0, rounds = test_rounds(2000, 300); i < rounds; i++) {
		uint64_t r = test_random(&member->random);
		unsigned which = i == 0		   ? first % OPERATIONS
				 : (r >> 40) % 500 ? (r >> 32) % COUNT
						   : (r >> 32) % OPERATIONS;

		ON_MAP(enter, );
		operate(which, r & UINT32_MAX);
		ON_MAP(leave, );
		flavor_quiescent(member->flavor);
	}
}

/* ---- The test ----------------------------------------------------------- */

/* Small, growing maps, and some that are so large that counters are striped. */
static const size_t capacities[] = {0, 100000};
#define CAPACITIES 2

START_TEST(test_no_operation_waits)
{
	const enum nbmap_flavor flavor = (enum nbmap_flavor)(_i / KINDS / CAPACITIES);
	struct nbmap_domain_config domain_config = {.flavor = flavor, .allocator = &allocator};
	struct nbmap_type type = {.value_free = count_free};
	struct nbmap_config config = {.type = &type,
				      .flavor = flavor,
				      .allocator = &allocator,
				      .capacity = capacities[_i / KINDS % CAPACITIES]};

	ck_assert_int_eq(nbmap_domain_new(&config.domain, &domain_config), 0);
	if (_i % KINDS) {
		ck_assert_int_eq(nbmap_u64_new(&integers, &config), 0);
	} else {
		type = *nbmap_type_pointer();
		type.value_free = count_free;
		ck_assert_int_eq(nbmap_new(&objects, &config), 0);
	}
	for (unsigned first = 0; first < OPERATIONS; first += 8)
		crew_run(flavor, 8, work, &first);
	ck_assert_int_eq(nbmap_destroy(objects), 0);
	ck_assert_int_eq(nbmap_u64_destroy(integers), 0);
	ck_assert_int_eq(nbmap_domain_destroy(config.domain), 0);
	objects = NULL;
	integers = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("progress");
	TCase *tcase = tcase_create("progress");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_no_operation_waits, 0, FLAVORS * KINDS * CAPACITIES);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
