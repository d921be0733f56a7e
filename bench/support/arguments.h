/*
 * arguments: what options take.  getopt_long() finds the options; this reads the text
 * behind one.  libc reads it less strictly: strtoull() takes signs and blanks, and
 * getsubopt() writes into the text and takes "name=value".  argp is glibc's alone.
 *
 * All return false for a text that is not wholly as asked for.
 */
#ifndef SUPPORT_ARGUMENTS_H
#define SUPPORT_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* The i-th name that an option takes; NULL after the last. */
typedef const char *argument_name(unsigned i);

#define ARGUMENT_LIST 24

struct argument_list {
	unsigned count;
	uint64_t at[ARGUMENT_LIST];
};

/* Decimal, from `least` to `most`. */
bool argument_number(const char *text, uint64_t least, uint64_t most, uint64_t *number);
bool argument_unsigned(const char *text, unsigned least, unsigned most, unsigned *number);

/* Such numbers, at least one, joined by commas. */
bool argument_list(const char *text, uint64_t least, uint64_t most, struct argument_list *list);

/* One name: *which is its number. */
bool argument_choice(const char *text, argument_name *names, unsigned *which);

/* Names joined by commas, at least one: *bits has bit i for names(i). */
bool argument_names(const char *text, argument_name *names, unsigned *bits);

/* The same for distributions of keys: "uniform", "zipf". */
bool argument_dists(const char *text, bool *uniform, bool *zipf);

#endif
