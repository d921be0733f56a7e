/*
 * number: see number.h.
 */
#include "number.h"

#include <pthread.h>

#include "atomic.h"

/* initial-exec: one load, where the general model would call into the loader,
 * which may take a lock and allocate. */
_Thread_local unsigned nb_number_known __attribute__((tls_model("initial-exec")));

static nb_word taken[NB_NUMBERS / 64];
static nb_word end;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static bool at_exit_made;

/* The thread ends.  Should it use a map once more, it takes another number. */
static void give_back(void *known)
{
	unsigned number = (unsigned)((uintptr_t)known - 1);

	nb_number_known = 0;
	/* release: pairs with the acquire in take_from(). */
	nb_fetch_and_release(&taken[number / 64], ~(UINT64_C(1) << (number % 64)));
}

static void make_key(void)
{
	at_exit_made = !pthread_key_create(&at_exit, give_back);
}

void nb_number_begin(void)
{
	pthread_once(&once, make_key);
}

/* A library that is unloaded must not be called when threads end later. */
static __attribute__((destructor)) void delete_key(void)
{
	if (at_exit_made)
		pthread_key_delete(at_exit);
}

/* The lowest number of 64 that is free, or 64. */
static unsigned take_from(nb_word *word)
{
	uint64_t seen = nb_load_relaxed(word); /* a guess, which the CAS checks */

	while (~seen) {
		unsigned bit = 0;

		while (seen >> bit & 1)
			bit++;
		/* acquire: the elements come with what their last owner wrote. */
		if (nb_cas_acq_rel(word, &seen, seen | UINT64_C(1) << bit))
			return bit;
	}
	return 64;
}

unsigned nb_number_take(void)
{
	unsigned number = NB_NUMBERS;

	for (unsigned i = 0; at_exit_made && i < NB_NUMBERS / 64 && number == NB_NUMBERS; i++) {
		unsigned bit = take_from(&taken[i]);

		if (bit < 64)
			number = i * 64 + bit;
	}
	if (number < NB_NUMBERS) {
		uint64_t seen = nb_load_relaxed(&end);

		/* Relaxed: a hint of how many threads there are. */
		while (seen <= number && !nb_cas_relaxed(&end, &seen, number + 1))
			;
		/* Without a place for the destructor's argument the number
		 * stays taken for ever: only that. */
		(void)pthread_setspecific(at_exit, (void *)(uintptr_t)(number + 1));
	}
	nb_number_known = number + 1;
	return number;
}

unsigned nb_number_end(void)
{
	return (unsigned)nb_load_relaxed(&end);
}
