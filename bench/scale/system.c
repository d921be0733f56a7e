/* system: see system.h. */
#include "system.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"

#define LINE 64
#define WAITERS 2048

static struct {
	long processors;
	unsigned next_core;
	struct machine_thread *started[8]; /* by the core's own threads' numbers */
	void *(*run[8])(void *);
	void *arg[8];
	unsigned count;
	struct {
		struct machine_thread *thread;
		const void *object;
	} waiter[WAITERS]; /* in the order of coming */
	unsigned waiters;
} s;

void system_begin(long processors, unsigned first_core)
{
	s.processors = processors;
	s.next_core = first_core;
	s.count = 0;
}

/* ---- Waiting ------------------------------------------------------------ */

static void forget(unsigned i)
{
	s.waiters--;
	memmove(&s.waiter[i], &s.waiter[i + 1], (s.waiters - i) * sizeof(s.waiter[0]));
}

/* Until woken, or for `picoseconds` unless they are 0; whether woken. */
static bool wait_for(const void *object, uint64_t picoseconds)
{
	struct machine_thread *self = machine_self();

	s.waiter[s.waiters].thread = self;
	s.waiter[s.waiters++].object = object;
	if (machine_sleep(picoseconds))
		return true;
	for (unsigned i = 0; i < s.waiters; i++) {
		if (s.waiter[i].thread == self && s.waiter[i].object == object) {
			forget(i);
			break;
		}
	}
	return false;
}

/* The first that waits; whether there was one. */
static bool wake_one(const void *object)
{
	for (unsigned i = 0; i < s.waiters; i++) {
		if (s.waiter[i].object == object) {
			struct machine_thread *thread = s.waiter[i].thread;

			forget(i);
			machine_wake(thread);
			return true;
		}
	}
	return false;
}

/* ---- Threads ------------------------------------------------------------ */

static void run_thread(void *arg)
{
	unsigned number = (unsigned)(uintptr_t)arg;

	(void)s.run[number](s.arg[number]);
}

int system_thread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	unsigned number = s.count;

	(void)attr;
	if (number == sizeof(s.started) / sizeof(s.started[0]))
		return EAGAIN;
	s.count++;
	s.run[number] = run;
	s.arg[number] = arg;
	s.started[number] = machine_spawn(s.next_core++, run_thread, (void *)(uintptr_t)number);
	*thread = (pthread_t)number;
	return 0;
}

int system_thread_join(pthread_t thread, void **result)
{
	(void)result;
	machine_join(s.started[(unsigned)thread]);
	return 0;
}

/* ---- Locks -------------------------------------------------------------- */

/* Whether it is held is its first byte. */
static bool *held(pthread_mutex_t *mutex)
{
	return (bool *)(void *)mutex;
}

int system_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
	(void)attr;
	memset(mutex, 0, sizeof(*mutex));
	return 0;
}

int system_mutex_destroy(pthread_mutex_t *mutex)
{
	(void)mutex;
	return 0;
}

int system_mutex_lock(pthread_mutex_t *mutex)
{
	/* Who is woken has been given it. */
	if (*held(mutex))
		(void)wait_for(mutex, 0);
	*held(mutex) = true;
	return 0;
}

int system_mutex_unlock(pthread_mutex_t *mutex)
{
	*held(mutex) = wake_one(mutex);
	return 0;
}

int system_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
	(void)attr;
	memset(cond, 0, sizeof(*cond));
	return 0;
}

int system_cond_destroy(pthread_cond_t *cond)
{
	(void)cond;
	return 0;
}

int system_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	system_mutex_unlock(mutex);
	(void)wait_for(cond, 0);
	return system_mutex_lock(mutex);
}

/* ---- Time --------------------------------------------------------------- */

static uint64_t picoseconds(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000000u + (uint64_t)time->tv_nsec * 1000u;
}

/* From now on; at least one. */
static uint64_t left_until(const struct timespec *end)
{
	uint64_t now = machine_now(), then = picoseconds(end);

	return then > now ? then - now : 1;
}

int system_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *end)
{
	bool woken;

	system_mutex_unlock(mutex);
	woken = wait_for(cond, left_until(end));
	system_mutex_lock(mutex);
	return woken ? 0 : ETIMEDOUT;
}

int system_cond_broadcast(pthread_cond_t *cond)
{
	while (wake_one(cond))
		;
	return 0;
}

int system_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)left;
	(void)machine_sleep(picoseconds(time) + 1);
	return 0;
}

int system_clock_gettime(clockid_t clock, struct timespec *now)
{
	uint64_t time = machine_now();

	(void)clock;
	now->tv_sec = (time_t)(time / 1000000000000u);
	now->tv_nsec = (long)(time / 1000u % 1000000000u);
	return 0;
}

/* ---- Semaphores --------------------------------------------------------- */

/* Its number is its first bytes. */
static unsigned *number_of(sem_t *sem)
{
	return (unsigned *)(void *)sem;
}

int system_sem_init(sem_t *sem, int shared, unsigned value)
{
	(void)shared;
	*number_of(sem) = value;
	return 0;
}

int system_sem_destroy(sem_t *sem)
{
	(void)sem;
	return 0;
}

int system_sem_post(sem_t *sem)
{
	if (!wake_one(sem))
		++*number_of(sem);
	return 0;
}

static int take(sem_t *sem, uint64_t time)
{
	if (*number_of(sem))
		--*number_of(sem);
	else if (!wait_for(sem, time))
		return -1;
	return 0;
}

int system_sem_wait(sem_t *sem)
{
	return take(sem, 0);
}

int system_sem_timedwait(sem_t *sem, clockid_t clock, const struct timespec *end)
{
	(void)clock;
	return take(sem, left_until(end));
}

/* ---- What belongs to a thread ------------------------------------------- */

/* There is one key. */
int system_key_create(pthread_key_t *key, void (*at_exit)(void *))
{
	*key = 0;
	machine_at_exit = at_exit;
	return 0;
}

int system_key_delete(pthread_key_t key)
{
	(void)key;
	return 0;
}

int system_setspecific(pthread_key_t key, const void *value)
{
	(void)key;
	*machine_specific() = (void *)(uintptr_t)value;
	return 0;
}

long system_sysconf(int name)
{
	return name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF ? s.processors : sysconf(name);
}

/* ---- Memory ------------------------------------------------------------- */

static void each_line(const void *block, size_t size, enum machine_access access, const void *code)
{
	for (size_t at = 0; at < size; at += LINE)
		machine_access((const char *)block + at, 1, access, code);
}

void *system_memset(void *block, int byte, size_t size)
{
	each_line(block, size, MACHINE_STORE, __builtin_return_address(0));
	return memset(block, byte, size);
}

void *system_memcpy(void *to, const void *from, size_t size)
{
	each_line(from, size, MACHINE_LOAD, __builtin_return_address(0));
	each_line(to, size, MACHINE_STORE, __builtin_return_address(0));
	return memcpy(to, from, size);
}

void system_prefetch(const volatile void *address)
{
	machine_prefetch(address);
}
