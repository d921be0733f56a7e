/*
 * target: see target.h.
 */
#include "target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flavor_thread.h"
#include "run.h"

/* nbmap_NAME() or nbmap_u64_NAME() of the target's map. */
#define CALL(target, name) ((target)->integer ? nbmap_u64_##name((target)->integers) : nbmap_##name((target)->objects))

static void value_free(void *value, void *arg)
{
	(void)arg;
	free(value);
}

static void must(int error, const char *what)
{
	if (error) {
		fprintf(stderr, "nbmap-churn: %s: %s\n", what, strerror(-error));
		exit(2);
	}
}

void target_open(struct target *target)
{
	struct nbmap_type type = target->integer ? (struct nbmap_type){.hash = NULL} : *nbmap_type_string();
	struct nbmap_config config = {.type = &type, .flavor = target->flavor};

	type.value_free = target->boxed ? value_free : NULL;
	must(target->integer ? nbmap_u64_new(&target->integers, &config) : nbmap_new(&target->objects, &config), "new");
}

void target_close(struct target *target)
{
	must(CALL(target, destroy), "destroy");
}

void target_enter(const struct target *target)
{
	CALL(target, enter);
}

void target_leave(const struct target *target)
{
	CALL(target, leave);
	flavor_quiescent(target->flavor);
}

void target_barrier(const struct target *target)
{
	must(CALL(target, barrier), "barrier");
}

/* ---- Keys and values ---------------------------------------------------- */

struct text {
	char digits[17];
};

/* A permutation of the numbers, so that keys differ as their ids do. */
static uint64_t key_of(const struct target *target, uint64_t id)
{
	uint64_t state = target->seed + id * UINT64_C(0xd1342543de82ef95);

	return test_random(&state);
}

static struct text text_of(uint64_t key)
{
	struct text text = {""};

	for (unsigned i = 0; i < 16; i++)
		text.digits[i] = "0123456789abcdef"[key >> (60 - 4 * i) & 15];
	return text;
}

static void *value_of(const struct target *target, uint64_t id)
{
	uint64_t *box;

	if (!target->boxed)
		return nbmap_int(id);
	box = malloc(sizeof(*box));
	if (box)
		*box = id;
	return box;
}

/* ---- In a section ------------------------------------------------------- */

int target_put(const struct target *target, uint64_t id)
{
	uint64_t key = key_of(target, id);
	void *value = value_of(target, id), *seen = NULL;
	int error;

	if (!value)
		return -ENOMEM;
	error = target->integer ? nbmap_u64_put(target->integers, key, value, &seen)
				: nbmap_put(target->objects, text_of(key).digits, value, &seen);
	if (error && target->boxed)
		free(value);
	return seen ? -EEXIST : error;
}

int target_del(const struct target *target, uint64_t id)
{
	uint64_t key = key_of(target, id);

	return target->integer ? nbmap_u64_del(target->integers, key, NULL)
			       : nbmap_del(target->objects, text_of(key).digits, NULL);
}

bool target_has(const struct target *target, uint64_t id)
{
	uint64_t key = key_of(target, id);
	const void *value = target->integer ? nbmap_u64_get(target->integers, key)
					    : nbmap_get(target->objects, text_of(key).digits);

	return value && (target->boxed ? *(const uint64_t *)value : nbmap_int_of(value)) == id;
}

size_t target_del_by_walk(const struct target *target)
{
	struct nbmap_iter iter;
	size_t entries = 0;
	const void *text;
	uint64_t key;
	void *value;

	if (target->integer) {
		must(nbmap_u64_iter_init(target->integers, &iter), "iter_init");
		for (; nbmap_u64_iter_next(&iter, &key, &value); entries++)
			must(nbmap_u64_del(target->integers, key, NULL), "del");
	} else {
		must(nbmap_iter_init(target->objects, &iter), "iter_init");
		for (; nbmap_iter_next(&iter, &text, &value); entries++)
			must(nbmap_del(target->objects, text, NULL), "del");
	}
	return entries;
}

void target_stats(const struct target *target, struct nbmap_stats *stats)
{
	if (target->integer)
		nbmap_u64_stats(target->integers, stats);
	else
		nbmap_stats(target->objects, stats);
}
