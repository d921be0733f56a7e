/*
 * crew: several threads at once, another thread for a moment, and an assertion
 * for any of them.
 */
#ifndef TEST_CREW_H
#define TEST_CREW_H

#include <stdint.h>

#include "nbmap.h"

/* One of the threads of a crew. */
struct crew_member {
	enum nbmap_flavor flavor;
	unsigned index;
	uint64_t random; /* a stream of its own: for test_random() */
	void *arg;
};

/*
 * Run `work` in `threads` threads, all registered with the flavour, and wait
 * for them; they begin together.  The calling thread goes offline while it
 * waits, if it was online.
 */
void crew_run(enum nbmap_flavor flavor, unsigned threads, void (*work)(struct crew_member *member), void *arg);

/*
 * Run `work` in a thread of its own and wait for it: in the midst of a callback,
 * say, which must not do itself what another thread may.  The thread is
 * registered with no flavour, and the caller stays in its section, online: what
 * is done elsewhere must not wait for a grace period.
 */
void elsewhere(void (*work)(void *arg), void *arg);

/* An assertion for any thread: says where, and with which seed, and aborts. */
#define crew_check(condition) ((condition) ? (void)0 : crew_fail(__FILE__, __LINE__, #condition))
_Noreturn void crew_fail(const char *file, int line, const char *condition);

#endif
