/*
 * recorder: makes every access of the code that is simulated one of the machine's.
 *
 * gcc and clang turn each load and store, and each atomic, of a file compiled with
 * -fsanitize=thread into a call.  Those calls are ThreadSanitizer's, whose library would
 * answer them; here they are answered by the machine, and that library is not linked.  So
 * src/ and reclaim/ are recorded whole, plain accesses and atomic ones, without a line of
 * theirs being changed.
 *
 * By -fsanitize-coverage=trace-pc it is told of each block of code too, so that it can
 * guess which comes next, as a processor does.
 *
 * The machine returns when it is the thread's turn; the access that follows is then
 * alone, and need not be atomic.  Its order is not looked at: seq_cst is what the machine
 * gives, and what an order costs is the machine's to say.  A seq_cst store is an exchange,
 * as compilers make it for x86.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "machine.h"

#define FROM __builtin_return_address(0)

/* The compiler knows these by their names alone. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

void __tsan_init(void)
{
}

void __tsan_func_entry(void *from)
{
	(void)from;
}

void __tsan_func_exit(void)
{
}

/* ---- Plain accesses ----------------------------------------------------- */

#define PLAIN(size)                                                                                                    \
	void __tsan_read##size(void *address)                                                                          \
	{                                                                                                              \
		machine_access(address, size, MACHINE_LOAD, FROM);                                                     \
	}                                                                                                              \
	void __tsan_write##size(void *address)                                                                         \
	{                                                                                                              \
		machine_access(address, size, MACHINE_STORE, FROM);                                                    \
	}                                                                                                              \
	void __tsan_unaligned_read##size(void *address)                                                                \
	{                                                                                                              \
		machine_access(address, size, MACHINE_LOAD, FROM);                                                     \
	}                                                                                                              \
	void __tsan_unaligned_write##size(void *address)                                                               \
	{                                                                                                              \
		machine_access(address, size, MACHINE_STORE, FROM);                                                    \
	}                                                                                                              \
	void __tsan_read_write##size(void *address)                                                                    \
	{                                                                                                              \
		machine_access(address, size, MACHINE_STORE, FROM);                                                    \
	}                                                                                                              \
	void __tsan_unaligned_read_write##size(void *address)                                                          \
	{                                                                                                              \
		machine_access(address, size, MACHINE_STORE, FROM);                                                    \
	}                                                                                                              \
	void __tsan_volatile_read##size(void *address)                                                                 \
	{                                                                                                              \
		machine_access(address, size, MACHINE_LOAD, FROM);                                                     \
	}                                                                                                              \
	void __tsan_volatile_write##size(void *address)                                                                \
	{                                                                                                              \
		machine_access(address, size, MACHINE_STORE, FROM);                                                    \
	}

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void *address, size_t size)
{
	machine_access(address, size ? size : 1, MACHINE_LOAD, FROM);
}

void __tsan_write_range(void *address, size_t size)
{
	machine_access(address, size ? size : 1, MACHINE_STORE, FROM);
}

void __tsan_vptr_update(void *address, void *value)
{
	(void)value;
	machine_access(address, sizeof(void *), MACHINE_STORE, FROM);
}

/* clang's names for what it makes of assignments of structures. */
void *__tsan_memset(void *block, int byte, size_t size)
{
	__tsan_write_range(block, size);
	return memset(block, byte, size);
}

void *__tsan_memcpy(void *to, const void *from, size_t size)
{
	__tsan_read_range((void *)(uintptr_t)from, size);
	__tsan_write_range(to, size);
	return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size)
{
	__tsan_read_range((void *)(uintptr_t)from, size);
	__tsan_write_range(to, size);
	return memmove(to, from, size);
}

/* ---- Atomics ------------------------------------------------------------ */

#define MODIFY(bits, name, result)                                                                                     \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *object, uint##bits##_t operand,           \
						    int order)                                                         \
	{                                                                                                              \
		uint##bits##_t old;                                                                                    \
                                                                                                                       \
		(void)order;                                                                                           \
		machine_access(object, sizeof(*object), MACHINE_RMW, FROM);                                            \
		old = *object;                                                                                         \
		*object = (uint##bits##_t)(result);                                                                    \
		return old;                                                                                            \
	}

#define EXCHANGE(bits, strength)                                                                                       \
	int __tsan_atomic##bits##_compare_exchange_##strength(volatile uint##bits##_t *object,                         \
							      uint##bits##_t *expected, uint##bits##_t value,          \
							      int order, int failed)                                   \
	{                                                                                                              \
		(void)order;                                                                                           \
		(void)failed;                                                                                          \
		machine_access(object, sizeof(*object), MACHINE_RMW, FROM);                                            \
		if (*object != *expected) {                                                                            \
			*expected = *object;                                                                           \
			return 0;                                                                                      \
		}                                                                                                      \
		*object = value;                                                                                       \
		return 1;                                                                                              \
	}

/* clang's: what stood there is the answer. */
#define WITNESS(bits)                                                                                                  \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                                     \
		volatile uint##bits##_t *object, uint##bits##_t expected, uint##bits##_t value, int order, int failed) \
	{                                                                                                              \
		uint##bits##_t seen;                                                                                   \
                                                                                                                       \
		(void)order;                                                                                           \
		(void)failed;                                                                                          \
		machine_access(object, sizeof(*object), MACHINE_RMW, FROM);                                            \
		seen = *object;                                                                                        \
		if (seen == expected)                                                                                  \
			*object = value;                                                                               \
		return seen;                                                                                           \
	}

#define ATOMIC(bits)                                                                                                   \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *object, int order)                    \
	{                                                                                                              \
		(void)order;                                                                                           \
		machine_access(object, sizeof(*object), MACHINE_LOAD, FROM);                                           \
		return *object;                                                                                        \
	}                                                                                                              \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *object, uint##bits##_t value, int order)             \
	{                                                                                                              \
		machine_access(object, sizeof(*object), order == __ATOMIC_SEQ_CST ? MACHINE_RMW : MACHINE_STORE,       \
			       FROM);                                                                                  \
		*object = value;                                                                                       \
	}                                                                                                              \
	MODIFY(bits, exchange, operand)                                                                                \
	MODIFY(bits, fetch_add, old + operand)                                                                         \
	MODIFY(bits, fetch_sub, old - operand)                                                                         \
	MODIFY(bits, fetch_and, (operand)&old)                                                                         \
	MODIFY(bits, fetch_or, old | operand)                                                                          \
	MODIFY(bits, fetch_xor, old ^ operand)                                                                         \
	WITNESS(bits)                                                                                                  \
	EXCHANGE(bits, strong)                                                                                         \
	EXCHANGE(bits, weak)

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

/* ---- Branches ----------------------------------------------------------- */

/* -fsanitize-coverage=trace-pc: at the beginning of each block of code. */
void __sanitizer_cov_trace_pc(void)
{
	machine_block(FROM);
}

/* ---- Fences ------------------------------------------------------------- */

void __tsan_atomic_thread_fence(int order)
{
	if (order == __ATOMIC_SEQ_CST)
		machine_fence();
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}
