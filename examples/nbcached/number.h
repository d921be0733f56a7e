/* number: decimal numbers, as the protocol writes them.  Pure. */
#ifndef NBCACHED_NUMBER_H
#define NBCACHED_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Digits of the largest 64-bit number. */
#define NUMBER_DIGITS 20

/* The number that the whole of `text` is; false if it is none, or too large. */
bool number_u64(const char *text, size_t size, uint64_t *n);

/* The same, with a sign allowed. */
bool number_i64(const char *text, size_t size, int64_t *n);

/* The number of a counter: blanks may stand before it, and anything behind a blank
 * after it.  false if it is none, or too large. */
bool number_counter(const char *text, size_t size, uint64_t *n);

/* Writes `n` to `out`, which has room for NUMBER_DIGITS; returns how many. */
size_t number_print(uint64_t n, char *out);

#endif
