/*
 * interpose: what the core and its reclamation ask of the system, answered by the
 * simulated machine.  Included before everything else (-include) in the simulation's
 * build of src/ and reclaim/.
 *
 * The headers come first, so that the names are free to be given another meaning.
 */
#ifndef SCALE_INTERPOSE_H
#define SCALE_INTERPOSE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* as those files that need it would */
#endif
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "system.h"

#define pthread_create system_thread_create
#define pthread_join system_thread_join
#define pthread_setname_np(thread, name) 0
#define pthread_mutex_init system_mutex_init
#define pthread_mutex_destroy system_mutex_destroy
#define pthread_mutex_lock system_mutex_lock
#define pthread_mutex_unlock system_mutex_unlock
#define pthread_cond_init system_cond_init
#define pthread_cond_destroy system_cond_destroy
#define pthread_cond_wait system_cond_wait
#define pthread_cond_timedwait system_cond_timedwait
#define pthread_cond_broadcast system_cond_broadcast
#define pthread_key_create system_key_create
#define pthread_key_delete system_key_delete
#define pthread_setspecific system_setspecific
#define sem_init system_sem_init
#define sem_destroy system_sem_destroy
#define sem_post system_sem_post
#define sem_wait system_sem_wait
#define sem_clockwait system_sem_timedwait
#define nanosleep system_nanosleep
#define clock_gettime system_clock_gettime
#define sysconf system_sysconf
#define memset system_memset
#define memcpy system_memcpy
#define __builtin_prefetch(address) system_prefetch(address)

#endif
