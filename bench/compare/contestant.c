/* contestant: see contestant.h. */
#include "contestant.h"

#include <string.h>

#include "crew.h"
#include "draw.h"
#include "java.h"
#include "zipf.h"

static const struct peer *peer_of(unsigned which, bool strings)
{
	return strings ? peers[which].strings : peers[which].integers;
}

bool contestant_exists(const struct options *options, unsigned which, bool strings)
{
	return options->peers >> which & 1 && (peer_of(which, strings) || (options->javas[which] && !strings));
}

bool contestant_runs(unsigned which, bool strings, unsigned threads)
{
	const struct peer *peer = peer_of(which, strings);

	return !peer || peer->concurrent || threads == 1;
}

bool contestant_new(struct contestant *contestant, const struct options *options, unsigned which, bool strings,
		    uint64_t capacity)
{
	*contestant = (struct contestant){.entry = &peers[which], .peer = peer_of(which, strings)};
	if (contestant->peer) {
		contestant->map = contestant->peer->create(capacity);
		return contestant->map;
	}
	contestant->java = options->javas[which];
	return contestant->java && java_create(contestant->java, contestant->entry->name, capacity);
}

void contestant_free(struct contestant *contestant)
{
	if (contestant->map)
		contestant->peer->destroy(contestant->map);
	if (contestant->java)
		java_destroy(contestant->java);
	*contestant = (struct contestant){0};
}

bool contestant_fill(struct contestant *contestant, uint64_t n, unsigned threads, const struct key_strings *strings,
		     double time_box, double *seconds)
{
	if (contestant->java)
		return java_fill(contestant->java, n, threads, seconds);

	struct shift shift = {.strings = strings};
	struct crew *crew = crew_new(threads, contestant->peer, contestant->map, contestant->peer->loops.fill, &shift);

	for (unsigned i = 0; i < threads; i++) {
		crew->tasks[i].shift.from = n * i / threads;
		crew->tasks[i].shift.to = n * (i + 1) / threads;
	}
	if (!crew_run(crew, time_box))
		return false;

	bool finished = crew_ops(crew) == n;

	*seconds = crew_seconds(crew);
	crew_free(crew);
	return finished;
}

struct peer_mixture contestant_mixture(unsigned get, unsigned insert, unsigned remove)
{
	uint32_t percent = 1u << 16;

	return (struct peer_mixture){
		.get_below = get * percent / 100,
		.insert_below = (get + insert) * percent / 100,
		.remove_below = (get + insert + remove) * percent / 100,
	};
}

static bool mix_in_java(struct contestant *contestant, const struct contestant_mix *mix, double seconds, double *mops)
{
	struct java_mix asked = {
		.n = mix->n,
		.dist = mix->dist,
		.threads = mix->threads,
		.get = mix->get,
		.insert = mix->insert,
		.remove = mix->remove,
		.update = mix->update,
		.seconds = seconds,
		.seed = mix->seed,
	};
	double ops, took;

	if (!java_mix(contestant->java, &asked, &ops, &took))
		return false;
	*mops = ops / took / 1e6;
	return true;
}

bool contestant_mix(struct contestant *contestant, const struct contestant_mix *mix, double seconds, double *mops)
{
	if (contestant->java)
		return mix_in_java(contestant, mix, seconds, mops);

	struct shift shift = {
		.seed = mix->seed,
		.from = strcmp(mix->dist, "absent") == 0 ? mix->n : 0,
		.to = strcmp(mix->dist, "present") == 0 ? mix->n : 2 * mix->n,
		.quota = mix->quota,
		.mixture = contestant_mixture(mix->get, mix->insert, mix->remove),
		.ring = mix->ring,
		.ring_mask = ZIPF_RING - 1,
		.strings = mix->strings,
	};
	const struct peer_loops *loops = &contestant->peer->loops;
	struct crew *crew = crew_new(mix->threads, contestant->peer, contestant->map,
				     mix->tested ? loops->tested : loops->mix, &shift);

	/* Each thread begins elsewhere in the ring, and every run too. */
	for (unsigned i = 0; i < mix->threads; i++)
		crew->tasks[i].shift.ring_start = (uint32_t)draw_below(crew->tasks[i].shift.seed, ZIPF_RING) & ~63u;
	if (!crew_run(crew, seconds))
		return false;
	*mops = crew_rate(crew) / 1e6;
	crew_free(crew);
	/* What is left to be freed would be freed while the next one runs. */
	if (contestant->peer->settle)
		contestant->peer->settle(contestant->map);
	return true;
}
