/*
 * stopped: what throughput others keep when a thread is stopped amid its
 * inserts into a growing map, by a signal whose handler does not return,
 * against the same when that thread has ended at the same number of inserts.
 *
 * The point is drawn for each round.  A peer that can tell is stopped while it
 * migrates.  Where the thread held a lock the others hang: `finished` 0.
 */
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "contestant.h"
#include "crew.h"
#include "trial.h"
#include "workloads.h"

enum { STOPPED, ENDED };

/* To stop a thread in time. */
#define ATTEMPTS 50

static sem_t standing; /* posted by the handler */

static void stand_still(int signal)
{
	sigset_t none;

	(void)signal;
	sigemptyset(&none);
	sem_post(&standing);
	for (;;)
		sigsuspend(&none);
}

/* Once the victim has done `ops`, and, if the peer can tell, migrates; not if it ends before. */
static bool wait_for(const struct trial *trial, void *map, const struct crew *victim, uint64_t ops)
{
	const struct peer *peer = peers[trial->which].integers;

	for (;;) {
		uint64_t done = crew_ops(victim);

		if (done == trial->n)
			return false;
		if (done >= ops && (!peer->migrating || peer->migrating(map)))
			return true;
	}
}

/*
 * A victim, stopped after `ops` of its n in a new map.  NULL if it came to its
 * end first: it is fast, and may be stopped only while the map migrates.
 */
static struct crew *stopped_victim(const struct trial *trial, void *map, uint64_t ops)
{
	const struct peer *peer = peers[trial->which].integers;
	struct shift inserting = {.to = trial->n};
	struct crew *victim = crew_new(1, peer, map, peer->loops.fill, &inserting);

	victim->tasks[0].cpu = trial->place.threads;
	crew_start(victim);
	if (wait_for(trial, map, victim, ops) && pthread_kill(victim->tasks[0].thread, SIGUSR1) == 0) {
		while (sem_wait(&standing))
			;
		return victim;
	}
	crew_finish(victim, trial->options->time_box);
	crew_free(victim);
	return NULL;
}

static void handle_signal(void)
{
	struct sigaction action = {.sa_handler = stand_still};

	if (sem_init(&standing, 0, 0) || sigaction(SIGUSR1, &action, NULL)) {
		fputs("nbmap-bench: no signal to stop a thread with\n", stderr);
		exit(EXIT_FAILURE);
	}
}

/* A new map in which a thread stands, or NULL: none did in many attempts. */
static void *map_with_stopped(const struct trial *trial, uint64_t ops)
{
	const struct peer *peer = peers[trial->which].integers;

	handle_signal();
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		void *map = peer->create(0);

		if (!map || stopped_victim(trial, map, ops))
			return map;
		peer->destroy(map);
	}
	return NULL;
}

/* A new map into which a thread has inserted `ops` and ended, or NULL. */
static void *map_with_ended(const struct trial *trial, uint64_t ops)
{
	const struct peer *peer = peers[trial->which].integers;
	struct shift inserting = {.to = ops};
	void *map = peer->create(0);
	struct crew *victim = crew_new(1, peer, map, peer->loops.fill, &inserting);

	victim->tasks[0].cpu = trial->place.threads;
	return map && crew_run(victim, trial->options->time_box) ? map : NULL;
}

static void work(const struct trial *trial, FILE *out)
{
	const struct peer *peer = peers[trial->which].integers;

	/* The thread and the others are two; and no map is nothing to stop in. */
	if (!peer->concurrent || peer == &peer_empty)
		return;

	unsigned threads = trial->place.threads;
	uint64_t seed = draw_mix(trial->options->seed + trial->place.round);
	uint64_t ops = trial->n / 4 + draw_below(draw_seed(seed, 0), trial->n / 4);
	void *map = trial->kind == STOPPED ? map_with_stopped(trial, ops) : map_with_ended(trial, ops);
	struct shift mixing = {.seed = seed, .to = 2 * trial->n, .mixture = contestant_mixture(80, 10, 10)};

	if (!map)
		child_give_up(out, &trial->place);

	struct crew *others = crew_new(threads, peer, map, peer->loops.mix, &mixing);

	if (trial->kind == STOPPED && peer->migrating)
		csv_row(out, &trial->place, "migrating", peer->migrating(map));

	bool finished = crew_run(others, trial->options->run_seconds);

	csv_row(out, &trial->place, "mops", (double)crew_ops(others) / trial->options->run_seconds / 1e6);
	csv_row(out, &trial->place, "finished", finished);
	/* A thread stands in the map, which hence cannot be destroyed. */
	_exit(EXIT_SUCCESS);
}

bool stopped_run(const struct options *options, FILE *csv)
{
	static const char *const names[] = {[STOPPED] = "stopped", [ENDED] = "ended"};
	struct argument_list full = {1, {1000000}}, quick = {1, {1000000}};
	struct argument_list sizes = options_sizes(options, full, quick);
	bool good = true;

	for (unsigned i = 0; i < sizes.count; i++) {
		for (unsigned t = 0; t < options->threads.count; t++) {
			for (unsigned kind = STOPPED; kind <= ENDED; kind++) {
				char cell[64];

				snprintf(cell, sizeof(cell), "n=%llu;thread=%s", (unsigned long long)sizes.at[i],
					 names[kind]);
				good &= trial_rounds(options, csv, "stopped", cell, (unsigned)options->threads.at[t],
						     sizes.at[i], kind, false, work);
			}
		}
	}
	return good;
}
