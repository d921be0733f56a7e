/* boxes: see boxes.h. */
#include "boxes.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "subject.h"

#define RUN 256 /* boxes that a thread takes from the system at once */

struct run {
	struct run *next;
	_Alignas(64) struct box box[RUN];
};

static _Atomic(struct run *) runs;
static _Thread_local struct box *spare;
static _Thread_local struct run *run;
static _Thread_local unsigned left;
static _Thread_local unsigned long era;
static _Atomic unsigned long eras;

static void take_run(void)
{
	run = aligned_alloc(64, sizeof(*run));
	if (!run)
		subject_fail("no memory for values");
	left = RUN;
	/* Relaxed: read when no other thread is left. */
	run->next = atomic_load_explicit(&runs, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&runs, &run->next, run, memory_order_relaxed,
						      memory_order_relaxed))
		;
}

/* What the thread has of an earlier time is gone. */
static void enter_era(void)
{
	/* Relaxed: it changes while there is one thread. */
	unsigned long now = atomic_load_explicit(&eras, memory_order_relaxed);

	if (era == now)
		return;
	era = now;
	spare = NULL;
	left = 0;
}

struct box *box_make(uint64_t value)
{
	struct box *box;

	enter_era();
	box = spare;
	if (box) {
		spare = box->next;
	} else {
		if (!left)
			take_run();
		box = &run->box[--left];
	}
	box->value = value;
	return box;
}

void box_free(struct box *box)
{
	enter_era();
	box->next = spare;
	spare = box;
}

void boxes_end(void)
{
	struct run *next, *one = atomic_load_explicit(&runs, memory_order_relaxed); /* alone */

	for (; one; one = next) {
		next = one->next;
		free(one);
	}
	atomic_store_explicit(&runs, NULL, memory_order_relaxed);  /* alone */
	atomic_fetch_add_explicit(&eras, 1, memory_order_relaxed); /* alone */
}
