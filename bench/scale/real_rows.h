/*
 * real_rows: what nbmap-scale-real measured, read back.
 */
#ifndef SCALE_REAL_ROWS_H
#define SCALE_REAL_ROWS_H

#include <stdbool.h>

struct real_rows;

/* NULL, and a message, if there are none. */
struct real_rows *real_rows_read(const char *path);
void real_rows_free(struct real_rows *rows);

/* The median of a cell's rounds, in Mops; 0: there is none. */
double real_rows_median(const struct real_rows *rows, const char *cell, unsigned threads, const char *subject);

#endif
