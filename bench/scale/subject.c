/* subject: see subject.h. */
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>

const struct subject *const subjects[SUBJECTS] = {&subject_nbmap, &subject_lock, &subject_readers};

void subject_fail(const char *what)
{
	fprintf(stderr, "nbmap-scale: %s\n", what);
	exit(EXIT_FAILURE);
}
