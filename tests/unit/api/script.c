/*
 * script: see script.h.
 */
#include "script.h"

#include "fixture.h"

static void interfere(void *arg)
{
	struct script *script = arg;

	nbmap_enter(map);
	script->step[script->calls - 1].interfere();
	nbmap_leave(map);
}

static int play(const void *key, void *current, void **made, void *arg)
{
	struct script *script = arg;
	unsigned i = script->calls++;

	ck_assert_uint_lt(i, 4);
	ck_assert_uint_eq(((const struct count_key *)key)->id, 1);
	script->current[i] = current;
	script->spare[i] = *made;
	if (script->step[i].interfere)
		elsewhere(interfere, script);
	if (!script->step[i].keep_spare)
		*made = script->step[i].value;
	return script->step[i].action;
}

int update(struct script *script, void **seen)
{
	struct count_key key = count_key(1);

	return nbmap_update(map, &key, play, script, seen);
}
