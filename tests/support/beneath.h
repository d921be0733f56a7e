/*
 * beneath: whether the program runs under valgrind; RUNNING_ON_VALGRIND is 0 where its
 * headers are not there.
 */
#ifndef TEST_BENEATH_H
#define TEST_BENEATH_H

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

#endif
