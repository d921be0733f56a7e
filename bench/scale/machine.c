/* machine: see machine.h. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fiber.h"

#define LINE 64
#define GUESSES 2048 /* a power of two, in sets of WAYS */
#define WAYS 4
#define PATH 16

/* What is under way. */
struct load {
	uint64_t issued, arrives;
	uint64_t line;
	bool modified; /* an rmw waits for it */
};

/* What came next. */
struct guess {
	uint32_t context, next;
	uint32_t sure; /* 0 to 3 */
};

struct machine_thread {
	struct fiber fiber;
	struct machine_thread *next; /* of those that wait for a line, or are free */
	struct machine_thread *joiner;
	uint64_t clock, drained; /* when the last store has arrived */
	struct load load[MACHINE_LOADS];
	unsigned first, loads;
	unsigned core;
	uint64_t turn;	  /* the place in the queue that counts; others are out of date */
	uint64_t awaited; /* a line */
	bool queued, recorded, ended, woken;
	uint32_t path[PATH]; /* the last blocks, as hashes of their addresses */
	struct guess guess[GUESSES];
	void *specific;
	void (*run)(void *arg);
	void *arg;
};

/* A place in the queue of those that can go on. */
struct wait {
	uint64_t time, turn;
	struct machine_thread *thread;
};

static struct {
	struct machine_costs costs;
	struct directory *directory;
	struct machine_thread *threads, *free, *running;
	unsigned count;
	struct wait *queue; /* a heap */
	size_t queued, room;
	uint64_t turn;
	struct machine_thread *waiting; /* for a line to change */
	struct machine_totals totals;
} m;

void (*machine_at_exit)(void *specific);

/* ---- The queue ---------------------------------------------------------- */

static bool before(const struct wait *a, const struct wait *b)
{
	return a->time < b->time || (a->time == b->time && a->turn < b->turn);
}

static void enqueue(struct machine_thread *thread, uint64_t time)
{
	size_t at = m.queued++;
	struct wait wait = {time, ++m.turn, thread};

	if (m.queued > m.room) {
		m.room = 2 * m.queued;
		m.queue = realloc(m.queue, m.room * sizeof(*m.queue));
		if (!m.queue)
			abort();
	}
	thread->turn = wait.turn;
	thread->queued = true;
	for (; at && before(&wait, &m.queue[(at - 1) / 2]); at = (at - 1) / 2)
		m.queue[at] = m.queue[(at - 1) / 2];
	m.queue[at] = wait;
}

static void drop_first(void)
{
	struct wait last = m.queue[--m.queued];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < m.queued) {
		if (child + 1 < m.queued && before(&m.queue[child + 1], &m.queue[child]))
			child++;
		if (!before(&m.queue[child], &last))
			break;
		m.queue[at] = m.queue[child];
		at = child;
	}
	m.queue[at] = last;
}

static bool out_of_date(const struct wait *wait)
{
	return !wait->thread->queued || wait->thread->turn != wait->turn;
}

/* The first, or NULL if there is none. */
static const struct wait *front(void)
{
	while (m.queued && out_of_date(&m.queue[0]))
		drop_first();
	return m.queued ? &m.queue[0] : NULL;
}

/* Let the first go on. */
static void yield(void)
{
	struct machine_thread *self = m.running;
	const struct wait *first = front();

	if (!first) {
		fputs("simulated threads all wait for each other\n", stderr);
		abort();
	}
	m.running = first->thread;
	m.running->queued = false;
	if (m.running->clock < first->time)
		m.running->clock = first->time;
	drop_first();
	if (m.running != self)
		fiber_switch(&self->fiber, &m.running->fiber);
}

/* Until no other is behind. */
static void take_turn(struct machine_thread *self)
{
	const struct wait *first = front();

	if (!first || first->time >= self->clock)
		return;
	enqueue(self, self->clock);
	yield();
}

/* ---- Life --------------------------------------------------------------- */

bool machine_begin(unsigned threads, const struct machine_costs *costs, struct directory *directory)
{
	m.costs = *costs;
	m.directory = directory;
	m.count = threads + 1;
	m.threads = calloc(m.count, sizeof(*m.threads));
	if (!m.threads || !fiber_adopt(&m.threads[0].fiber))
		return false;
	for (unsigned i = m.count - 1; i > 0; i--) {
		m.threads[i].next = m.free;
		m.free = &m.threads[i];
	}
	m.running = &m.threads[0];
	return true;
}

void machine_end(void)
{
	for (unsigned i = 0; i < m.count; i++)
		fiber_free(&m.threads[i].fiber);
	free(m.threads);
	free(m.queue);
	memset(&m, 0, sizeof(m));
}

static void live(void *arg)
{
	struct machine_thread *self = arg;

	self->run(self->arg);
	if (machine_at_exit && self->specific)
		machine_at_exit(self->specific);
	self->ended = true;
	if (self->joiner)
		enqueue(self->joiner, self->clock);
	yield();
}

struct machine_thread *machine_spawn(unsigned core, void (*run)(void *arg), void *arg)
{
	struct machine_thread *thread = m.free;

	if (!thread)
		abort();
	m.free = thread->next;
	fiber_free(&thread->fiber);
	*thread = (struct machine_thread){.core = core, .recorded = true, .run = run, .arg = arg};
	if (!fiber_make(&thread->fiber, live, thread))
		abort();
	enqueue(thread, m.running->clock);
	return thread;
}

void machine_join(struct machine_thread *thread)
{
	if (!thread->ended) {
		thread->joiner = m.running;
		yield();
	}
	thread->next = m.free;
	m.free = thread;
}

struct machine_thread *machine_self(void)
{
	return m.running;
}

uint64_t machine_now(void)
{
	return m.running->clock;
}

unsigned machine_number(void)
{
	return (unsigned)(m.running - m.threads);
}

unsigned machine_numbers(void)
{
	return m.count;
}

void machine_spend(uint64_t picoseconds)
{
	if (m.running && m.running->recorded)
		m.running->clock += picoseconds;
}

bool machine_sleep(uint64_t picoseconds)
{
	struct machine_thread *self = m.running;

	self->woken = false;
	if (picoseconds)
		enqueue(self, self->clock + picoseconds);
	yield();
	return self->woken;
}

void machine_wake(struct machine_thread *thread)
{
	machine_spend(m.costs.system);
	thread->woken = true;
	enqueue(thread, m.running->clock > thread->clock ? m.running->clock : thread->clock);
}

void machine_arrive(unsigned *arrived, unsigned expected)
{
	struct machine_thread *self = m.running;

	if (++*arrived < expected) {
		self->awaited = (uint64_t)(uintptr_t)arrived;
		self->next = m.waiting;
		m.waiting = self;
		yield();
		return;
	}
	for (struct machine_thread **at = &m.waiting; *at;) {
		struct machine_thread *thread = *at;

		if (thread->awaited != (uint64_t)(uintptr_t)arrived) {
			at = &thread->next;
			continue;
		}
		*at = thread->next;
		enqueue(thread, self->clock > thread->clock ? self->clock : thread->clock);
	}
}

void **machine_specific(void)
{
	return &m.running->specific;
}

void machine_settle(void)
{
	m.totals = (struct machine_totals){0};
	directory_settle(m.directory);
}

struct machine_totals machine_totals(void)
{
	return m.totals;
}

/* ---- A core ------------------------------------------------------------- */

static void wait_until(struct machine_thread *self, uint64_t time)
{
	if (self->clock < time)
		self->clock = time;
}

static void drop_load(struct machine_thread *self)
{
	self->first = (self->first + 1) % MACHINE_LOADS;
	self->loads--;
}

/* What has arrived is done with; what was issued a window ago is waited for. */
static void retire_loads(struct machine_thread *self)
{
	while (self->loads) {
		struct load *oldest = &self->load[self->first];

		if (oldest->arrives > self->clock) {
			if (self->clock - oldest->issued < m.costs.window)
				return;
			self->clock = oldest->arrives;
		}
		drop_load(self);
	}
}

static void wait_for_loads(struct machine_thread *self)
{
	for (; self->loads; drop_load(self))
		wait_until(self, self->load[self->first].arrives);
}

/* What an rmw has asked for is not what a branch depends on: that it succeeds is guessed. */
static void wait_for_answers(struct machine_thread *self)
{
	for (unsigned i = 0; i < self->loads; i++) {
		const struct load *load = &self->load[(self->first + i) % MACHINE_LOADS];

		if (!load->modified)
			wait_until(self, load->arrives);
	}
}

static void issue_load(struct machine_thread *self, uint64_t line, uint64_t latency, bool modified)
{
	if (self->loads == MACHINE_LOADS) {
		wait_until(self, self->load[self->first].arrives);
		drop_load(self);
	}
	self->load[(self->first + self->loads++) % MACHINE_LOADS] =
		(struct load){self->clock, self->clock + latency, line, modified};
}

/* An rmw of a line that the core has, or will have: one at a time. */
static void modify(struct machine_thread *self, uint64_t line)
{
	for (unsigned i = 0; i < self->loads; i++) {
		struct load *load = &self->load[(self->first + i) % MACHINE_LOADS];

		if (load->line != line)
			continue;
		if (load->modified)
			wait_until(self, load->arrives);
		load->modified = true;
	}
}

static void issue_store(struct machine_thread *self, uint64_t latency)
{
	uint64_t arrives = self->clock + latency;

	if (self->drained < arrives)
		self->drained = arrives;
	if (self->drained > self->clock + m.costs.buffer)
		self->clock = self->drained - m.costs.buffer;
}

static void finish_all(struct machine_thread *self)
{
	wait_for_loads(self);
	wait_until(self, self->drained);
}

/* ---- Accesses ----------------------------------------------------------- */

/* Those who wait for the line have seen it change. */
static void show_change(uint64_t line)
{
	for (struct machine_thread **at = &m.waiting; *at;) {
		struct machine_thread *thread = *at;

		if (thread->awaited != line) {
			at = &thread->next;
			continue;
		}
		*at = thread->next;
		enqueue(thread, m.running->clock > thread->clock ? m.running->clock : thread->clock);
	}
}

static void access_line(struct machine_thread *self, uint64_t line, enum machine_access access, uintptr_t address,
			uintptr_t code)
{
	struct directory_event event = access == MACHINE_LOAD
					       ? directory_load(m.directory, self->core, line, self->clock)
					       : directory_write(m.directory, self->core, line, self->clock);

	m.totals.sources[event.source]++;
	if (event.taken) {
		m.totals.taken++;
		directory_note_taken(m.directory, line, address, code);
	}
	if (access == MACHINE_STORE)
		issue_store(self, event.latency);
	else if (event.source != DIRECTORY_HIT)
		issue_load(self, line, event.latency, access == MACHINE_RMW);
	else if (access == MACHINE_RMW)
		modify(self, line);
	if (access == MACHINE_RMW)
		self->clock += m.costs.rmw;
	if (access != MACHINE_LOAD && m.waiting)
		show_change(line);
}

void machine_access(const volatile void *address, size_t size, enum machine_access access, const void *code)
{
	struct machine_thread *self = m.running;
	uintptr_t at = (uintptr_t)address;

	if (!self || !self->recorded)
		return;
	if (fiber_owns(&self->fiber, (const void *)at))
		return;
	self->clock += m.costs.step;
	m.totals.accesses++;
	retire_loads(self);
	if (access == MACHINE_RMW) {
		wait_until(self, self->drained);
		m.totals.rmws++;
	}
	take_turn(self);
	for (uint64_t line = at / LINE; line <= (at + size - 1) / LINE; line++)
		access_line(self, line, access, at, (uintptr_t)code);
}

void machine_prefetch(const volatile void *address)
{
	struct machine_thread *self = m.running;
	uint64_t line = (uintptr_t)address / LINE;

	if (!self || !self->recorded || !address)
		return;
	take_turn(self);
	m.totals.sources[directory_load(m.directory, self->core, line, self->clock).source]++;
	self->clock += m.costs.prefetch;
}

void machine_fence(void)
{
	struct machine_thread *self = m.running;

	if (!self || !self->recorded)
		return;
	finish_all(self);
	self->clock += m.costs.rmw;
}

static uint32_t hash_of(const void *code)
{
	return (uint32_t)(((uintptr_t)code * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

/* What is known of a context; the oldest of a few gives way to a new one. */
static struct guess *guess_after(struct machine_thread *self, uint32_t context)
{
	struct guess *guess = &self->guess[context / 8 % (GUESSES / WAYS) * WAYS];

	for (unsigned i = 0; i < WAYS; i++)
		if (guess[i].context == context)
			return &guess[i];
	memmove(guess + 1, guess, (WAYS - 1) * sizeof(*guess));
	*guess = (struct guess){.context = context};
	return guess;
}

static void learn(struct guess *guess, uint32_t next)
{
	if (guess->next == next)
		guess->sure += guess->sure < 3;
	else if (guess->sure)
		guess->sure--;
	else
		guess->next = next;
}

/* Whether it was guessed that `next` would come: by the longer context if it is sure. */
static bool guess_right(struct machine_thread *self, uint32_t next)
{
	uint32_t path = 0;
	struct guess *near, *far;
	bool right;

	for (unsigned i = 0; i < PATH; i++)
		path = (path ^ self->path[i]) * 0x9e3779b1u;
	near = guess_after(self, self->path[PATH - 1]);
	far = guess_after(self, path ^ path >> 15);
	right = (far->sure > 1 ? far : near)->next == next;
	learn(near, next);
	learn(far, next);
	memmove(self->path, self->path + 1, (PATH - 1) * sizeof(self->path[0]));
	self->path[PATH - 1] = next;
	return right;
}

void machine_block(const void *code)
{
	struct machine_thread *self = m.running;
	uint32_t next;

	if (!self || !self->recorded)
		return;
	next = hash_of(code);
	m.totals.blocks++;
	self->clock += m.costs.block;
	if (!guess_right(self, next)) {
		m.totals.wrong++;
		wait_for_answers(self);
		self->clock += m.costs.guess;
	}
}

void machine_await(const volatile uint32_t *word, uint32_t seen)
{
	struct machine_thread *self = m.running;

	/* Nobody runs between this look and the yield. */
	if (!self || *word != seen)
		return;
	finish_all(self);
	self->awaited = (uintptr_t)word / LINE;
	self->next = m.waiting;
	m.waiting = self;
	yield();
}
