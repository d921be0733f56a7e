/*
 * child: each run, or group of runs on the same maps, is a process of its own:
 * it starts with clean memory, and one that hangs is killed and reported
 * instead of waited for.
 *
 * The child's rows come through a pipe.  It announces what it is about to
 * measure; if it is silent for too long, the parent writes a row `finished` 0
 * for that.
 */
#ifndef COMPARE_CHILD_H
#define COMPARE_CHILD_H

#include <stdbool.h>
#include <stdio.h>

#include "csv.h"

/* Writes rows and announcements to `out`. */
typedef void child_work(const void *arg, FILE *out);

/* In the child: what follows is about `place`; NULL: all rows are written. */
void child_announce(FILE *out, const struct csv_place *place);

/* In the child: the run that was announced cannot end.  Row `finished` 0; ends the process. */
void child_give_up(FILE *out, const struct csv_place *place) __attribute__((noreturn));

/*
 * Do `work` in a child and copy its rows to `csv`; kill it after `silence`
 * seconds without one.  False if it crashed or could not be started, which is
 * reported on stderr.  The caller has no other threads.
 */
bool child_run(FILE *csv, double silence, child_work *work, const void *arg);

#endif
