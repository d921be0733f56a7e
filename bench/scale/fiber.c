/*
 * fiber: see fiber.h.
 *
 * The program's thread-local variables are one block for each thread, the image of
 * which the loader knows (PT_TLS of the first object that it iterates over).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* dl_iterate_phdr() */
#endif
#include "fiber.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>

#define STACK_SIZE (64 * 1024)

static struct {
	unsigned char *block; /* of the thread that all fibers run in */
	const unsigned char *image;
	size_t size, image_size;
} locals;

static int learn_locals(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type != PT_TLS)
			continue;
		locals.block = info->dlpi_tls_data;
		locals.image = (const unsigned char *)(info->dlpi_addr + header->p_vaddr);
		locals.size = header->p_memsz;
		locals.image_size = header->p_filesz;
	}
	return 1; /* the program itself comes first, and is all that is wanted */
}

static bool take_locals(struct fiber *fiber)
{
	if (!locals.block)
		(void)dl_iterate_phdr(learn_locals, NULL);
	fiber->locals = calloc(1, locals.size + 1);
	if (fiber->locals && locals.size)
		memcpy(fiber->locals, locals.image, locals.image_size);
	return fiber->locals;
}

bool fiber_adopt(struct fiber *fiber)
{
	*fiber = (struct fiber){.begun = true};
	return take_locals(fiber);
}

bool fiber_make(struct fiber *fiber, void (*run)(void *arg), void *arg)
{
	*fiber = (struct fiber){.run = run, .arg = arg};
	fiber->stack = malloc(STACK_SIZE);
	if (!fiber->stack || !take_locals(fiber)) {
		fiber_free(fiber);
		return false;
	}
	return true;
}

void fiber_free(struct fiber *fiber)
{
	free(fiber->stack);
	free(fiber->locals);
	fiber->stack = NULL;
	fiber->locals = NULL;
}

/* makecontext() passes ints. */
static void begin(unsigned high, unsigned low)
{
	struct fiber *fiber = (struct fiber *)(((uintptr_t)high << 32) | low);

	fiber->run(fiber->arg);
	abort();
}

static void go_to(struct fiber *to)
{
	if (to->begun)
		_longjmp(to->resume, 1);
	to->begun = true;
	getcontext(&to->first);
	to->first.uc_stack.ss_sp = to->stack;
	to->first.uc_stack.ss_size = STACK_SIZE;
	to->first.uc_link = NULL;
	makecontext(&to->first, (void (*)(void))begin, 2, (unsigned)((uintptr_t)to >> 32), (unsigned)(uintptr_t)to);
	setcontext(&to->first);
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	if (locals.size) {
		memcpy(from->locals, locals.block, locals.size);
		memcpy(locals.block, to->locals, locals.size);
	}
	if (!_setjmp(from->resume))
		go_to(to);
}

bool fiber_owns(const struct fiber *running, const void *address)
{
	uintptr_t at = (uintptr_t)address, stack = (uintptr_t)running->stack;

	return (running->stack && at - stack < STACK_SIZE) || at - (uintptr_t)locals.block < locals.size;
}
