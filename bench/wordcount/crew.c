/* crew: counting threads, the remover, and the progress line.  See crew.h. */
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "seconds.h"

/* Items counted in one section: long enough to pay for it, and short against
 * a grace period. */
#define BATCH_ITEMS 256u

/* The progress line appears after a second and moves twice a second. */
#define PROGRESS_FIRST_MS 1000
#define PROGRESS_STEP_MS 500

/* What one thread writes is not on a line that another uses all the time, nor on that
 * line's neighbour, which processors fetch with it. */
#define APART 128

enum gate { GATE_SHUT, GATE_OPEN, GATE_CANCELLED };

struct crew {
	/* Only read while the threads run. */
	struct counter *counter;
	struct input *input;
	struct reference *removed;
	/* Written a few times a chunk, by all. */
	_Alignas(APART) _Atomic size_t cursor; /* next chunk */
	_Atomic uint64_t bytes;		       /* dealt with */
	_Atomic int err;		       /* the first; ends the run */
	_Atomic uint64_t refused;
	_Alignas(APART) uint64_t walks; /* the remover's */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum gate gate;	  /* under lock */
	unsigned running; /* under lock */
};

struct worker {
	_Alignas(APART) uint64_t items;
	uint64_t bytes;
	struct crew *crew;
	pthread_t thread;
};

/* ---- Starting and ending together --------------------------------------- */

static bool wait_for_gate(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	while (crew->gate == GATE_SHUT)
		pthread_cond_wait(&crew->changed, &crew->lock);

	bool open = crew->gate == GATE_OPEN;

	pthread_mutex_unlock(&crew->lock);
	return open;
}

static void set_gate(struct crew *crew, enum gate gate)
{
	pthread_mutex_lock(&crew->lock);
	crew->gate = gate;
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
}

static void report_done(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->running--;
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
}

static void fail(struct crew *crew, int err)
{
	int none = 0;

	atomic_compare_exchange_strong(&crew->err, &none, err);
}

static bool failed(struct crew *crew)
{
	return atomic_load_explicit(&crew->err, memory_order_relaxed) != 0;
}

/* ---- Counting ----------------------------------------------------------- */

/* Count one item, as often as the library asks for patience.  In a section. */
static int count_item(struct crew *crew, const void *item, size_t size)
{
	int err;

	while ((err = counter_add(crew->counter, item, size)) == -ENOBUFS) {
		atomic_fetch_add_explicit(&crew->refused, 1, memory_order_relaxed);
		counter_relieve(crew->counter);
	}
	return err;
}

/* Tell the others how far the chunk has come: batch by batch, as the remover goes by it. */
static void account(struct crew *crew, size_t *told, size_t now)
{
	atomic_fetch_add_explicit(&crew->bytes, now - *told, memory_order_relaxed);
	*told = now;
}

static void count_chunk(struct worker *worker, struct reader *reader, const struct input_chunk *chunk)
{
	struct crew *crew = worker->crew;
	const void *item;
	size_t size, told = 0;
	int err = 0;

	counter_enter(crew->counter);
	for (unsigned n = 1; reader_next(reader, crew->input->items, &item, &size); n++) {
		err = count_item(crew, item, size);
		if (err)
			break;
		worker->items++;
		if (n % BATCH_ITEMS == 0) {
			counter_breathe(crew->counter);
			account(crew, &told, reader->at < chunk->size ? reader->at : chunk->size);
		}
	}
	counter_leave(crew->counter);
	account(crew, &told, chunk->size);
	if (err)
		fail(crew, err);
}

/* Take chunks until there are none. */
static void count_chunks(struct worker *worker)
{
	struct crew *crew = worker->crew;
	struct input *input = crew->input;
	struct reader reader = {0};

	while (!failed(crew)) {
		size_t mine = atomic_fetch_add_explicit(&crew->cursor, 1, memory_order_relaxed);

		if (mine >= input->chunk_count)
			break;

		struct input_chunk *chunk = &input->chunks[mine];

		counter_offline(crew->counter);

		int err = reader_load(&reader, input, chunk);

		counter_online(crew->counter);
		if (err == -ENOMEM) {
			fail(crew, err);
		} else if (err) {
			fprintf(stderr, "nbmap-wordcount: %s: %s, %zu bytes from %llu on skipped\n",
				input->paths[chunk->path], strerror(-err), chunk->size,
				(unsigned long long)chunk->offset);
			chunk->unread = true;
			atomic_fetch_add_explicit(&crew->bytes, chunk->size, memory_order_relaxed);
		} else {
			worker->bytes += chunk->size;
			count_chunk(worker, &reader, chunk);
		}
	}
	reader_free(&reader);
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	if (wait_for_gate(worker->crew)) {
		counter_register(worker->crew->counter);
		count_chunks(worker);
		counter_unregister(worker->crew->counter);
		report_done(worker->crew);
	}
	return NULL;
}

/* ---- Removing ----------------------------------------------------------- */

static bool half_done(void *arg)
{
	struct crew *crew = arg;

	return failed(crew) || atomic_load_explicit(&crew->bytes, memory_order_relaxed) >= crew->input->bytes / 2;
}

static void *sweep(void *arg)
{
	struct crew *crew = arg;

	if (!wait_for_gate(crew))
		return NULL;
	counter_register(crew->counter);
	counter_enter(crew->counter);
	while (!half_done(crew)) {
		int err = counter_sweep(crew->counter, CREW_RARE, crew->removed, half_done, crew);

		crew->walks++;
		if (err == -ENOBUFS) {
			atomic_fetch_add_explicit(&crew->refused, 1, memory_order_relaxed);
			counter_relieve(crew->counter);
		} else if (err) {
			fail(crew, err);
		} else {
			counter_breathe(crew->counter);
		}
	}
	counter_leave(crew->counter);
	counter_unregister(crew->counter);
	report_done(crew);
	return NULL;
}

/* ---- Watching ----------------------------------------------------------- */

static void show_progress(struct crew *crew, double elapsed)
{
	double done = (double)atomic_load_explicit(&crew->bytes, memory_order_relaxed) / 1e6;
	double total = (double)crew->input->bytes / 1e6;

	fprintf(stderr, "\r%3.0f%%  %.1f of %.1f MB  %.1f MB/s \033[K", total > 0 ? 100 * done / total : 100, done,
		total, done / elapsed);
	fflush(stderr);
}

/* Wait for all threads; the clock stops when the last one reports. */
static double watch(struct crew *crew, double start)
{
	bool terminal = isatty(STDERR_FILENO), shown = false;
	struct timespec next = seconds_later(PROGRESS_FIRST_MS / 1e3);

	pthread_mutex_lock(&crew->lock);
	while (crew->running > 0) {
		if (!terminal) {
			pthread_cond_wait(&crew->changed, &crew->lock);
		} else if (pthread_cond_timedwait(&crew->changed, &crew->lock, &next) == ETIMEDOUT) {
			show_progress(crew, seconds_now() - start);
			shown = true;
			next = seconds_later(PROGRESS_STEP_MS / 1e3);
		}
	}
	pthread_mutex_unlock(&crew->lock);

	double end = seconds_now();

	if (shown)
		fprintf(stderr, "\r\033[K");
	return end - start;
}

/* ---- Running ------------------------------------------------------------ */

static void crew_init(struct crew *crew)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&crew->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&crew->changed, &attr);
	pthread_condattr_destroy(&attr);
}

int crew_run(struct counter *counter, struct input *input, unsigned threads, bool remove, struct reference *removed,
	     struct crew_result *result)
{
	struct crew crew = {.counter = counter, .input = input, .removed = removed, .running = threads + remove};
	struct worker *workers = aligned_alloc(_Alignof(struct worker), threads * sizeof(*workers));
	pthread_t sweeper;
	unsigned started = 0;

	if (!workers)
		return -ENOMEM;
	crew_init(&crew);

	int err = remove ? -pthread_create(&sweeper, NULL, sweep, &crew) : 0;
	bool sweeping = remove && !err;

	while (!err && started < threads) {
		workers[started] = (struct worker){.crew = &crew};
		err = -pthread_create(&workers[started].thread, NULL, work, &workers[started]);
		if (!err)
			started++;
	}

	double start = seconds_now();

	set_gate(&crew, err ? GATE_CANCELLED : GATE_OPEN);
	*result = (struct crew_result){0};
	if (!err)
		result->seconds = watch(&crew, start);
	for (unsigned i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		result->items += workers[i].items;
		result->bytes += workers[i].bytes;
	}
	if (sweeping)
		pthread_join(sweeper, NULL);
	result->walks = crew.walks;
	result->refused = atomic_load(&crew.refused);
	pthread_cond_destroy(&crew.changed);
	pthread_mutex_destroy(&crew.lock);
	free(workers);
	return err ? err : atomic_load(&crew.err);
}
