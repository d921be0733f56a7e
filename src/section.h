/*
 * section: debug builds see to it that a [section] call is inside one.
 */
#ifndef NB_SECTION_H
#define NB_SECTION_H

#ifdef NDEBUG
#define nb_assert_section(map) ((void)0)
#else
#include <stdio.h>
#include <stdlib.h>

#include "map.h"
#include "reclaim.h"

/* Names the public function, as assert() would name only this one. */
#define nb_assert_section(map)                                                                                         \
	do {                                                                                                           \
		if (!nbr_in_section((map)->domain)) {                                                                  \
			fprintf(stderr,                                                                                \
				"nbmap: %s: called outside a read-side section, or by a thread that is "               \
				"unregistered or offline\n",                                                           \
				__func__);                                                                             \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)
#endif

#endif
