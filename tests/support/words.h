/*
 * words: what a child says on stderr before it ends, and how it ends.
 *
 * For calls that the library must end the process for, naming them.  The child is
 * forked without asking the library, from a process that has no thread but the
 * caller: where it must not wait for a grace period, it need not.
 */
#ifndef TEST_WORDS_H
#define TEST_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Let a child call act(arg), which ends by SIGKILL when that returns: at an exit a
 * leak checker would judge what it inherited.  Returns the signal that ended it;
 * `words` is what it said.
 */
int words_of_child(void (*act)(void *arg), void *arg, char *words, size_t size);

/* Assertions on the two: `act` returns, in silence; or the library aborts, and
 * says "nbmap: `call`: ... `why`". */
void words_assert_none(void (*act)(void *arg), void *arg);
void words_assert_named(void (*act)(void *arg), void *arg, const char *call, const char *why);

/* Whether this library was built to name misuse at all. */
bool words_are_to_be_expected(void);

#endif
