/*
 * fiber: threads of control that one thread of the system takes turns in.
 *
 * A fiber has a stack of its own, and its own copy of the program's thread-local
 * variables: a switch stores those of who goes and brings those of who comes, so that
 * code which numbers threads, or keeps a debt in each, sees as many threads as there are
 * fibers.  Variables of the C library are not among them (errno is everybody's).
 *
 * A fiber's first steps are makecontext()'s; later switches are by setjmp() and
 * longjmp(), which, unlike swapcontext(), make no system call.
 */
#ifndef SCALE_FIBER_H
#define SCALE_FIBER_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

struct fiber {
	jmp_buf resume;
	ucontext_t first;
	bool begun;
	unsigned char *stack; /* NULL: the system's, of who made all others */
	unsigned char *locals;
	void (*run)(void *arg);
	void *arg;
};

/* The caller becomes a fiber.  False if memory is short. */
bool fiber_adopt(struct fiber *fiber);

/* One that will run `run`, which must not return: it switches away for the last time.
 * Its thread-local variables are as those of a new thread. */
bool fiber_make(struct fiber *fiber, void (*run)(void *arg), void *arg);

/* Not the running one. */
void fiber_free(struct fiber *fiber);

/* From the running fiber to another; returns when somebody switches back. */
void fiber_switch(struct fiber *from, struct fiber *to);

/* Whether no other fiber has `address`: the stack or a thread-local variable of this one. */
bool fiber_owns(const struct fiber *running, const void *address);

#endif
