/*
 * programs: random programs beside the scenarios, each under random schedules.
 *
 * A program is what a few threads call, one call after the other, on a map that
 * some calls have prepared: any call of the map's, walks and counts, and steps
 * of migrations; on keys of either kind, of one home or many, in tables or aside;
 * in some of them a request for memory fails.  It follows from one number, its
 * seed.  It is judged as a scenario is (world_end()), and
 *
 *   steady keys   have a value from the start, and no call is on them: unless
 *                 the map is cleared, a walk sees each once, a get always, and
 *                 a count is not below their number
 *   other keys    are seen by a walk at most once
 *
 *   programs [--seconds S] [--seed N]   programs from N on, for so long
 *   programs --program SEED             one of them
 *   programs --program SEED --replay SCHEDULE
 *
 * A violation prints what it is, the program, and the command that replays it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "key.h"
#include "quarantine.h"
#include "scheduler.h"
#include "tuning.h"
#include "world.h"

#define BEFORE_MAX 6u
#define CALLS_MAX 5u
#define STEADY_MAX 2u /* the last keys */
#define SCHEDULES 60u /* of each program */
#define SECONDS 10
#define SOAK_SECONDS 1200
#define SURELY_ALL 2000u /* programs after which every call has been made */

/* ---- Calls --------------------------------------------------------------- */

enum verb {
	GET,
	BATCH,
	PUT,
	ADD,
	SET,
	REPLACE,
	DEL,
	DEL_IF,
	UPDATE,
	ADD_INT,
	CLEAR,
	COUNT,
	WALK,
	MIGRATE,
	FINISH,
	SWEEP,
	PROMOTE,
	RECLAIM,
	VERBS,
};

static const struct {
	const char *name;
	unsigned weight; /* in threads */
	unsigned before; /* in what prepares the map */
} verbs[VERBS] = {
	[GET] = {"get", 6, 0},	       [BATCH] = {"get_batch", 2, 0}, [PUT] = {"put", 6, 8},
	[ADD] = {"add", 3, 0},	       [SET] = {"set", 2, 0},	      [REPLACE] = {"replace", 3, 0},
	[DEL] = {"del", 5, 3},	       [DEL_IF] = {"del_if", 2, 0},   [UPDATE] = {"update", 5, 0},
	[ADD_INT] = {"add_int", 5, 0}, [CLEAR] = {"clear", 1, 0},     [COUNT] = {"count", 1, 0},
	[WALK] = {"walk", 2, 0},       [MIGRATE] = {"migrate", 2, 3}, [FINISH] = {"finish", 2, 0},
	[SWEEP] = {"sweep", 2, 2},     [PROMOTE] = {"promote", 1, 0}, [RECLAIM] = {"reclaim", 2, 0},
};

static const char *const update_names[] = {"plus", "anew", "keep", "take", "give up"};
#define UPDATES (sizeof(update_names) / sizeof(*update_names))

struct call {
	enum verb verb;
	enum world_update how;
	unsigned key, other;
	uint64_t value, expected;
};

struct calls {
	struct call call[BEFORE_MAX > CALLS_MAX ? BEFORE_MAX : CALLS_MAX];
	unsigned count;
};

struct program {
	uint64_t seed;
	struct world_shape shape;
	bool writers_free;
	uint64_t fail; /* which request fails; 0: none */
	unsigned steady;
	bool clears;
	struct calls before;
	unsigned threads;
	struct calls thread[SCHEDULER_THREADS];
};

static struct program program;
static const char *program_name;
static uint64_t made[VERBS], failures, programs;

/* ---- From a seed ---------------------------------------------------------- */

static uint64_t draw(uint64_t *state)
{
	return nb_mix64(*state += UINT64_C(0x9e3779b97f4a7c15));
}

static unsigned draw_below(uint64_t *state, unsigned n)
{
	return (unsigned)(draw(state) >> 32) % n;
}

static enum verb draw_verb(uint64_t *state, bool before)
{
	unsigned sum = 0, at, verb = 0;

	for (unsigned i = 0; i < VERBS; i++)
		sum += before ? verbs[i].before : verbs[i].weight;
	at = draw_below(state, sum);
	for (;; verb++) {
		unsigned weight = before ? verbs[verb].before : verbs[verb].weight;

		if (at < weight)
			return (enum verb)verb;
		at -= weight;
	}
}

/* Few keys and few values, so that calls meet: but now and then a value of its own. */
static struct call draw_call(uint64_t *state, bool before)
{
	const unsigned keys = HISTORY_KEYS - STEADY_MAX;
	/* Half of the calls are on two keys, a quarter on one. */
	const unsigned among[] = {keys, 2, 2, 1};
	struct call call = {.verb = draw_verb(state, before)};

	call.how = (enum world_update)draw_below(state, UPDATES);
	call.key = draw_below(state, among[draw_below(state, 4)]);
	call.other = draw_below(state, keys);
	call.value = draw_below(state, 2) ? 1 + draw_below(state, 3) : 1000 + draw_below(state, 1000);
	call.expected = 1 + draw_below(state, 3);
	if (call.verb == SWEEP) {
		call.key = draw_below(state, 2);
		call.other = draw_below(state, 8);
	}
	return call;
}

static void draw_calls(uint64_t *state, struct calls *calls, unsigned least, unsigned most, bool before)
{
	calls->count = least + draw_below(state, most - least + 1);
	for (unsigned i = 0; i < calls->count; i++) {
		calls->call[i] = draw_call(state, before);
		program.clears |= calls->call[i].verb == CLEAR;
	}
}

static void draw_program(uint64_t seed)
{
	uint64_t state = seed;

	program = (struct program){.seed = seed};
	program.shape.kind = (enum world_kind)draw_below(&state, 2);
	program.shape.one_home = !draw_below(&state, 4);
	program.shape.aside = program.shape.kind == WORLD_INTEGER && !draw_below(&state, 4);
	program.shape.integers = !draw_below(&state, 4);
	/* Where migrations are settled, by who frees: else they would be at once. */
	program.writers_free = NB_SETTLE_MIN == 1 || draw_below(&state, 2);
	program.fail = draw_below(&state, 4) ? 0 : 1 + draw_below(&state, 6);
	program.steady = draw_below(&state, STEADY_MAX + 1);
	draw_calls(&state, &program.before, 0, BEFORE_MAX, true);
	program.threads = 2 + draw_below(&state, SCHEDULER_THREADS - 1);
	for (unsigned i = 0; i < program.threads; i++)
		draw_calls(&state, &program.thread[i], 1, CALLS_MAX, false);
}

/* ---- Text ----------------------------------------------------------------- */

static int64_t delta_of(const struct call *call)
{
	return call->other % 2 ? (int64_t)call->value : -(int64_t)call->value;
}

static void print_calls(const char *who, unsigned number, const struct calls *calls)
{
	fprintf(stderr, "  %s %u:", who, number);
	for (unsigned i = 0; i < calls->count; i++) {
		const struct call *call = &calls->call[i];

		fprintf(stderr, " %s", verbs[call->verb].name);
		if (call->verb == UPDATE)
			fprintf(stderr, " (%s)", update_names[call->how]);
		if (call->verb < CLEAR)
			fprintf(stderr, " %u", call->key);
		if (call->verb == BATCH)
			fprintf(stderr, " %u", call->other);
		if (call->verb == SWEEP)
			fprintf(stderr, " %u %u", call->key, call->other);
		if (call->verb == REPLACE || call->verb == DEL_IF)
			fprintf(stderr, " from %" PRIu64, call->expected);
		if (call->verb == ADD_INT)
			fprintf(stderr, " %" PRId64, delta_of(call));
		if (call->verb >= PUT && call->verb <= UPDATE && call->verb != DEL && call->verb != DEL_IF)
			fprintf(stderr, " to %" PRIu64, call->value);
		fputc(i + 1 < calls->count ? ';' : '\n', stderr);
	}
	if (!calls->count)
		fputc('\n', stderr);
}

void model_fail(const char *what, ...)
{
	va_list args;

	fputs("\nVIOLATION in a random program: ", stderr);
	va_start(args, what);
	vfprintf(stderr, what, args);
	va_end(args);
	fprintf(stderr, "\n%s keys%s%s%s%s, %u steady; request that fails: %" PRIu64 "\n",
		program.shape.kind == WORLD_OBJECT ? "object" : "integer", program.shape.one_home ? ", one home" : "",
		program.shape.aside ? ", 0 and 1 aside" : "", program.shape.integers ? ", integer values" : "",
		program.writers_free ? ", writers free" : "", program.steady, program.fail);
	print_calls("before", 0, &program.before);
	for (unsigned i = 0; i < program.threads; i++)
		print_calls("thread", i, &program.thread[i]);
	fprintf(stderr, "to see it again: %s --program %" PRIu64 " --replay '%s'\n", program_name, program.seed,
		scheduler_text());
	exit(1);
}

/* ---- Running -------------------------------------------------------------- */

static bool is_steady(unsigned key)
{
	return key >= HISTORY_KEYS - program.steady;
}

static void check_walk(void)
{
	uint64_t seen[HISTORY_KEYS] = {0};

	world_walk(seen);
	for (unsigned key = 0; key < HISTORY_KEYS; key++) {
		/* After a failure the walk may not have begun. */
		bool exactly = is_steady(key) && !program.clears && !quarantine_failed();

		if (seen[key] > 1 || (exactly && !seen[key]))
			model_fail("key %u was seen %" PRIu64 " times by a walk", key, seen[key]);
	}
}

static void check_count(void)
{
	size_t count = world_count();

	if (!program.clears && count < program.steady)
		model_fail("%zu entries were counted, fewer than were there throughout", count);
}

static void make(const struct call *call)
{
	made[call->verb]++;
	switch (call->verb) {
	case GET:
		world_get(call->key);
		break;
	case BATCH:
		world_get_batch(call->key, call->other);
		break;
	case PUT:
		world_put(call->key, call->value);
		break;
	case ADD:
		world_add(call->key, call->value);
		break;
	case SET:
		world_set(call->key, call->value);
		break;
	case REPLACE:
		world_replace(call->key, call->expected, call->value);
		break;
	case DEL:
		world_del(call->key);
		break;
	case DEL_IF:
		world_del_if(call->key, call->expected);
		break;
	case UPDATE:
		world_update(call->key, call->how, call->value);
		break;
	case ADD_INT:
		world_add_int(call->key, delta_of(call));
		break;
	case CLEAR:
		world_clear();
		break;
	case COUNT:
		check_count();
		break;
	case WALK:
		check_walk();
		break;
	case MIGRATE:
		world_migrate();
		break;
	case FINISH:
		world_finish();
		break;
	case SWEEP:
		world_sweep(call->key, call->other);
		break;
	case PROMOTE:
		world_promote();
		break;
	case RECLAIM:
		world_reclaim();
		break;
	case VERBS:
		break;
	}
}

static void make_all(const struct calls *calls)
{
	for (unsigned i = 0; i < calls->count; i++)
		make(&calls->call[i]);
}

static void before(void *arg)
{
	(void)arg;
	quarantine_writers_free(program.writers_free);
	world_begin(program.shape);
	for (unsigned key = 0; key < HISTORY_KEYS; key++)
		if (is_steady(key))
			world_put(key, 7 + key);
	make_all(&program.before);
	quarantine_fail(program.fail);
}

static void thread(unsigned number, void *arg)
{
	(void)arg;
	make_all(&program.thread[number]);
}

static void after(void *arg)
{
	(void)arg;
	quarantine_fail(0);
	failures += quarantine_failed();
	world_end();
}

/* Under a schedule, or else random ones. */
static uint64_t run(uint64_t seed, const char *replay)
{
	struct scheduler_program subject = {
		.thread = thread,
		.before = before,
		.after = after,
		.stopped_thread = SCHEDULER_NOBODY,
	};

	draw_program(seed);
	programs++;
	subject.threads = program.threads;
	if (replay)
		return scheduler_replay(&subject, replay).schedules;
	return scheduler_random(&subject, seed, 2 + (unsigned)(seed % 6), SCHEDULES).schedules;
}

/* ---- The program ---------------------------------------------------------- */

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (*end || !*text) {
		fprintf(stderr, "programs: not a number: %s\n", text);
		exit(2);
	}
	return n;
}

/* Each call and a failure has happened, if there were programs enough. */
static int check_variety(void)
{
	int result = 0;

	for (unsigned i = 0; i < VERBS; i++)
		if (programs >= SURELY_ALL && !made[i]) {
			fprintf(stderr, "no %s in any program\n", verbs[i].name);
			result = 1;
		}
	if (programs >= SURELY_ALL && !failures) {
		fputs("nothing failed in any program\n", stderr);
		result = 1;
	}
	return result;
}

int main(int argc, char **argv)
{
	const char *replay = NULL;
	struct timespec now;
	uint64_t seed, one = 0, schedules = 0;
	time_t seconds = getenv("NBMAP_SOAK") ? SOAK_SECONDS : SECONDS, end;
	bool only_one = false;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	program_name = argv[0];
	for (int i = 1; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--seconds")) {
			seconds = (time_t)number(value);
		} else if (!strcmp(argv[i], "--seed")) {
			seed = number(value);
		} else if (!strcmp(argv[i], "--program")) {
			one = number(value);
			only_one = true;
		} else if (!strcmp(argv[i], "--replay")) {
			replay = value;
		} else {
			fprintf(stderr, "programs: unknown option %s\n", argv[i]);
			return 2;
		}
	}
	if (only_one) {
		schedules = run(one, replay);
	} else {
		printf("seed %" PRIu64 "\n", seed);
		fflush(stdout);
		clock_gettime(CLOCK_MONOTONIC, &now);
		end = now.tv_sec + seconds;
		for (uint64_t n = 0; now.tv_sec < end; n++) {
			schedules += run(nb_mix64(seed + n), NULL);
			clock_gettime(CLOCK_MONOTONIC, &now);
		}
	}
	printf("%" PRIu64 " programs, %" PRIu64 " schedules, a request failed in %" PRIu64 " of them, no violation\n", programs,
	       schedules, failures);
	return check_variety();
}
