/* workload: see workload.h. */
#include "workload.h"

#include "draw.h"
#include "keys.h"
#include "zipf.h"

enum { GET, OVERWRITE, INSERT, REMOVE, GROW, BOXED, COUNT, MIX10, MIX50 };

const struct workload workloads[WORKLOADS] = {
	[GET] = {.name = "get", .draws = true},
	[OVERWRITE] = {.name = "overwrite", .draws = true, .updates = 100},
	[INSERT] = {.name = "insert", .updates = 100},
	[REMOVE] = {.name = "remove", .draws = true, .updates = 100},
	[GROW] = {.name = "grow", .grows = true, .updates = 100},
	[BOXED] = {.name = "boxed", .draws = true, .boxes = true, .updates = 100},
	[COUNT] = {.name = "count", .draws = true, .updates = 100},
	[MIX10] = {.name = "mix10", .draws = true, .updates = 10},
	[MIX50] = {.name = "mix50", .draws = true, .updates = 50},
};

/* Keys that no other thread inserts. */
static uint64_t own_key(const struct work *work, uint64_t i)
{
	return key_u64((uint64_t)(work->thread + 1) << 40 | i);
}

static uint64_t range_of(const struct work *work)
{
	long which = work->workload - workloads;

	return which == MIX10 || which == MIX50 ? 2 * work->n : work->n;
}

static uint64_t room_for(const struct workload *workload, uint64_t n, uint64_t total)
{
	switch (workload - workloads) {
	case GROW:
		return 0;
	case INSERT:
		return n + total;
	case MIX10:
	case MIX50:
		return 2 * n;
	default:
		return n;
	}
}

void *workload_prepare(const struct workload *workload, const struct subject *subject, uint64_t n, uint64_t total)
{
	long which = workload - workloads;
	void *map = subject->create(room_for(workload, n, total), workload->boxes);

	subject->begin(map, 0);
	for (uint64_t i = 0; i < n && which != GROW; i++) {
		/* Of 2n keys each other one is there. */
		uint64_t index = which == MIX10 || which == MIX50 ? 2 * i : i;

		subject->put(map, key_u64(index), 1 + i);
		if (i % QUIESCENT_EVERY == 0)
			subject->quiescent(map);
	}
	subject->end(map);
	return map;
}

void work_begin(struct work *work, uint64_t seed)
{
	work->start = work->random = draw_seed(seed, work->thread);
	work->done = 0;
	work->sum = 0;
}

/* The i-th that the thread draws. */
static uint64_t draw_key(const struct work *work, uint64_t i)
{
	uint64_t index = work->ring
				 ? work->ring[(work->start + i) % ZIPF_RING]
				 : draw_below(draw_mix(work->start + i * UINT64_C(0x9e3779b97f4a7c15)), range_of(work));

	return key_u64(index);
}

/* Two operations. */
static void remove_and_put(struct work *work)
{
	uint64_t key = draw_key(work, work->done);

	work->sum += work->subject->remove(work->map, key);
	work->done++;
	work_between();
	work->subject->put(work->map, key, work->done + 2);
}

static void mix(struct work *work, unsigned percent)
{
	uint32_t decision = draw_decision(work->random);
	uint64_t key = draw_key(work, work->done);

	if (decision >= 65536u * percent / 100)
		work->sum += work->subject->get(work->map, key);
	else if (decision % 2)
		work->subject->put(work->map, key, work->done + 2);
	else
		work->sum += work->subject->remove(work->map, key);
}

static void operate(struct work *work)
{
	switch (work->workload - workloads) {
	case GET:
		work->sum += work->subject->get(work->map, draw_key(work, work->done));
		break;
	case OVERWRITE:
	case BOXED:
		work->subject->put(work->map, draw_key(work, work->done),
				   work->done + 2 + ((uint64_t)work->thread << 32));
		break;
	case INSERT:
	case GROW:
		work->subject->put(work->map, own_key(work, work->done), work->done + 2);
		break;
	case COUNT:
		if (work->done % COUNT_EVERY < 2) {
			work->sum += work->subject->count(work->map);
			break;
		}
		remove_and_put(work);
		break;
	case REMOVE:
		remove_and_put(work);
		break;
	case MIX10:
		mix(work, 10);
		break;
	case MIX50:
		mix(work, 50);
		break;
	}
}

void work_run(struct work *work)
{
	uint64_t end = work->done + work->ops, announced = work->done;

	while (work->done < end) {
		work->random = draw_next(work->random);
		operate(work);
		work->done++;
		if (work->done - announced >= QUIESCENT_EVERY) {
			work->subject->quiescent(work->map);
			announced = work->done;
		}
		work_between();
	}
}
