/* maps: all that may be built in.  The integers of nbmap apart, they count words only. */
#ifndef WORDCOUNT_MAPS_H
#define WORDCOUNT_MAPS_H

#include "counter.h"

extern const struct counter_map counter_nbmap;
extern const struct counter_map counter_cds_lfht;
extern const struct counter_map counter_libcuckoo;
extern const struct counter_map counter_tbb;
extern const struct counter_map counter_glib;

#endif
