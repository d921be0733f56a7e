/*
 * scheduler: see scheduler.h.
 */
#include "scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "point.h"

#define STACK_SIZE (256 * 1024)
#define STEPS_MAX 2000000 /* an execution longer than this does not end */

/* A choice made at one step. */
struct choice {
	uint8_t chosen;
	uint8_t running; /* who could have gone on, or NOBODY8 */
	uint8_t enabled; /* bit mask */
	uint8_t tried;   /* bit mask, the chosen one included */
	uint32_t interruptions; /* before this choice */
};

#define NOBODY8 UINT8_MAX

enum mode { EXHAUSTIVE, RANDOM, REPLAY };

static struct {
	const struct scheduler_program *program;
	enum mode mode;
	ucontext_t home, context[SCHEDULER_THREADS];
	char *stack[SCHEDULER_THREADS];
	uint32_t running;
	uint8_t enabled;
	unsigned no_switching;
	uint64_t own[SCHEDULER_THREADS]; /* steps of each thread */
	/* the execution, and in EXHAUSTIVE mode its prefix to follow */
	struct choice *path;
	size_t length, prefix;
	/* RANDOM */
	uint64_t random;
	uint64_t priority[SCHEDULER_THREADS], lowest;
	uint64_t change[16];
	unsigned changes;
	/* REPLAY */
	const char *replay;
} s = {.running = SCHEDULER_NOBODY};

void (*scheduler_watch)(const volatile void *object);
void (*scheduler_switched)(uint32_t thread);

static uint64_t next_random(void)
{
	s.random ^= s.random << 13;
	s.random ^= s.random >> 7;
	s.random ^= s.random << 17;
	return s.random;
}

uint64_t scheduler_clock(void)
{
	return s.length;
}

uint64_t scheduler_own_steps(void)
{
	return s.running == SCHEDULER_NOBODY ? 0 : s.own[s.running];
}

uint32_t scheduler_running(void)
{
	return s.running;
}

void scheduler_switching(bool on)
{
	s.no_switching += on ? -1u : 1u;
}

const char *scheduler_text(void)
{
	static char text[16384];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s.length && at + 32 < sizeof(text); i++)
		if (s.path[i].chosen != s.path[i].running)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%zu>%u", at ? "," : "", i,
					       s.path[i].chosen);
	return text;
}

/* ---- Choosing ----------------------------------------------------------- */

static uint8_t lowest_bit(uint8_t mask)
{
	uint8_t bit = 0;

	while (!(mask >> bit & 1))
		bit++;
	return bit;
}

/* Go on with who runs; else with the first that can. */
static uint8_t choose_default(uint8_t running)
{
	return running != NOBODY8 ? running : lowest_bit(s.enabled);
}

static uint8_t choose_random(uint8_t running)
{
	uint8_t best = NOBODY8;

	for (unsigned i = 0; i < s.changes; i++)
		if (s.change[i] == s.length && running != NOBODY8)
			s.priority[running] = --s.lowest;
	for (uint8_t i = 0; i < SCHEDULER_THREADS; i++)
		if ((s.enabled >> i & 1) && (best == NOBODY8 || s.priority[i] > s.priority[best]))
			best = i;
	return best;
}

static uint8_t choose_replay(uint8_t running)
{
	char *end;
	unsigned long step, thread;

	if (!*s.replay)
		return choose_default(running);
	step = strtoul(s.replay, &end, 10);
	if (*end != '>' || step != s.length)
		return choose_default(running);
	thread = strtoul(end + 1, &end, 10);
	s.replay = *end == ',' ? end + 1 : end;
	if (thread >= SCHEDULER_THREADS || !(s.enabled >> thread & 1)) {
		fprintf(stderr, "replay: thread %lu cannot run at step %lu\n", thread, step);
		exit(2);
	}
	return (uint8_t)thread;
}

/* Record who goes on from here. */
static uint8_t choose(uint8_t running)
{
	struct choice *choice = &s.path[s.length];
	uint8_t chosen;

	if (s.length >= STEPS_MAX) {
		fprintf(stderr, "an execution of %d steps does not end; schedule: %s\n", STEPS_MAX, scheduler_text());
		abort();
	}
	if (s.length < s.prefix) {
		chosen = choice->chosen;
	} else {
		chosen = s.mode == RANDOM ? choose_random(running) :
			 s.mode == REPLAY ? choose_replay(running) :
					    choose_default(running);
		*choice = (struct choice){
			.chosen = chosen,
			.running = running,
			.enabled = s.enabled,
			.tried = (uint8_t)(1u << chosen),
			.interruptions = s.length ? choice[-1].interruptions +
							    (choice[-1].running != NOBODY8 &&
							     choice[-1].chosen != choice[-1].running) :
						    0,
		};
	}
	s.length++;
	return chosen;
}

/* ---- Running ------------------------------------------------------------ */

static void set_running(uint32_t thread)
{
	s.running = thread;
	if (scheduler_switched)
		scheduler_switched(thread);
}

static void switch_to(ucontext_t *from, uint32_t thread)
{
	set_running(thread);
	swapcontext(from, thread == SCHEDULER_NOBODY ? &s.home : &s.context[thread]);
}

/* The running thread cannot go on: let others, or end the execution. */
static void give_up(ucontext_t *from)
{
	switch_to(from, s.enabled ? choose(NOBODY8) : SCHEDULER_NOBODY);
}

void model_point(const volatile void *object)
{
	uint32_t self = s.running;
	uint8_t next;

	if (self == SCHEDULER_NOBODY || s.no_switching) {
		if (scheduler_watch)
			scheduler_watch(object);
		return;
	}
	if (self == s.program->stopped_thread && s.own[self] == s.program->stopped_step) {
		s.enabled &= (uint8_t)~(1u << self);
		give_up(&s.context[self]);
	}
	s.own[self]++;
	next = choose((uint8_t)self);
	if (next != self)
		switch_to(&s.context[self], next);
	/* Looked at when the access is due, not when it was announced. */
	if (scheduler_watch)
		scheduler_watch(object);
}

static void trampoline(unsigned number)
{
	s.program->thread(number, s.program->arg);
	s.enabled &= (uint8_t)~(1u << number);
	give_up(&s.context[number]);
}

static void run_once(const struct scheduler_program *program, struct scheduler_result *result)
{
	s.program = program;
	s.length = 0;
	s.enabled = 0;
	s.no_switching = 0;
	memset(s.own, 0, sizeof(s.own));
	program->before(program->arg);
	for (unsigned i = 0; i < program->threads; i++) {
		if (!s.stack[i])
			s.stack[i] = malloc(STACK_SIZE);
		getcontext(&s.context[i]);
		s.context[i].uc_stack.ss_sp = s.stack[i];
		s.context[i].uc_stack.ss_size = STACK_SIZE;
		s.context[i].uc_link = &s.home;
		makecontext(&s.context[i], (void (*)(void))trampoline, 1, i);
		s.enabled |= (uint8_t)(1u << i);
	}
	give_up(&s.home);
	set_running(SCHEDULER_NOBODY);
	program->after(program->arg);
	result->schedules++;
	if (s.length > result->steps)
		result->steps = s.length;
	for (unsigned i = 0; i < SCHEDULER_THREADS; i++)
		if (s.own[i] > result->own_steps[i])
			result->own_steps[i] = s.own[i];
}

static void begin(enum mode mode)
{
	s.mode = mode;
	s.prefix = 0;
	if (!s.path)
		s.path = calloc(STEPS_MAX + 1, sizeof(*s.path));
	if (!s.path)
		abort();
}

static void end(void)
{
	free(s.path);
	s.path = NULL;
	for (unsigned i = 0; i < SCHEDULER_THREADS; i++) {
		free(s.stack[i]);
		s.stack[i] = NULL;
	}
}

/* ---- Exploring ---------------------------------------------------------- */

/* The next schedule in depth-first order; false if there is none. */
static bool advance(unsigned bound)
{
	while (s.length) {
		struct choice *choice = &s.path[--s.length];
		uint8_t left = choice->enabled & (uint8_t)~choice->tried;
		/* Leaving a thread that could go on is an interruption;
		 * choosing among others when it cannot is free. */
		bool free_choice = choice->running == NOBODY8;

		if (!left || (!free_choice && choice->interruptions >= bound))
			continue;
		choice->chosen = lowest_bit(left);
		choice->tried |= (uint8_t)(1u << choice->chosen);
		s.prefix = s.length + 1;
		return true;
	}
	return false;
}

struct scheduler_result scheduler_exhaustive(const struct scheduler_program *program, unsigned bound, uint64_t most)
{
	struct scheduler_result result = {0};

	begin(EXHAUSTIVE);
	do {
		run_once(program, &result);
		result.complete = !advance(bound);
	} while (!result.complete && (!most || result.schedules < most));
	end();
	return result;
}

struct scheduler_result scheduler_random(const struct scheduler_program *program, uint64_t seed, unsigned depth,
					 uint64_t schedules)
{
	struct scheduler_result result = {0};
	uint64_t steps = 64;

	begin(RANDOM);
	for (uint64_t n = 0; n < schedules; n++) {
		/* Each schedule can be had again from its own seed. */
		s.random = (seed + n) * UINT64_C(0x9e3779b97f4a7c15) | 1;
		s.lowest = 1000;
		for (unsigned i = 0; i < SCHEDULER_THREADS; i++)
			s.priority[i] = 1000 + next_random() % 1000000;
		s.changes = depth - 1 < 16 ? depth - 1 : 16;
		for (unsigned i = 0; i < s.changes; i++)
			s.change[i] = next_random() % steps;
		run_once(program, &result);
		if (result.steps > steps)
			steps = result.steps;
	}
	end();
	return result;
}

struct scheduler_result scheduler_replay(const struct scheduler_program *program, const char *schedule)
{
	struct scheduler_result result = {0};

	begin(REPLAY);
	s.replay = schedule;
	run_once(program, &result);
	end();
	return result;
}
