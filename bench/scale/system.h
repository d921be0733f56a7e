/*
 * system: threads, locks, sleep and the clock, in the machine's time.
 *
 * Objects of the C library keep their types; what is kept in them is ours: a mutex is
 * held or free, a semaphore is a number, and who waits stands in a list here.  A lock that
 * is held is waited for in the order of coming.  None of it is an access: what these
 * calls cost in a real system is system time, which the model leaves out but for what
 * waking somebody takes (machine_costs.system).
 */
#ifndef SCALE_SYSTEM_H
#define SCALE_SYSTEM_H

#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <time.h>

/* What the machine is said to have, and the core for the first thread of the core's own. */
void system_begin(long processors, unsigned first_core);

int system_thread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
int system_thread_join(pthread_t thread, void **result);
int system_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr);
int system_mutex_destroy(pthread_mutex_t *mutex);
int system_mutex_lock(pthread_mutex_t *mutex);
int system_mutex_unlock(pthread_mutex_t *mutex);
int system_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr);
int system_cond_destroy(pthread_cond_t *cond);
int system_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int system_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *end);
int system_cond_broadcast(pthread_cond_t *cond);
int system_key_create(pthread_key_t *key, void (*at_exit)(void *));
int system_key_delete(pthread_key_t key);
int system_setspecific(pthread_key_t key, const void *value);
int system_sem_init(sem_t *sem, int shared, unsigned value);
int system_sem_destroy(sem_t *sem);
int system_sem_post(sem_t *sem);
int system_sem_wait(sem_t *sem);
int system_sem_timedwait(sem_t *sem, clockid_t clock, const struct timespec *end);
int system_nanosleep(const struct timespec *time, struct timespec *left);
int system_clock_gettime(clockid_t clock, struct timespec *now);
long system_sysconf(int name);
void *system_memset(void *block, int byte, size_t size);
void *system_memcpy(void *to, const void *from, size_t size);
void system_prefetch(const volatile void *address);

#endif
