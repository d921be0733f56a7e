/*
 * world: see world.h.
 */
#include "world.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "flavor_thread.h"
#include "run.h"

#define KEEPERS 4

/* A cycle of scans under way, and what it has returned. */
struct scan {
	struct nbmap_cursor cursor;
	bool steady; /* the keepers were there all the time */
	uint64_t *ids;
	size_t count, room;
};

/* A place for one thread after the other. */
struct seat {
	struct world *world;
	unsigned number;
	pthread_t thread;
	bool taken;
	bool leaves; /* after this round */
	uint64_t random;
	uint64_t made;		      /* numbers for values */
	uint64_t known[HISTORY_KEYS]; /* what it saw last: what to expect */
	/* throw-away keys: own + first to own + last are in the map */
	uint64_t own, first, last;
	uint64_t cleared; /* of them, those below this may have been cleared */
	struct record record;
	struct scan scan;
};

struct world {
	const struct world_plan *plan;
	struct target target;
	struct seat seat[WORLD_THREADS];
	pthread_barrier_t start, finish;
	uint64_t random;
	unsigned keys, window, refusals;
	bool failed, over;
	bool kept[KEEPERS]; /* which keepers there are */
	/* of the round */
	unsigned calls, holder;
	bool clears, steady; /* steady: it has all keepers from beginning to end */
	_Atomic unsigned busy;
	struct record record;
};

uint64_t world_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- Failing ------------------------------------------------------------ */

/* In a thread that cannot go on, as the others cannot be stopped. */
_Noreturn static void give_up(const struct seat *seat, const char *what, uint64_t key, int result, uint64_t seen)
{
	fprintf(stderr, "FAILED: thread %u: %s: key %#llx, result %d, seen %llu\nagain: %s\n", seat->number, what,
		(unsigned long long)key, result, (unsigned long long)seen, seat->world->plan->again);
	fflush(NULL); /* what was recorded */
	_Exit(1);
}

/* ---- Being kept in the midst of things ---------------------------------- */

static _Atomic(struct world *) signalled;

static void keep(int signal)
{
	struct world *world = atomic_load(&signalled);
	int error = errno;
	uint64_t until;

	(void)signal;
	if (!world)
		return;
	until = atomic_load(&world->target.clock);
	until += 1 + until % 61;
	/* The bound is low: where other programs run too, a yield may last for milliseconds. */
	for (unsigned i = 1; i < 2000 && atomic_load(&world->busy) > 1 && atomic_load(&world->target.clock) < until;
	     i++)
		if (i % 512 == 0)
			sched_yield();
	errno = error;
}

/* The program dies in the library: say at least how to see it again. */
static void last_words(void)
{
	struct world *world = atomic_load(&signalled);

	if (world && write(STDERR_FILENO, "again: ", 7) > 0 &&
	    write(STDERR_FILENO, world->plan->again, strlen(world->plan->again)) > 0 && write(STDERR_FILENO, "\n", 1))
		return;
}

static void dying(int signal)
{
	(void)signal;
	last_words();
}

/* There where a sanitizer is; it has handlers of its own, which are left alone. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

void world_catch_signals(void)
{
	static const int deaths[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE};
	struct sigaction kept = {.sa_handler = keep, .sa_flags = SA_RESTART};
	struct sigaction died = {.sa_handler = dying, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&kept.sa_mask);
	sigaction(SIGUSR1, &kept, NULL);
	if (__sanitizer_set_death_callback) {
		__sanitizer_set_death_callback(last_words);
		return;
	}
	sigemptyset(&died.sa_mask);
	for (unsigned i = 0; i < sizeof(deaths) / sizeof(*deaths); i++)
		sigaction(deaths[i], &died, NULL);
}

/* ---- Throw-away keys ---------------------------------------------------- */

/* What a get of a key that was put answers: itself, unless it was cleared. */
static void check_own(const struct seat *seat, uint64_t id, uint64_t seen)
{
	if (seen ? seen != id : !seat->world->clears && id - seat->own >= seat->cleared)
		give_up(seat, "get of an own key", id, 0, seen);
}

/* One call on a key that is this thread's alone: the answer is known. */
static void own_step(struct seat *seat)
{
	struct world *world = seat->world;
	struct target *target = &world->target;
	uint64_t r = test_random(&seat->random);
	uint64_t live = seat->last - seat->first, seen, id;
	int result;

	if (live && r % 8 == 0) {
		id = seat->own + seat->first + (r >> 8) % live;
		seen = target_number(target, target_get(target, id));
		check_own(seat, id, seen);
	} else if (live <= world->window) {
		id = seat->own + seat->last;
		result = target_put(target, id, id, &seen);
		if (result ? result != -ENOMEM && result != -ENOBUFS : seen != 0)
			give_up(seat, "put of an own key", id, result, seen);
		seat->last += !result;
	} else {
		id = seat->own + seat->first;
		result = target_del(target, id, &seen);
		if (result == -ENOENT ? !world->clears && seat->first >= seat->cleared
		    : result	      ? result != -ENOMEM && result != -ENOBUFS
				      : seen != id)
			give_up(seat, "del of an own key", id, result, seen);
		seat->first += !result || result == -ENOENT;
	}
}

/* ---- Scans -------------------------------------------------------------- */

static uint64_t keeper(unsigned n)
{
	return ((uint64_t)(WORLD_THREADS + 1) << 40) + n;
}

static bool is_recorded(const struct world *world, uint64_t id)
{
	for (unsigned n = 0; n < world->keys; n++)
		if (target_key(&world->target, n) == id)
			return true;
	return false;
}

static int by_id(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The cycle is complete.  Begin the next. */
static void judge_cycle(struct seat *seat)
{
	struct scan *scan = &seat->scan;
	unsigned keepers = 0;

	if (scan->count) /* and so an array */
		qsort(scan->ids, scan->count, sizeof(*scan->ids), by_id);
	for (size_t i = 0; i < scan->count; i++) {
		if (i && scan->ids[i] == scan->ids[i - 1])
			give_up(seat, "a key came twice in a cycle", scan->ids[i], 0, 0);
		keepers += scan->ids[i] >= keeper(0) && scan->ids[i] < keeper(KEEPERS);
	}
	if (scan->steady && keepers != KEEPERS)
		give_up(seat, "keepers that came in a cycle", 0, 0, keepers);
	scan->count = 0;
	scan->steady = seat->world->steady;
}

static void note_entry(struct seat *seat, uint64_t id, uint64_t number)
{
	struct scan *scan = &seat->scan;

	if (!number || (number != id && !is_recorded(seat->world, id)))
		give_up(seat, "value from a scan", id, 0, number);
	if (scan->count == scan->room) {
		scan->room = scan->room ? 2 * scan->room : 256;
		scan->ids = realloc(scan->ids, scan->room * sizeof(*scan->ids));
		if (!scan->ids)
			give_up(seat, "no memory for what a scan returned", id, 0, 0);
	}
	scan->ids[scan->count++] = id;
}

static void step_scan(struct seat *seat)
{
	struct scan *scan = &seat->scan;
	uint64_t r = test_random(&seat->random), cycle = scan->cursor.cycle;
	uint64_t ids[TARGET_SCAN], numbers[TARGET_SCAN];
	size_t n = 1 + r % (r >> 32 & 1 ? 8 : 64);
	long found;

	/* Where hashes are few, many keys come together. */
	while ((found = target_scan(&seat->world->target, &scan->cursor, ids, numbers, n)) == -E2BIG &&
	       2 * n <= TARGET_SCAN)
		n *= 2;
	if (found < 0 || (size_t)found > n)
		give_up(seat, "scan", 0, (int)found, n);
	for (long i = 0; i < found; i++)
		note_entry(seat, ids[i], numbers[i]);
	if (scan->cursor.cycle != cycle)
		judge_cycle(seat);
}

/* ---- Recorded calls ----------------------------------------------------- */

static enum history_op draw_op(const struct world *world, uint64_t r)
{
	static const enum history_op ops[16] = {
		HISTORY_GET, HISTORY_GET,     HISTORY_GET,     HISTORY_GET,    HISTORY_PUT, HISTORY_PUT,
		HISTORY_ADD, HISTORY_ADD,     HISTORY_SET,     HISTORY_DEL,    HISTORY_DEL, HISTORY_DEL_IF,
		HISTORY_SET, HISTORY_REPLACE, HISTORY_REPLACE, HISTORY_UPDATE,
	};

	return world->clears && (r >> 40) % 12 == 0 ? HISTORY_CLEAR : ops[(r >> 32) % 16];
}

/* A batch: some shared keys, each recorded as a get of its own, among own ones. */
static void step_batch(struct seat *seat)
{
	struct world *world = seat->world;
	struct target *target = &world->target;
	struct history_event event = {.thread = seat->number, .op = HISTORY_GET};
	uint64_t r = test_random(&seat->random), live = seat->last - seat->first;
	uint64_t ids[TARGET_BATCH], seen[TARGET_BATCH];
	unsigned count = 1 + (unsigned)(r % TARGET_BATCH), first = (unsigned)(r >> 8) % world->keys;
	unsigned shared = 0, most = world->clears ? 2 : world->keys;
	unsigned at[HISTORY_KEYS]; /* the place of the nth shared key */

	for (unsigned i = 0; i < count; i++) {
		if (shared < most && (r >> (16 + i) & 1 || !live)) {
			ids[i] = target_key(target, (first + shared) % world->keys);
			at[shared++] = i;
		} else {
			ids[i] = seat->own + seat->first + (live ? ((r >> 40) + i) % live : 0);
		}
	}
	target_get_batch(target, ids, seen, count, &event.invoked, &event.returned);
	for (unsigned i = 0, n = 0; i < count; i++) {
		if (n < shared && at[n] == i) {
			event.key = (first + n++) % world->keys;
			event.seen = seat->known[event.key] = seen[i];
			record_add(&seat->record, &event);
		} else if (live) {
			check_own(seat, ids[i], seen[i]);
		} else if (seen[i]) {
			give_up(seat, "get of a key that is not there", ids[i], 0, seen[i]);
		}
	}
}

static void step(struct seat *seat)
{
	struct world *world = seat->world;
	uint64_t r = test_random(&seat->random);
	struct history_event event = {
		.thread = seat->number, .op = draw_op(world, r), .key = (unsigned)(r % world->keys)};
	uint64_t *known = &seat->known[event.key];

	if (event.op == HISTORY_GET && (r >> 48) % 4 == 0) {
		step_batch(seat);
		return;
	}
	if (event.op == HISTORY_CLEAR)
		event.key = 0;
	/* No two calls store the same number, but for sums. */
	if (event.op != HISTORY_GET && event.op != HISTORY_DEL && event.op != HISTORY_CLEAR)
		event.arg = ++seat->made * WORLD_THREADS + seat->number;
	if (event.op == HISTORY_REPLACE || event.op == HISTORY_DEL_IF)
		event.expected = *known ? *known : event.arg;
	if (event.op == HISTORY_DEL_IF)
		event.arg = 0;
	target_call(&world->target, &event);
	record_add(&seat->record, &event);
	*known = event.seen;
	if (event.result == 0 && (event.op == HISTORY_PUT || event.op == HISTORY_REPLACE))
		*known = event.arg;
}

/* ---- A thread's round --------------------------------------------------- */

/* Sections of a few calls, with pauses between. */
static void come_and_go(struct seat *seat)
{
	struct world *world = seat->world;
	enum nbmap_flavor flavor = world->plan->target.flavor;

	while (seat->record.count < world->calls) {
		uint64_t r = test_random(&seat->random);

		target_enter(&world->target);
		for (unsigned i = 0; i <= (r >> 8) % 8 && seat->record.count < world->calls; i++) {
			for (unsigned own = (r >> 16) % 8; own; own--)
				own_step(seat);
			step(seat);
		}
		if (r % 4 == 3)
			step_scan(seat);
		if (r % 64 == 1)
			target_walk(&world->target);
		target_leave(&world->target);
		if (r % 16 == 0) {
			flavor_offline(flavor);
			if (r >> 60 == 0)
				target_reclaim(&world->target);
			sched_yield();
			flavor_online(flavor);
		}
	}
}

/* One section for the whole round: what it read at first stays readable. */
static void hold(struct seat *seat)
{
	struct world *world = seat->world;
	void *held[HISTORY_KEYS];
	uint64_t number[HISTORY_KEYS];

	target_enter(&world->target);
	for (unsigned key = 0; key < world->keys; key++) {
		held[key] = target_get(&world->target, target_key(&world->target, key));
		number[key] = target_number(&world->target, held[key]);
	}
	while (seat->record.count < world->calls) {
		own_step(seat);
		step(seat);
		if (seat->record.count % 4 == 3)
			step_scan(seat);
	}
	/* A pause for nobody's sake but the garbage's: bounded, as others may be kept for long. */
	for (unsigned i = 0; i < 20 && atomic_load(&world->busy) > 1; i++)
		sched_yield();
	target_walk(&world->target);
	for (unsigned key = 0; key < world->keys; key++) {
		uint64_t now = target_number(&world->target, held[key]);

		if (now != number[key])
			give_up(seat, "a value held in a section changed", key, 0, now);
	}
	target_leave(&world->target);
}

static void *thread_main(void *arg)
{
	struct seat *seat = arg;
	struct world *world = seat->world;
	enum nbmap_flavor flavor = world->plan->target.flavor;
	bool leaves = false;

	flavor_register(flavor);
	target_pauses(test_random(&seat->random));
	while (!leaves) {
		flavor_offline(flavor);
		pthread_barrier_wait(&world->start);
		flavor_online(flavor);
		if (world->over)
			break;
		seat->scan.steady = seat->scan.steady && world->steady;
		if (world->holder == seat->number)
			hold(seat);
		else
			come_and_go(seat);
		/* Read before main may reap us and change it for the next. */
		leaves = seat->leaves;
		atomic_fetch_sub(&world->busy, 1);
		flavor_offline(flavor);
		pthread_barrier_wait(&world->finish);
		flavor_online(flavor);
	}
	flavor_unregister(flavor);
	return NULL;
}

/* ---- A round, as main sees it ------------------------------------------- */

static void plan_round(struct world *world)
{
	const struct world_plan *plan = world->plan;
	uint64_t r = test_random(&world->random);

	world->clears = r % 16 == 0;
	world->steady = !world->clears;
	for (unsigned n = 0; n < KEEPERS; n++)
		world->steady = world->steady && world->kept[n];
	/* Rounds with a clear cannot be split by key: the search must be short. */
	world->calls = world->clears ? 2 + 32 / plan->threads : 8 + (unsigned)(r >> 8) % 57;
	world->holder = (unsigned)((r >> 16) % (4 * WORLD_THREADS)); /* mostly nobody */
	world->record.count = 0;
	for (unsigned i = 0; i < plan->threads; i++) {
		struct seat *seat = &world->seat[i];

		seat->record.count = 0;
		seat->leaves = plan->churn && (test_random(&world->random) >> 32) % 16 == 0;
	}
}

static unsigned fill_seats(struct world *world)
{
	unsigned filled = 0;

	for (unsigned i = 0; i < world->plan->threads; i++) {
		struct seat *seat = &world->seat[i];

		if (seat->taken)
			continue;
		if (pthread_create(&seat->thread, NULL, thread_main, seat)) {
			fprintf(stderr, "nbmap-stress: no thread to be had\n");
			exit(2);
		}
		seat->taken = true;
		filled++;
	}
	return filled;
}

/* Until all are done, none of them has ended: so each can be sent a signal. */
static void kick(struct world *world)
{
	const struct timespec moment = {0, 50000};

	while (atomic_load(&world->busy)) {
		if (world->plan->threads > 1)
			pthread_kill(world->seat[test_random(&world->random) % world->plan->threads].thread, SIGUSR1);
		nanosleep(&moment, NULL);
	}
}

/* Put the keepers that are missing, where nothing refuses it. */
static void keep_keepers(struct world *world)
{
	uint64_t seen;

	target_enter(&world->target);
	for (unsigned n = 0; n < KEEPERS; n++)
		if (!world->kept[n])
			world->kept[n] = !target_put(&world->target, keeper(n), keeper(n), &seen);
	target_leave(&world->target);
}

/* Gather all calls, and add what the keys have now. */
static void gather(struct world *world, struct world_sums *sums)
{
	for (unsigned i = 0; i < world->plan->threads; i++) {
		struct seat *seat = &world->seat[i];

		for (size_t n = 0; n < seat->record.count; n++) {
			const struct history_event *event = &seat->record.events[n];

			record_add(&world->record, event);
			sums->calls++;
			sums->clears += event->op == HISTORY_CLEAR;
			sums->refused += event->result == -ENOMEM || event->result == -ENOBUFS;
		}
		if (world->clears)
			seat->cleared = seat->last;
	}
	if (world->clears)
		memset(world->kept, 0, sizeof(world->kept));
	keep_keepers(world);
	target_enter(&world->target);
	for (unsigned key = 0; key < world->keys; key++) {
		struct history_event event = {.thread = world->plan->threads, .op = HISTORY_GET, .key = key};

		target_call(&world->target, &event);
		record_add(&world->record, &event);
	}
	target_leave(&world->target);
}

/* Judge the round; its end is the next one's beginning. */
static bool judge(struct world *world)
{
	struct record *record = &world->record;
	bool good;

	if (world->plan->record)
		record_write(record, world->plan->record);
	good = record_check(record, stderr);
	good = target_valid(&world->target) && good;
	for (size_t i = record->count - world->keys; i < record->count; i++)
		record->initial[record->events[i].key] = record->events[i].seen;
	record->round++;
	return good;
}

static void reap(struct world *world)
{
	for (unsigned i = 0; i < world->plan->threads; i++) {
		struct seat *seat = &world->seat[i];

		if (seat->taken && (world->over || seat->leaves)) {
			pthread_join(seat->thread, NULL);
			seat->taken = false;
		}
	}
}

static bool run_round(struct world *world, struct world_sums *sums)
{
	enum nbmap_flavor flavor = world->plan->target.flavor;

	plan_round(world);
	sums->threads += fill_seats(world);
	if (world->refusals)
		count_fail_randomly(world->target.count, COUNT_MEMORY | COUNT_KEYS, test_random(&world->random),
				    world->refusals);
	atomic_store(&world->busy, world->plan->threads);
	flavor_offline(flavor);
	pthread_barrier_wait(&world->start);
	kick(world);
	pthread_barrier_wait(&world->finish);
	count_fail_stop(world->target.count);
	reap(world);
	target_reclaim(&world->target);
	flavor_online(flavor);
	sums->rounds++;
	gather(world, sums);
	return judge(world);
}

/* ---- A world ------------------------------------------------------------ */

static void open_world(struct world *world, const struct world_plan *plan)
{
	uint64_t random = plan->seed;
	uint64_t r = test_random(&random);

	memset(world, 0, sizeof(*world));
	world->plan = plan;
	world->keys = 1 + (r & 1 ? (unsigned)(r >> 8) % 3 : (unsigned)(r >> 8) % HISTORY_KEYS);
	world->window = 1u << (r >> 16) % 5;
	world->refusals = (r >> 24) % 4 ? 0 : 1 + (unsigned)(r >> 32) % 32;
	world->random = test_random(&random);
	target_open(&world->target, &plan->target);
	keep_keepers(world);
	for (unsigned i = 0; i < plan->threads; i++)
		world->seat[i] = (struct seat){
			.world = world, .number = i, .random = test_random(&random), .own = (uint64_t)(i + 1) << 40};
	if (pthread_barrier_init(&world->start, NULL, plan->threads + 1) ||
	    pthread_barrier_init(&world->finish, NULL, plan->threads + 1))
		abort();
	atomic_store(&signalled, world);
}

static bool close_world(struct world *world, struct world_sums *sums)
{
	enum nbmap_flavor flavor = world->plan->target.flavor;

	fill_seats(world); /* or the barrier would wait for ever */
	world->over = true;
	flavor_offline(flavor);
	pthread_barrier_wait(&world->start);
	reap(world);
	flavor_online(flavor);
	atomic_store(&signalled, NULL);
	sums->worlds++;
	sums->migrations += target_migrations(&world->target);
	for (unsigned i = 0; i < world->plan->threads; i++) {
		sums->cycles += world->seat[i].scan.cursor.cycle;
		free(world->seat[i].scan.ids);
		free(world->seat[i].record.events);
	}
	free(world->record.events);
	pthread_barrier_destroy(&world->start);
	pthread_barrier_destroy(&world->finish);
	return target_close(&world->target);
}

bool world_run(const struct world_plan *plan, unsigned rounds, uint64_t deadline, struct world_sums *sums)
{
	struct world world;
	bool good = true;

	flavor_register(plan->target.flavor);
	target_pauses(plan->seed);
	open_world(&world, plan);
	if (plan->record)
		fprintf(plan->record, "# %s\n", plan->again);
	for (unsigned i = 0; i < rounds && good && world_now() < deadline; i++)
		good = run_round(&world, sums);
	good = close_world(&world, sums) && good;
	flavor_unregister(plan->target.flavor);
	if (!good)
		fprintf(stderr, "FAILED\nagain: %s\n", plan->again);
	return good;
}
