/* crew: see crew.h. */
#include "crew.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "draw.h"
#include "pin.h"
#include "seconds.h"

/* A stopped loop ends with its block; beyond this it hangs. */
#define PATIENCE_SECONDS 5

void crew_pause(double seconds)
{
	struct timespec when = seconds_later(seconds);

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

struct crew *crew_new(unsigned count, const struct peer *peer, void *map, void (*loop)(void *, struct shift *),
		      const struct shift *shift)
{
	struct crew *crew = aligned_alloc(_Alignof(struct crew), sizeof(*crew));
	pthread_condattr_t attr;

	if (!crew) {
		fputs("nbmap-bench: no memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	memset(crew, 0, sizeof(*crew));
	pthread_mutex_init(&crew->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&crew->changed, &attr);
	pthread_condattr_destroy(&attr);
	crew->count = count;
	for (unsigned i = 0; i < count; i++) {
		struct crew_task *task = &crew->tasks[i];

		task->shift = *shift;
		task->shift.seed = draw_seed(shift->seed, i);
		task->shift.stop = &crew->stop;
		if (!shift->quota)
			task->shift.quota = UINT64_MAX;
		task->peer = peer;
		task->map = map;
		task->loop = loop;
		task->cpu = i;
		task->crew = crew;
	}
	return crew;
}

void crew_free(struct crew *crew)
{
	pthread_cond_destroy(&crew->changed);
	pthread_mutex_destroy(&crew->lock);
	free(crew);
}

static void *work(void *arg)
{
	struct crew_task *task = arg;
	struct crew *crew = task->crew;

	pin_to(task->cpu);
	pthread_mutex_lock(&crew->lock);
	while (!crew->open)
		pthread_cond_wait(&crew->changed, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
	if (task->peer->begin)
		task->peer->begin();

	double start = seconds_now();

	task->loop(task->map, &task->shift);
	task->seconds = seconds_now() - start;
	if (task->peer->end)
		task->peer->end();
	pthread_mutex_lock(&crew->lock);
	crew->running--;
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

void crew_start(struct crew *crew)
{
	for (unsigned i = 0; i < crew->count; i++) {
		int err = pthread_create(&crew->tasks[i].thread, NULL, work, &crew->tasks[i]);

		if (err) {
			fprintf(stderr, "nbmap-bench: no thread: %s\n", strerror(err));
			exit(EXIT_FAILURE);
		}
	}
	pthread_mutex_lock(&crew->lock);
	crew->running = crew->count;
	crew->open = true;
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
}

/* Until none runs or the time is over; true if none runs. */
static bool wait_until(struct crew *crew, const struct timespec *when)
{
	int err = 0;

	pthread_mutex_lock(&crew->lock);
	while (crew->running > 0 && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&crew->changed, &crew->lock, when);

	bool ended = crew->running == 0;

	pthread_mutex_unlock(&crew->lock);
	return ended;
}

bool crew_finish(struct crew *crew, double seconds)
{
	struct timespec when = seconds_later(seconds);

	if (!wait_until(crew, &when)) {
		__atomic_store_n(&crew->stop, true, __ATOMIC_RELAXED);
		when = seconds_later(PATIENCE_SECONDS);
		if (!wait_until(crew, &when))
			return false;
	}
	for (unsigned i = 0; i < crew->count; i++)
		pthread_join(crew->tasks[i].thread, NULL);
	return true;
}

bool crew_run(struct crew *crew, double seconds)
{
	crew_start(crew);
	return crew_finish(crew, seconds);
}

uint64_t crew_ops(const struct crew *crew)
{
	uint64_t ops = 0;

	for (unsigned i = 0; i < crew->count; i++)
		ops += __atomic_load_n(&crew->tasks[i].shift.ops, __ATOMIC_RELAXED);
	return ops;
}

double crew_rate(const struct crew *crew)
{
	double rate = 0;

	for (unsigned i = 0; i < crew->count; i++)
		rate += (double)crew->tasks[i].shift.ops / crew->tasks[i].seconds;
	return rate;
}

double crew_seconds(const struct crew *crew)
{
	double seconds = 0;

	for (unsigned i = 0; i < crew->count; i++) {
		if (seconds < crew->tasks[i].seconds)
			seconds = crew->tasks[i].seconds;
	}
	return seconds;
}
